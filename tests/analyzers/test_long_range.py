import numpy as np
from hypothesis import given

from tests.strategies import architectures
from topograph.analyzers._long_range import long_range_pairs, long_range_parts
from topograph.generators import dense_mlp
from topograph.graph import Builder
from topograph.graph.contract import keep


@given(architectures())
def test_in_cells_they_are_the_links_that_pass_over_a_layer(architecture):
    graph = architecture.channel_graph()
    if not architecture.cells:
        return
    found = keep(graph, *long_range_parts(graph, long_range_pairs(graph, architecture)))
    expected = graph.skips(architecture)
    assert (found.adjacency != expected.adjacency).nnz == 0


def test_layers_of_a_tower():
    network = dense_mlp(2, 5, candidates=3, rng=0)
    graph = network.channel_graph()
    pairs = long_range_pairs(graph, network)
    layer = np.array([-1 if name == "input" else i - 1 for i, name in enumerate(graph.nodes)])
    expected = (layer[None, :] <= layer[:, None] - 2) & (layer[None, :] >= 0)
    np.testing.assert_array_equal(pairs, expected)


def test_without_cells_the_longest_way_counts():
    b = Builder()
    x = b.input(2, name="x")
    y = b.linear(x, 2, name="y")
    z = b.linear(y, 2, name="z")
    b.add([b.linear(x, 2, name="short"), z], name="sum")
    network = b.build()
    graph = network.channel_graph()
    pairs = long_range_pairs(graph, network)
    found = {(graph.nodes[t], graph.nodes[s]) for t, s in np.argwhere(pairs).tolist()}
    assert found == {("z", "x"), ("sum", "x"), ("sum", "y"), ("sum", "short")}
