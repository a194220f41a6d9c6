import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from tests.strategies import architectures
from topograph.errors import ArchitectureError, FormatError, ShapeError
from topograph.graph import (
    Architecture,
    Builder,
    Conv2d,
    Edge,
    Identity,
    Linear,
    Node,
    Pool,
    Select,
    from_igraph,
    from_networkx,
    to_igraph,
    to_networkx,
)

WAYS = [(to_networkx, from_networkx), (to_igraph, from_igraph)]


@settings(max_examples=50)
@given(architectures())
@pytest.mark.parametrize(("there", "back"), WAYS, ids=["networkx", "igraph"])
def test_round_trip(there, back, architecture):
    again = back(there(architecture))
    assert again == architecture
    assert (again.name, again.digest) == (architecture.name, architecture.digest)


def residual():
    """A sum of two parallel skips and a linear map, in an order that matters."""
    b = Builder("residual")
    x = b.input(3, name="x")
    h = b.linear(x, 3, name="h", activation="relu")
    b.add([x, h, x], name="y")
    return b.build(outputs=("y", "h"))


def test_networkx_graphs_carry_names_positions_and_plain_records():
    graph = to_networkx(residual())
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.graph == {"name": "residual", "outputs": ["y", "h"]}
    assert list(graph) == ["x", "h", "y"]
    assert sorted(graph.in_edges("y", keys=True)) == [("h", "y", 1), ("x", "y", 0), ("x", "y", 2)]
    assert graph.nodes["h"]["activation"] == "relu"
    assert graph.edges["x", "h", 0]["op"] == {"type": "linear", "bias": True}
    assert graph.edges["x", "h", 0]["wiring"] == {"type": "full"}


def test_igraph_graphs_carry_the_same():
    graph = to_igraph(residual())
    assert graph.is_directed()
    assert (graph["name"], graph["outputs"]) == ("residual", ["y", "h"])
    assert graph.vs["name"] == ["x", "h", "y"]
    assert graph.vs.find("h")["activation"] == "relu"
    assert graph.es["position"] == [0, 0, 1, 2]
    assert graph.es[0]["op"] == {"type": "linear", "bias": True}


def test_both_libraries_see_the_same_graph():
    left, right = to_networkx(residual()), to_igraph(residual())
    assert nx.to_numpy_array(left).tolist() == right.get_adjacency().data


def own(*edges, kind=nx.DiGraph, **fields):
    """A user's graph of nodes of width 3."""
    graph = kind()
    for source, target, *rest in edges:
        graph.add_node(source, width=3)
        graph.add_node(target, width=3)
        graph.add_edge(source, target, *rest, **{"op": "linear", **fields})
    return graph


def test_a_graph_of_widths_and_ops_is_enough():
    read = from_networkx(own(("x", "h"), ("h", "y")))
    assert read.nodes == (Node("x", 3), Node("h", 3), Node("y", 3))
    assert read.edges == (Edge("x", "h", Linear()), Edge("h", "y", Linear()))
    assert (read.name, read.outputs) == ("", ("y",))


def test_missing_fields_take_the_defaults_of_their_op():
    graph = own(("x", "y"), op={"type": "conv2d", "kernel": [5, 5]}, wiring=None)
    nx.set_node_attributes(graph, (8, 8), "size")
    assert from_networkx(graph).edges[0].op == Conv2d(5)
    graph.edges["x", "y"]["op"] = {"type": "pool", "kind": "max", "kernel": [1, 1]}
    assert from_networkx(graph).edges[0].op == Pool("max", 1)
    graph.edges["x", "y"]["op"] = "identity"
    graph.edges["x", "y"]["wiring"] = {"type": "select", "channels": [2, 1, 0]}
    assert from_networkx(graph).edges[0] == Edge("x", "y", Identity(), Select([2, 1, 0]))


def test_numpy_numbers_are_numbers():
    graph = own(("x", "y"))
    graph.nodes["x"]["width"] = np.int64(3)
    graph.nodes["x"]["size"] = [np.int32(1), np.int32(1)]
    graph.edges["x", "y"]["op"] = "flatten"
    assert from_networkx(graph).digest == from_networkx(nx.DiGraph(graph)).digest
    assert type(from_networkx(graph).node("x").width) is int


