import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.graph import Architecture, Builder, Edge, Identity, Linear, Node, Zero
from topograph.graph.contract import keep, restrict


def test_chains_of_concatenations_are_contracted():
    b = Builder()
    x, y = b.input(2, name="x"), b.input(3, name="y")
    inner = b.concat([x, (y, [2, 0])], name="inner")
    outer = b.concat([(inner, [3, 1]), y], name="outer")
    b.linear(outer, 1, name="z")
    graph = b.build().channel_graph()
    assert graph.nodes == ("x", "y", "z")
    # outer = y[0], x[1], y[0], y[1], y[2]; channels are numbered x 0-1, y 2-4, z 5.
    assert graph.adjacency.toarray()[:, 5].tolist() == [0, 1, 2, 1, 1, 0]


def test_zeros_gathered_by_a_concatenation_link_nothing():
    nodes = [Node("x", 2), Node("y", 1), Node("c", 3, merge="concat"), Node("z", 1)]
    edges = [
        Edge("x", "c", Zero(), None, 0),
        Edge("y", "c", Identity(), None, 1),
        Edge("c", "z", Linear()),
    ]
    graph = Architecture(nodes, edges).channel_graph()
    assert graph.in_degree.tolist() == [0, 0, 0, 1]
    assert graph.out_degree.tolist() == [0, 0, 1, 0]


def test_a_concatenation_that_is_an_output_keeps_its_channels():
    b = Builder()
    b.concat([b.input(2, name="x"), b.input(1, name="y")], name="out")
    graph = b.build().channel_graph()
    assert graph.nodes == ("x", "y", "out")
    assert graph.adjacency.toarray()[:3, 3:].tolist() == np.eye(3, dtype=int).tolist()


@given(architectures(), st.randoms(use_true_random=False))
def test_restriction_is_the_submatrix(architecture, random):
    graph = architecture.channel_graph()
    wanted = np.array([random.random() < 0.6 for _ in graph.nodes])
    inside = np.flatnonzero(wanted[graph.node_of])
    part = restrict(graph, wanted)
    expected = graph.adjacency.toarray()[np.ix_(inside, inside)]
    np.testing.assert_array_equal(part.adjacency.toarray(), expected)


@given(architectures())
def test_keeping_everything_changes_nothing(architecture):
    graph = architecture.channel_graph()
    same = keep(graph, graph.members >= 0, graph.loose_sources >= 0)
    np.testing.assert_array_equal(same.adjacency.toarray(), graph.adjacency.toarray())
    none = keep(graph, graph.members < 0, graph.loose_sources < 0)
    assert none.links == 0
    assert none.channels == graph.channels
