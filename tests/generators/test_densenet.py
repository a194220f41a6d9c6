import pytest

from tests.generators.conformance import agrees_with_torch, learns
from topograph.analyzers import cell_density, cost, mass_profile, nn_density
from topograph.errors import ArchitectureError
from topograph.generators import densenet

DEPTHS = {
    121: ((6, 12, 24, 16), 7_978_856, 2.8342),
    169: ((6, 12, 32, 32), 14_149_480, 3.3598),
    201: ((6, 12, 48, 32), 20_013_928, 4.2914),
}


@pytest.mark.parametrize("depth", DEPTHS)
def test_costs_are_the_published_ones(depth):
    _, parameters, giga = DEPTHS[depth]
    found = cost(densenet(depth))
    assert found.parameters == parameters
    assert found.macs / 1e9 == pytest.approx(giga, abs=5e-5)


def test_operations_are_those_that_torch_counts():
    assert agrees_with_torch(densenet(121))


def test_a_network_learns():
    assert learns(densenet(121, classes=3, image=(1, 64, 64)), classes=3)


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_cell_is_complete(depth):
    layers, _, _ = DEPTHS[depth]
    network = densenet(depth, image=(3, 32, 32))
    profile = mass_profile(network)
    assert cell_density(network).tolist() == [1, 1, 1, 1]
    assert nn_density(network) == 1
    assert profile.depth.tolist() == list(layers)
    assert profile.links.tolist() == [32 * (d - 1) * (d - 2) // 2 for d in layers]
    assert profile.mass.tolist() == [32 * d for d in layers]


def test_a_cell_that_loses_a_link_is_complete_no_more():
    network = densenet(121, image=(3, 32, 32))
    # Layer 4 no longer reads layer 0: 32 of 32 * 5 * 4 / 2 channels less.
    edge = next(e for e in network.in_edges("block_1_concat_4") if e.source == "block_1_layer_0")
    density = cell_density(network.without(edge))
    assert density[0] == pytest.approx(1 - 32 / (32 * 5 * 4 / 2))
    assert density[1:].tolist() == [1, 1, 1]


def test_every_layer_reads_the_input_of_its_block_and_all_layers_before():
    network = densenet(121)
    before = [f"block_2_layer_{i}" for i in range(5)]
    sources = [edge.source for edge in network.in_edges("block_2_concat_5")]
    assert sources == ["transition_1_pool", *before]
    assert network.node("block_2_concat_5").width == 128 + 5 * 32
    assert network.node("block_2_squeeze_5").width == 128
    assert network.node("transition_2").width == (128 + 12 * 32) // 2


@pytest.mark.parametrize(
    ("depth", "arguments", "words"),
    [
        (100, {}, "published depths 121, 169, 201.*Received 100"),
        (121, {"image": (3, 16, 16)}, "at least 32 x 32.*Received 16 x 16"),
        (121, {"classes": -1}, "classes must be"),
    ],
)
def test_bad_networks_are_refused(depth, arguments, words):
    with pytest.raises(ArchitectureError, match=words):
        densenet(depth, **arguments)
