import numpy as np
import pytest

from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder
from topograph.graph.places import layer_links, places


def test_nodes_between_layers_work_for_the_next_layer():
    network = dense_mlp(2, 4, candidates=3, rng=0)
    found = places(network)
    assert found["layer_1"] == ("cell", 1)
    assert found["concat_2"] == ("cell", 2)
    assert found["classifier"] == ("cell", 3)
    assert "input" not in found


@pytest.mark.parametrize("separable", [False, True])
@pytest.mark.parametrize("candidates", [0, 1, 5, 100])
def test_links_of_layers_agree_with_the_closed_form(separable, candidates):
    width, depth = 3, 7
    network = dense_cnn((width, 2), depth, candidates=candidates, separable=separable, rng=1)
    found = layer_links(network)
    for i in range(depth):
        expected = min(width * max(i - 1, 0), candidates)
        assert found[f"cell_1_layer_{i}"] == expected


def test_a_residual_that_passes_over_a_layer_is_long():
    b = Builder()
    x = b.input(4)
    with b.cell("block"):
        a = b.linear(x, 4, layer=0)
        h = b.linear(a, 4, layer=1)
        z = b.linear(h, 4)
        y = b.add([a, z], layer=2, name="y")
    b.linear(y, 2)
    network = b.build()
    assert layer_links(network)["y"] == 4
    assert layer_links(network, ignoring={"y"})["y"] == 0


def test_channels_read_twice_count_once():
    b = Builder()
    x = b.input(4)
    with b.cell("block"):
        a = b.linear(x, 4, layer=0)
        h = b.linear(a, 4, layer=1)
        twice = b.concat([h, (a, [0, 1]), (a, [1])])
        b.linear(twice, 4, layer=2, name="y")
    assert layer_links(b.build())["y"] == 2


def test_long_links_are_those_between_distant_layers():
    network = dense_cnn((2, 3), 5, candidates=2, rng=0)
    graph = network.channel_graph()
    links = graph.skips(network).adjacency.tocoo()
    ends = np.stack([graph.node_of[links.row], graph.node_of[links.col]], axis=1)
    for source, target in ends:
        i, j = (network.node(graph.nodes[end]) for end in (source, target))
        assert i.cell == j.cell
        assert i.layer <= j.layer - 2