def test_nodes_may_be_named_by_an_attribute():
    graph = nx.relabel_nodes(own(("x", "y")), {"x": 0, "y": 1})
    with pytest.raises(FormatError, match=r"nodes\[0\]\.name must be text"):
        from_networkx(graph)
    nx.set_node_attributes(graph, {0: "x", 1: "y"}, "name")
    assert from_networkx(graph) == from_networkx(own(("x", "y")))


def test_positions_are_read_from_attributes_then_keys_then_order():
    edges = [("a", "c", 1), ("b", "c", 0)]
    by_key = from_networkx(own(*edges, kind=nx.MultiDiGraph))
    assert [edge.source for edge in by_key.in_edges("c")] == ["b", "a"]
    by_order = from_networkx(own(("a", "c"), ("b", "c"), kind=nx.MultiDiGraph))
    assert [edge.source for edge in by_order.in_edges("c")] == ["a", "b"]
    graph = own(("a", "c"), ("b", "c"))
    nx.set_edge_attributes(graph, {("a", "c"): 1, ("b", "c"): 0}, "position")
    assert [edge.source for edge in from_networkx(graph).in_edges("c")] == ["b", "a"]
    parallel = from_networkx(own(("a", "c"), ("a", "c"), kind=nx.MultiDiGraph))
    assert [edge.position for edge in parallel.edges] == [0, 1]


def test_a_missing_position_among_others_is_refused():
    graph = own(("a", "c"), ("b", "c"))
    graph.edges["a", "c"]["position"] = 0
    with pytest.raises(FormatError, match="no 'position'"):
        from_networkx(graph)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("op", "teleport"),
        ("op", None),
        ("op", 3),
        ("op", {"type": "pool"}),
        ("op", {"type": "linear", "biass": True}),
        ("op", Linear()),
        ("wiring", "grouped"),
        ("wiring", {"type": "select", "channels": [0.5]}),
        ("weight", 0.5),
        ("position", "first"),
    ],
)
def test_broken_edges_are_refused_by_their_place(attribute, value):
    graph = own(("x", "y"))
    graph.edges["x", "y"][attribute] = value
    with pytest.raises(FormatError, match=r"edges\[0\]"):
        from_networkx(graph)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("width", None), ("width", 3.0), ("size", 8), ("colour", "red"), ("activation", 3), (0, 1)],
)
def test_broken_nodes_are_refused_by_their_place(attribute, value):
    graph = own(("x", "y"))
    graph.nodes["y"][attribute] = value
    with pytest.raises(FormatError, match=r"nodes\[1\]"):
        from_networkx(graph)


@pytest.mark.parametrize("fields", [{"name": 3}, {"outputs": "y"}, {"outputs": [3]}])
def test_broken_graphs_are_refused(fields):
    graph = own(("x", "y"))
    graph.graph.update(fields)
    with pytest.raises(FormatError, match="name|outputs"):
        from_networkx(graph)


def test_undirected_graphs_are_refused():
    with pytest.raises(FormatError, match="undirected"):
        from_networkx(nx.Graph())
    with pytest.raises(FormatError, match="undirected"):
        from_igraph(igraph.Graph([(0, 1)]))


def test_rules_are_asked():
    with pytest.raises(ArchitectureError, match=r"\[acyclic\]"):
        from_networkx(own(("x", "y"), ("y", "x")))
    graph = own(("x", "y"), op="identity")
    graph.nodes["x"]["width"] = 4
    with pytest.raises(ShapeError, match=r"\[merges\]"):
        from_networkx(graph)


def test_an_igraph_of_widths_and_ops_is_enough():
    graph = igraph.Graph([(0, 1), (0, 2), (1, 2)], directed=True)
    graph.vs["width"], graph.es["op"] = 3, "linear"
    with pytest.raises(FormatError, match="no 'name'"):
        from_igraph(graph)
    graph.vs["name"] = ["x", "h", "y"]
    assert from_igraph(graph) == from_networkx(own(("x", "h"), ("x", "y"), ("h", "y")))
    del graph.es["op"]
    with pytest.raises(FormatError, match="no 'op'"):
        from_igraph(graph)


def test_a_single_node_passes():
    single = Architecture((Node("x", 1, (2, 2)),), name="single")
    for there, back in WAYS:
        assert back(there(single)) == single
