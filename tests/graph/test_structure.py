import numpy as np
import pytest

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph import Edge, Full, Identity, Linear, Node, Op
from topograph.graph import structure as rules
from topograph.graph.draft import Draft

X, Y, Z = Node("x", 2), Node("y", 2), Node("z", 2)


def found(rule, nodes, edges=(), outputs=()):
    """Return the messages of one rule."""
    return [violation.message for violation in rule(Draft.of(nodes, edges, outputs))]


def link(source, target, position=0):
    return Edge(source, target, Linear(), None, position)


@pytest.mark.parametrize("name", ["", "0", "a b", "a-b", "a.b", "ä", "x\n", "x" * 201])
def test_names_are_identifiers(name):
    (message,) = found(rules.names, [Node(name, 1)])
    assert repr(name)[:40] in message


@pytest.mark.parametrize("name", ["x", "_", "X_0", "class", "self", "x" * 200])
def test_identifiers_are_names(name):
    assert found(rules.names, [Node(name, 1)]) == []


def test_names_are_unique_and_at_least_one():
    (message,) = found(rules.names, [X, Y, Node("y", 3)])
    assert "'y' twice" in message
    (message,) = found(rules.names, [])
    assert "no node" in message


def test_a_long_list_of_names_is_searched_once():
    nodes = [Node(f"n{place}", 1) for place in range(20_000)]
    (message,) = found(rules.names, [*nodes, nodes[-1]])
    assert "'n19999' twice" in message


@pytest.mark.parametrize("width", [0, -1, 1.0, True, "2", None, 2**31, [2]])
def test_widths_are_counts(width):
    for node in (Node("x", width), Node("x", 1, (1, width))):
        (violation,) = rules.counts(Draft.of([node], [], []))
        assert violation.error is ShapeError


@pytest.mark.parametrize("size", [4, "44", [4, 4], None, (4, 0), (4, 4.0)])
def test_sizes_are_tuples_of_counts(size):
    assert len(found(rules.counts, [Node("x", 1, size)])) == 1


@pytest.mark.parametrize(
    "node", [X, Node("x", 2**31 - 1), Node("x", np.int64(3), (np.int8(4),) * 2)]
)
def test_counts_are_counts(node):
    assert found(rules.counts, [node]) == []


@pytest.mark.parametrize("field", ["merge", "normalisation", "activation"])
@pytest.mark.parametrize("word", ["", "softmax", 3, True, ["relu"]])
def test_words_are_known(field, word):
    (message,) = found(rules.words, [Node("x", 1, **{field: word})])
    assert message.startswith(f"The {field} of a node")


def test_ops_and_wirings_are_of_the_known_classes():
    class Strange(Op):
        """An op that topograph does not know."""

    assert found(rules.words, [X, Y], [Edge("x", "y", Identity())]) == []
    assert len(found(rules.words, [X, Y], [Edge("x", "y", Strange())])) == 1
    assert len(found(rules.words, [X, Y], [Edge("x", "y", Linear(), "full")])) == 1
    assert len(found(rules.words, [X, Y], [Edge("x", "y", Linear(), Full)])) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"layer": 0},
        {"cell": ""},
        {"cell": 3},
        {"cell": ["c"], "layer": 0},
        {"cell": "c", "layer": -1},
        {"cell": "c", "layer": 1.0},
        {"cell": "c", "layer": True},
        {"cell": "c", "layer": 2**31},
    ],
)
def test_a_layer_is_a_count_in_a_cell(fields):
    assert len(found(rules.places, [Node("x", 1, **fields)])) == 1


def test_no_two_nodes_share_a_place():
    nodes = [Node(name, 1, cell="c", layer=layer) for name, layer in (("x", 0), ("y", 1))]
    assert (
        found(rules.places, [*nodes, Node("z", 1, cell="d", layer=1), Node("w", 1, cell="c")]) == []
    )
    (message,) = found(rules.places, [*nodes, Node("z", 1, cell="c", layer=1)])
    assert "'y' and 'z' at layer 1" in message


def test_edges_and_outputs_name_nodes_once():
    assert found(rules.endpoints, [X, Y], [link("x", "y")], ["x", "y"]) == []
    assert len(found(rules.endpoints, [X], [link("x", "y"), link("w", "x")])) == 2
    assert len(found(rules.endpoints, [X], [], ["y"])) == 1
    assert len(found(rules.endpoints, [X], [], ["x", "x"])) == 1


@pytest.mark.parametrize(
    "positions", [(0, 0), (0, 2), (1, 2), (-1, 0), (0, 1.0), (True, 0), (0, "1")]
)
def test_positions_count_from_zero(positions):
    edges = [link("x", "y", position) for position in positions]
    (message,) = found(rules.positions, [X, Y], edges)
    assert "without gaps" in message


def test_positions_may_come_in_any_order():
    edges = [link("x", "z", 2), link("x", "z", 0), link("y", "z", 1), link("x", "y")]
    assert found(rules.positions, [X, Y, Z], edges) == []


def test_cycles_are_named():
    edges = [link("x", "y"), link("y", "z"), link("z", "y", 1)]
    (message,) = found(rules.acyclic, [X, Y, Z], edges)
    assert "y -> z -> y" in message or "z -> y -> z" in message
    (message,) = found(rules.acyclic, [X], [link("x", "x")])
    assert "x -> x" in message


def test_order_is_no_matter_for_cycles():
    assert found(rules.acyclic, [Z, Y, X], [link("y", "z"), link("x", "y")]) == []


def test_a_long_cycle_is_found_without_recursion():
    nodes = [Node(f"n{place}", 1) for place in range(5_000)]
    edges = [link(f"n{place}", f"n{(place + 1) % 5_000}") for place in range(5_000)]
    (message,) = found(rules.acyclic, nodes, edges)
    assert len(message) < 500


def test_faults_of_structure_but_counts_are_faults_of_the_architecture():
    (violation,) = rules.names(Draft.of([], [], []))
    assert violation.error is ArchitectureError
