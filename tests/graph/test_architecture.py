import copy
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.errors import ArchitectureError
from topograph.graph import (
    Architecture,
    Conv2d,
    Edge,
    GlobalPool,
    Grouped,
    Identity,
    Linear,
    Node,
    Select,
    Sparse,
    to_json,
)

X, H, Y = Node("x", 2), Node("h", 2, activation="relu"), Node("y", 2)
EDGES = (
    Edge("x", "h", Linear()),
    Edge("x", "y", Identity(), position=0),
    Edge("h", "y", Linear(), position=1),
)
BLOCK = Architecture((X, H, Y), EDGES)

# A guard: whoever changes this digest renames every row of every study that was ever stored.
DIGEST = "51465b741a886c1152894d58ae1ec4e69bee5235cf5749f1b9cff18414b9d5e5"


def fixed():
    """Return a small architecture in which every wiring appears."""
    nodes = [
        Node("x", 4, (6, 6)),
        Node("c", 4, (6, 6), normalisation="batch", activation="relu", cell="stem", layer=0),
        Node("k", 6, (6, 6), "concat", cell="stem"),
        Node("g", 6),
        Node("y", 2),
    ]
    constant = [True, False, False]
    edges = [
        Edge("x", "c", Conv2d(3), Grouped(2)),
        Edge("c", "k", Identity()),
        Edge("x", "k", Identity(), Select([3, 0]), 1),
        Edge("k", "g", GlobalPool()),
        Edge("g", "y", Linear(), Sparse([0, 1, 3], [5, 0, 1], 6, constant=constant, value=0.5)),
        Edge("g", "y", Linear(False), position=1),
    ]
    return Architecture(nodes, edges, name="fixed")


def test_the_digest_is_stable():
    assert fixed().digest == DIGEST


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_the_digest_is_the_same_in_every_process(tmp_path, seed):
    (tmp_path / "fixed.json").write_text(to_json(fixed()))
    code = "import sys; from topograph import load; a = load(sys.argv[1]); print(a.digest, hash(a))"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "fixed.json"],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": seed},
    )
    assert done.stdout.split() == [DIGEST, str(hash(fixed()))]


def test_inputs_have_no_edge_in_and_outputs_no_edge_out():
    assert (BLOCK.inputs, BLOCK.outputs) == (("x",), ("y",))
    assert Architecture([Y, X]).inputs == Architecture([Y, X]).outputs == ("y", "x")
    assert Architecture((X, H, Y), EDGES, ("h", "y")).outputs == ("h", "y")


def test_edges_are_found_by_their_ends():
    assert BLOCK.in_edges("y") == EDGES[1:]
    assert BLOCK.in_edges("x") == ()
    assert BLOCK.out_edges("x") == EDGES[:2]
    assert BLOCK.node("h") is H
    for look in (BLOCK.node, BLOCK.in_edges, BLOCK.out_edges):
        with pytest.raises(ArchitectureError, match=r"'z'.*x, h, y"):
            look("z")


@settings(max_examples=50)
@given(architectures(), st.randoms(use_true_random=False))
def test_nodes_are_kept_in_the_first_topological_order(architecture, random):
    nodes, edges = list(architecture.nodes), list(architecture.edges)
    random.shuffle(nodes)
    random.shuffle(edges)
    ordered = Architecture(nodes, edges, architecture.outputs)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(node.name for node in nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    place = {node.name: place for place, node in enumerate(nodes)}
    expected = nx.lexicographical_topological_sort(graph, key=place.__getitem__)
    assert [node.name for node in ordered.nodes] == list(expected)
    order = {node.name: place for place, node in enumerate(ordered.nodes)}
    arrivals = [(order[edge.target], edge.position) for edge in ordered.edges]
    assert arrivals == sorted(arrivals)


@settings(max_examples=50)
@given(architectures())
def test_an_architecture_is_made_of_its_own_parts(architecture):
    again = Architecture(architecture.nodes, architecture.edges, architecture.outputs)
    assert again == architecture
    assert hash(again) == hash(architecture)
    assert again.digest == architecture.digest
    assert [edge for name in order(again) for edge in again.in_edges(name)] == list(again.edges)
    assert sorted(map(str, again.edges)) == sorted(
        str(edge) for name in order(again) for edge in again.out_edges(name)
    )


def order(architecture):
    return [node.name for node in architecture.nodes]


@settings(max_examples=50)
@given(architectures(max_nodes=3), architectures(max_nodes=3))
def test_architectures_are_equal_exactly_if_their_digests_are(left, right):
    assert (left == right) == (left.digest == right.digest)


def test_the_name_is_a_label():
    named = BLOCK.renamed("block")
    assert (named.name, BLOCK.name) == ("block", "")
    assert named == BLOCK
    assert (named.digest, hash(named)) == (BLOCK.digest, hash(BLOCK))
    assert (repr(BLOCK), repr(named)) == (
        "Architecture(3 nodes, 3 edges)",
        "Architecture('block', 3 nodes, 3 edges)",
    )


@pytest.mark.parametrize("name", [None, 3, b"block"])
def test_a_name_is_text(name):
    with pytest.raises(ArchitectureError, match=type(name).__name__):
        Architecture((X,), name=name)


def test_numbers_of_numpy_are_numbers():
    own, numpy = Node("x", 3, (4, 4)), Node("x", np.int64(3), (np.int32(4), np.int32(4)))
    left, right = Architecture((own,)), Architecture((numpy,))
    assert left == right
    assert (left.digest, hash(left)) == (right.digest, hash(right))


def test_cells_hold_their_layers_in_order():
    nodes = [
        Node("x", 1),
        Node("b1", 1, cell="b", layer=4),
        Node("a", 1, cell="a", layer=0),
        Node("loose", 1, cell="b"),
        Node("b0", 1, cell="b", layer=2),
    ]
    cells = Architecture(nodes).cells
    assert list(cells) == ["b", "a"]
    assert [node.name for node in cells["b"]] == ["b0", "b1"]
    assert Architecture((X,)).cells == {}


def test_architectures_are_frozen():
    for field in ("nodes", "edges", "outputs", "name"):
        with pytest.raises(FrozenInstanceError):
            setattr(BLOCK, field, ())
    parts = [X, H, Y]
    made = Architecture(parts, EDGES)
    parts.clear()
    assert made == BLOCK


def test_copies_are_equal():
    for again in (copy.deepcopy(fixed()), pickle.loads(pickle.dumps(fixed())), replace(fixed())):
        assert again == fixed()
        assert (again.name, again.digest) == ("fixed", DIGEST)


def test_a_long_chain_needs_no_recursion():
    count = 3_000
    nodes = [Node(f"n{place}", 1) for place in range(count)]
    edges = [Edge(f"n{i}", f"n{i + 1}", Linear()) for i in range(count - 1)]
    assert Architecture(nodes[::-1], edges).nodes == tuple(nodes)
