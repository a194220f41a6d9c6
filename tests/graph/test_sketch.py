"""Sketches hold what the layout holds, inside the page, or a summary of it."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from tests.strategies import architectures
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Architecture, Edge, Linear, Node, layout, to_networkx
from topograph.graph.curves import sampled
from topograph.graph.sketch import MOST_NODES, WIDTH, Box, longest_paths, sketch


def chain(length: int, *, cell: int = 50, reach: int = 7) -> Architecture:
    """Layers of four neurons, each of which also reads the one `reach` layers before."""
    nodes = [Node(f"n{i}", 4, cell=f"c{i // cell}", layer=i % cell) for i in range(length)]
    edges = [Edge(f"n{i - 1}", f"n{i}", Linear()) for i in range(1, length)]
    edges += [Edge(f"n{i - reach}", f"n{i}", Linear(), None, 1) for i in range(reach, length)]
    return Architecture(tuple(nodes), tuple(edges))


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@settings(max_examples=50)
@given(architectures())
def test_longest_paths_are_those_of_networkx(architecture: Architecture) -> None:
    found = longest_paths(architecture)
    for rank, generation in enumerate(nx.topological_generations(to_networkx(architecture))):
        assert {found[name] for name in generation} == {rank}


@settings(max_examples=50)
@given(architectures())
def test_every_feature_map_and_every_link_is_in_the_sketch(architecture: Architecture) -> None:
    plan, made = layout(architecture), sketch(architecture)
    assert made.names == list(plan.places)
    assert len(made.bands) + len(made.lines) + len(made.skips) == len(plan.routes)
    assert len(made.skips) == sum(route.kind == "skip" for route in plan.routes)
    assert {cell for cell, _ in made.boxes} == set(plan.cells)
    shown = zip(made.names, made.ends, strict=True)
    ends = {name for name, is_end in shown if is_end}
    assert ends == {*architecture.inputs, *architecture.outputs}.intersection(plan.places)


@settings(max_examples=50)
@given(architectures())
def test_no_two_bars_overlap_and_all_marks_are_on_the_page(architecture: Architecture) -> None:
    made = sketch(architecture)
    assert not any(overlap(one, other) for one, other in combinations(made.bars, 2))
    ways = [*made.lines, *(way for _, way in made.skips)]
    xs = [x for box in made.bars for x in (box[0], box[2])]
    xs += [x for way in ways for x in sampled(way)[:, 0]]
    assert min(xs) >= 0
    assert max(xs) <= WIDTH


def test_wider_feature_maps_are_higher() -> None:
    made = sketch(dense_mlp(8, 6, candidates=2, inputs=100, classes=3, rng=0))
    heights = [bottom - top for _, top, _, bottom in made.bars]
    assert heights[0] > heights[1] > heights[-1]
    assert heights[1:-1] == pytest.approx([heights[1]] * 5)


def test_arcs_pass_over_the_bars_between_their_ends() -> None:
    network = dense_cnn((32, 64, 128), 8, candidates=(30, 80, 117), rng=0)
    made, plan = sketch(network), layout(network)
    skips = [route for route in plan.routes if route.kind == "skip"]
    at = dict(zip(made.names, made.bars, strict=True))
    for route, (share, way) in zip(skips, made.skips, strict=True):
        assert 0 < share <= 1
        first = int(plan.places[route.source][0])
        passed = [at[column[0]] for column in plan.columns[first + 1 : first + route.span]]
        points = sampled(way, 200)
        for left, top, right, _ in passed:
            above = points[(points[:, 0] > left) & (points[:, 0] < right)]
            assert (above[:, 1] < top).all()


def test_strongest_skip_carries_most_channels() -> None:
    network = dense_mlp(8, 12, candidates=6, rng=0)
    skips = [route.channels for route in layout(network).routes if route.kind == "skip"]
    shares = [share for share, _ in sketch(network).skips]
    np.testing.assert_allclose(shares, np.array(skips) / max(skips))


@pytest.mark.parametrize("length", [MOST_NODES + 1, 3000])
def test_large_architectures_are_summarised(length: int) -> None:
    made = sketch(chain(length))
    assert made.is_summary
    assert len(made.bars) <= 96
    assert len(made.skips) <= 150
    assert len(made.boxes) <= 96
    assert max(box[2] for box in made.bars) <= WIDTH


def test_summary_keeps_the_order_of_the_cells() -> None:
    made = sketch(chain(500))
    lefts = [box[0] for _, box in made.boxes]
    assert [cell for cell, _ in made.boxes] == [f"c{i}" for i in range(10)]
    assert lefts == sorted(lefts)
