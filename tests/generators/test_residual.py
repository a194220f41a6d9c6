import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generators.conformance import agrees_with_torch, learns
from topograph.analyzers import cost
from topograph.errors import ArchitectureError
from topograph.generators import resnet
from topograph.graph import Conv2d

PARAMETERS = {
    (18, 1): 11_689_512,
    (34, 1): 21_797_672,
    (50, 1): 25_557_032,
    (101, 1): 44_549_160,
    (152, 1): 60_192_808,
    (50, 2): 68_883_240,
    (101, 2): 126_886_696,
}


@pytest.mark.parametrize(("depth", "factor"), PARAMETERS)
def test_parameters_are_those_of_the_common_implementations(depth, factor):
    found = cost(resnet(depth, width_multiplier=factor)).parameters
    assert found == PARAMETERS[depth, factor]


@pytest.mark.parametrize(
    ("depth", "factor", "millions"),
    [(18, 1.5, 25.90), (18, 2, 45.69), (18, 3, 102.01), (34, 1.5, 48.64), (34, 2, 86.11)],
)
def test_parameters_of_wide_networks(depth, factor, millions):
    found = cost(resnet(depth, width_multiplier=factor)).parameters
    assert found / 1e6 == pytest.approx(millions, abs=5e-3)


@pytest.mark.parametrize(
    ("depth", "giga"), [(18, 1.8141), (34, 3.6638), (50, 4.0892), (101, 7.8014), (152, 11.5136)]
)
def test_operations_are_the_published_ones(depth, giga):
    assert cost(resnet(depth)).macs / 1e9 == pytest.approx(giga, abs=5e-5)


@pytest.mark.parametrize(("depth", "factor"), [(18, 1), (34, 1.5), (50, 1), (50, 2)])
def test_operations_are_those_that_torch_counts(depth, factor):
    assert agrees_with_torch(resnet(depth, width_multiplier=factor))


@pytest.mark.parametrize(("depth", "factor"), [(18, 0.125), (50, 0.5)])
def test_networks_learn(depth, factor):
    network = resnet(depth, width_multiplier=factor, classes=3, image=(1, 32, 24))
    assert learns(network, classes=3)


@given(st.sampled_from([18, 34, 50, 101, 152]))
def test_the_depth_counts_convolutions_and_the_classifier(depth):
    network = resnet(depth, image=(3, 32, 32))
    layers = sum(len(layers) for layers in network.cells.values())
    assert layers + 2 == depth


def test_blocks_are_cells_that_end_in_a_sum():
    network = resnet(50)
    sizes = [layers[-1].size[0] for layers in network.cells.values()]
    assert sizes == [56] * 3 + [28] * 4 + [14] * 6 + [7] * 3
    assert list(network.cells)[:4] == ["block_1_1", "block_1_2", "block_1_3", "block_2_1"]
    for cell in network.cells:
        node = network.node(f"{cell}_sum")
        assert (node.merge, node.activation, node.layer) == ("sum", "relu", None)
    projections = [n.name for n in network.nodes if n.name.endswith("projection")]
    assert projections == [f"block_{stage}_1_projection" for stage in range(1, 5)]


def test_bottlenecks_halve_the_map_in_their_middle():
    network = resnet(50)
    steps = []
    for layer in range(3):
        (edge,) = network.in_edges(f"block_2_1_conv_{layer}")
        assert isinstance(edge.op, Conv2d)
        steps.append((edge.op.kernel[0], edge.op.stride[0]))
    assert steps == [(1, 1), (3, 2), (1, 1)]


def test_the_multiplier_widens_what_it_should():
    basic, wide = resnet(18, width_multiplier=1.5), resnet(50, width_multiplier=2)
    assert [basic.node(f"block_{s}_2_sum").width for s in (1, 2, 3, 4)] == [96, 192, 384, 768]
    assert basic.node("stem").width == 96
    assert "block_1_1_projection" not in {node.name for node in basic.nodes}
    assert wide.node("stem").width == 64
    assert [wide.node(f"block_{s}_2_conv_1").width for s in (1, 2, 3, 4)] == [128, 256, 512, 1024]
    assert [wide.node(f"block_{s}_2_sum").width for s in (1, 2, 3, 4)] == [256, 512, 1024, 2048]


@pytest.mark.parametrize(
    ("depth", "arguments", "words"),
    [
        (20, {}, "published depths 18, 34, 50, 101, 152.*Received 20"),
        (18, {"width_multiplier": 0}, "finite number above 0.*Received 0"),
        (18, {"width_multiplier": 0.01}, "leaves none of 64"),
        (18, {"classes": 0}, "classes must be"),
        (18, {"image": (3, 32)}, "three axes"),
    ],
)
def test_bad_networks_are_refused(depth, arguments, words):
    with pytest.raises(ArchitectureError, match=words):
        resnet(depth, **arguments)
