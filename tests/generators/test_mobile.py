import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generators.conformance import agrees_with_torch, learns
from topograph.analyzers import cost
from topograph.errors import ArchitectureError
from topograph.generators import mobilenet_v2
from topograph.generators.mobile import rounded
from topograph.graph import OneToOne

STANDARD, DEEP = (1, 2, 3, 4, 3, 3, 1), (2, 3, 4, 5, 4, 3, 1)
# Width multiplier, blocks, parameters, millions of MACs, and of MACs with 2 per normalised value.
NETWORKS = [
    (0.35, STANDARD, 1_677_128, 59.29, 65.01),
    (0.5, STANDARD, 1_968_680, 97.13, 104.41),
    (0.75, STANDARD, 2_636_424, 209.07, 220.78),
    (1, STANDARD, 3_504_872, 300.77, 314.13),
    (1.3, STANDARD, 5_386_792, 509.37, 527.34),
    (1.4, STANDARD, 6_108_776, 582.20, 601.34),
    (0.15, DEEP, 1_427_184, 38.52, 44.28),
    (0.35, DEEP, 1_706_736, 72.20, 79.59),
    (0.6, DEEP, 2_295_160, 186.91, 200.15),
    (0.75, DEEP, 2_754_008, 265.14, 280.72),
    (0.9, DEEP, 3_308_024, 337.88, 355.05),
    (1, DEEP, 3_701_560, 375.52, 393.11),
    (1.1, DEEP, 4_304_504, 419.19, 437.20),
]


@pytest.mark.parametrize(("factor", "blocks", "parameters", "macs", "published"), NETWORKS)
def test_costs_are_the_published_ones(factor, blocks, parameters, macs, published):
    found = cost(mobilenet_v2(width_multiplier=factor, blocks=blocks))
    assert found.parameters == parameters
    assert found.macs / 1e6 == pytest.approx(macs, abs=5e-3)
    assert found.published_macs / 1e6 == pytest.approx(published, abs=5e-3)


def test_operations_are_those_that_torch_counts():
    assert agrees_with_torch(mobilenet_v2())
    assert agrees_with_torch(mobilenet_v2(width_multiplier=0.6, blocks=DEEP, image=(1, 33, 40)))


def test_a_network_learns():
    network = mobilenet_v2(
        width_multiplier=0.15, blocks=(2, 2, 1, 1, 1, 1, 1), classes=3, image=(3, 64, 64)
    )
    assert learns(network, classes=3)


@given(st.floats(0.01, 5000))
def test_rounded_widths_are_the_nearest_multiple_of_8_that_loses_little(width):
    found = rounded(width)
    assert found % 8 == 0
    assert found >= 0.9 * width
    multiples = range(8, 5016, 8)
    allowed = [n for n in multiples if n >= 0.9 * width]
    nearest = min(abs(n - width) for n in allowed)
    assert abs(found - width) == nearest


def test_blocks_add_their_input_where_its_shape_stays():
    network = mobilenet_v2()
    assert len(network.cells) == 17
    assert len(network.cells["block_1_1"]) == 2
    assert all(len(layers) == 3 for name, layers in network.cells.items() if name != "block_1_1")
    sums = [node.name for node in network.nodes if len(network.in_edges(node.name)) == 2]
    assert sums == [
        f"block_{stage}_{block}_sum"
        for stage, blocks in enumerate(STANDARD, start=1)
        for block in range(2, blocks + 1)
    ]


def test_the_middle_of_a_block_filters_each_channel():
    network = mobilenet_v2()
    filters = [node for node in network.nodes if node.name.endswith("filter")]
    assert len(filters) == 17
    for node in filters:
        (edge,) = network.in_edges(node.name)
        assert isinstance(edge.wiring, OneToOne)
        assert node.activation == "relu6"
        assert network.node(node.name.replace("filter", "project")).activation is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"width_multiplier": -0.5}, "finite number above 0.*Received -0.5"),
        ({"blocks": (1, 2, 3)}, "7 stages.*Received \\(1, 2, 3\\)"),
        ({"blocks": (2, 3, 4, 5, 4, 3, 3, 1)}, "7 stages"),
        ({"blocks": 17}, "7 stages.*Received 17"),
        ({"blocks": (1, 2, 3, 4, 3, 3, 0)}, "blocks must be .*Received 0"),
        ({"blocks": (1, 2, 3, 4, 3, 3, 1.5)}, "blocks must be .*Received 1.5"),
        ({"classes": 0}, "classes must be"),
        ({"image": (0, 8, 8)}, "image must be"),
    ],
)
def test_bad_networks_are_refused(arguments, words):
    with pytest.raises(ArchitectureError, match=words):
        mobilenet_v2(**arguments)
