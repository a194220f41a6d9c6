"""Which concatenations fold, and that the channels arrive where the channel graph says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings

from tests.strategies import architectures
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import (
    Architecture,
    Builder,
    Edge,
    Grouped,
    Identity,
    Linear,
    Link,
    Node,
    OneToOne,
    Sparse,
    Zero,
)
from topograph.graph.folding import Strand, channel_links, descendants, folded, strands


def gone(architecture: Architecture) -> frozenset[str]:
    return folded(architecture, descendants(architecture))


def drawn(architecture: Architecture) -> list[Strand]:
    return strands(architecture, gone(architecture))


def links(architecture: Architecture) -> list[tuple[str, int, str, int]]:
    """Write down the links of all strands, channel by channel."""
    found = []
    for strand in drawn(architecture):
        if strand.edge.op == Zero():
            continue
        sources, targets = channel_links(architecture, strand)
        ends = zip(sources.tolist(), targets.tolist(), strict=True)
        found += [(strand.source, i, strand.target, j) for i, j in ends]
    return sorted(found)


def links_of_channel_graph(architecture: Architecture) -> list[tuple[str, int, str, int]]:
    """Write down the links of the channel graph."""
    graph = architecture.channel_graph()
    matrix = graph.adjacency.tocoo()
    place = [(graph.nodes[n], c - graph.offsets[n]) for c, n in enumerate(graph.node_of)]
    pairs = zip(matrix.row, matrix.col, matrix.data.astype(int), strict=True)
    return sorted((*place[i], *place[j]) for i, j, times in pairs for _ in range(times))


@pytest.mark.parametrize(
    "architecture",
    [
        dense_mlp(3, 6, candidates=4, inputs=5, classes=2, rng=0),
        dense_cnn((2, 3), 4, candidates=(3, 5), image=(3, 8, 8), rng=1),
        dense_cnn((2, 3), 4, candidates=2, image=(3, 8, 8), separable=True, rng=1),
    ],
    ids=lambda architecture: architecture.name,
)
def test_links_are_those_of_the_channel_graph(architecture: Architecture) -> None:
    assert links(architecture) == links_of_channel_graph(architecture)


@settings(max_examples=50)
@given(architectures())
def test_links_are_those_of_the_channel_graph_where_it_contracts_the_same(
    architecture: Architecture,
) -> None:
    shown = {node.name for node in architecture.nodes} - gone(architecture)
    assume(shown == set(architecture.channel_graph().nodes))
    assert links(architecture) == links_of_channel_graph(architecture)


def wired(wiring: object, sources: int, targets: int) -> Architecture:
    edge = Edge("x", "y", Linear(), wiring)  # type: ignore[arg-type]
    return Architecture((Node("x", sources), Node("y", targets)), (edge,))


@pytest.mark.parametrize(
    ("wiring", "expected"),
    [
        (Grouped(2), {(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)}),
        (OneToOne(), {(0, 0), (1, 1), (2, 2), (3, 3)}),
        (Sparse([0, 1, 1, 3, 3], [3, 0, 1], 4), {(3, 0), (0, 2), (1, 2)}),
    ],
)
def test_links_of_a_wiring_are_those_written_down_by_hand(
    wiring: object, expected: set[tuple[int, int]]
) -> None:
    assert {(i, j) for _, i, _, j in links(wired(wiring, 4, 4))} == expected


def test_sparse_strand_carries_the_channels_that_are_read() -> None:
    (strand,) = drawn(wired(Sparse([0, 1, 2], [3, 1], 4), 4, 2))
    assert strand.channels.tolist() == [1, 3]


def test_every_concatenation_of_random_skips_folds() -> None:
    architecture = dense_mlp(4, 9, candidates=5, rng=0)
    concats = {node.name for node in architecture.nodes if node.merge == "concat"}
    assert gone(architecture) == concats != set()


def test_skips_carry_the_candidates_beside_the_layer_before() -> None:
    architecture = dense_mlp(8, 12, candidates=5, rng=3)
    for layer in range(2, 11):
        arriving = [s for s in drawn(architecture) if s.target == f"layer_{layer}"]
        carried = {strand.source: len(strand.channels) for strand in arriving}
        assert carried.pop(f"layer_{layer - 1}") == 8
        assert sum(carried.values()) == 5


def branches(readers: int) -> Architecture:
    b = Builder()
    x = b.input(4, name="x")
    joined = b.concat([b.linear(x, 3), b.linear(x, 2)], name="joined")
    for _ in range(readers):
        b.linear(joined, 2)
    return b.build()


def test_concatenation_of_parallel_branches_stays() -> None:
    assert gone(branches(1)) == set()


def test_concatenation_with_two_readers_or_none_stays() -> None:
    b = Builder()
    x = b.input(4, name="x")
    h = b.linear(x, 3)
    both = b.concat([x, h], name="both")
    b.linear(both, 2)
    b.linear(both, 3)
    assert gone(b.build()) == set()
    b = Builder()
    x = b.input(4)
    b.concat([x, b.linear(x, 3)], name="output")
    assert gone(b.build()) == set()


def test_nested_concatenations_of_a_dense_block_fold_into_all_pairs() -> None:
    b = Builder()
    features = b.input(4, name="h0")
    for number in range(1, 4):
        h = b.linear(features, 2, name=f"h{number}")
        features = b.concat([features, h], name=f"c{number}")
    b.linear(features, 3, name="y")
    architecture = b.build()
    assert gone(architecture) == {"c1", "c2", "c3"}
    pairs = {(strand.source, strand.target) for strand in drawn(architecture)}
    layers = ["h0", "h1", "h2", "h3", "y"]
    assert pairs == {(s, t) for i, t in enumerate(layers) for s in layers[:i]}


def test_concatenation_before_a_pooling_stays_unless_it_has_one_part() -> None:
    b = Builder()
    x = b.input(4, size=4, name="x")
    h = b.conv(b.concat([x], name="one"), 4, name="h")
    b.global_pool(b.concat([x, h], name="two"))
    assert gone(b.build()) == {"one"}


def test_selection_from_a_folded_concatenation_reaches_the_right_channels() -> None:
    b = Builder()
    x = b.input(3, name="x")
    h = b.linear(x, 2, name="h")
    both = b.concat([x, h], name="both")  # channels x0 x1 x2 h0 h1
    picked = b.concat([(both, [4, 1, 0])], name="picked")
    b.linear(picked, 1, name="y")
    found = {s.source: s for s in drawn(b.build()) if s.target == "y"}
    assert found["x"].channels.tolist() == [1, 0]
    assert found["x"].slots.tolist() == [1, 2]
    assert found["h"].channels.tolist() == [1]
    assert found["h"].slots.tolist() == [0]


def test_feature_map_that_stands_twice_in_a_concatenation_is_one_strand() -> None:
    b = Builder()
    x = b.input(2, name="x")
    b.linear(b.concat([x, x]), 1, name="y")
    (strand,) = drawn(b.build())
    assert strand.channels.tolist() == [0, 1, 0, 1]
    assert strand.slots.tolist() == [0, 1, 2, 3]


def test_parts_of_a_concatenation_that_stays_write_behind_each_other() -> None:
    b = Builder()
    x = b.input(2, name="x")
    b.node([Link(x, Identity()), Link(x, Identity())], merge="concat", name="y")
    ends = [channel_links(b.build(), strand) for strand in drawn(b.build())]
    np.testing.assert_array_equal(ends, [[[0, 1], [0, 1]], [[0, 1], [2, 3]]])
