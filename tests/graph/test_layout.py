"""The layout against networkx, against the graph, and by hand on the networks of the field."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings

from tests.strategies import architectures
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Architecture, Builder, Conv2d, Identity, Link, Pool, layout, parallel
from topograph.graph.layout import Layout


def as_networkx(plan: Layout) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(plan.places)
    graph.add_edges_from((route.source, route.target) for route in plan.routes)
    return graph


def residual(projection: bool) -> Architecture:
    """A residual block; with projection its shortcut is a node."""
    b = Builder()
    x = b.conv(b.input(3, size=8, name="image"), 8, name="x")
    h = b.conv(b.conv(x, 8, name="h1"), 8, name="h2")
    shortcut = b.conv(x, 8, kernel=1, name="p") if projection else x
    b.global_pool(b.add([shortcut, h], name="sum"), name="y")
    return b.build()


@settings(max_examples=50)
@given(architectures())
def test_columns_are_longest_paths(architecture: Architecture) -> None:
    plan = layout(architecture)
    graph = as_networkx(plan)
    for rank, generation in enumerate(nx.topological_generations(graph)):
        for name in generation:
            behind = nx.ancestors(graph, name) | {name}
            longest = nx.dag_longest_path_length(
                graph.subgraph(behind), weight=None, default_weight=1
            )
            assert plan.places[name][0] == rank == longest
    for rank, column in enumerate(plan.columns):
        assert {plan.places[name][0] for name in column} == {rank}


@settings(max_examples=50)
@given(architectures())
def test_skips_are_the_links_that_the_transitive_reduction_drops(
    architecture: Architecture,
) -> None:
    plan = layout(architecture)
    graph = as_networkx(plan)
    kept = nx.transitive_reduction(graph).edges
    for route in plan.routes:
        assert (route.kind == "short") == ((route.source, route.target) in kept)
        assert route.span == plan.places[route.target][0] - plan.places[route.source][0] >= 1


@settings(max_examples=50)
@given(architectures())
def test_nodes_of_a_column_descend_by_a_lane_and_arcs_start_at_its_ends(
    architecture: Architecture,
) -> None:
    plan = layout(architecture)
    for column in plan.columns:
        heights = [plan.places[name][1] for name in column]
        assert all(a - b >= 1 - 1e-9 for a, b in pairwise(heights))
    first, last = ({column[end] for column in plan.columns} for end in (0, -1))
    for route in plan.routes:
        ends = {route.source, route.target}
        assert route.side == "lane" or ends <= {"above": first, "below": last}[route.side]
        assert len(route.waypoints) == (route.span - 1 if route.side == "lane" else 0)


@settings(max_examples=50)
@given(architectures())
def test_every_node_and_every_edge_is_drawn_or_folded(architecture: Architecture) -> None:
    plan = layout(architecture)
    assert set(plan.places) | plan.folded == {node.name for node in architecture.nodes}
    assert not plan.folded.intersection(plan.places)
    drawn = Counter(route.strand.edge for route in plan.routes)
    entering = [edge for edge in architecture.edges if edge.target not in plan.folded]
    assert set(drawn) == set(entering)


@pytest.mark.parametrize("depth", [4, 16, 32])
def test_random_skip_mlp_has_one_column_per_layer(depth: int) -> None:
    network = dense_mlp(8, depth, candidates=5, rng=0)
    plan = layout(network)
    assert plan.columns == (
        ("input",),
        *((f"layer_{i}",) for i in range(depth - 1)),
        ("classifier",),
    )
    short = [route for route in plan.routes if route.kind == "short"]
    assert [route.span for route in short] == [1] * depth
    carried = sum(route.channels for route in plan.routes if route.kind == "skip")
    assert carried == sum(min(8 * (i - 1), 5) for i in range(2, depth))  # Eq. (2)'s numerator
    assert {route.side for route in plan.routes if route.kind == "skip"} == {"above"}


def test_cells_hold_their_layers_without_concatenations() -> None:
    plan = layout(dense_cnn((32, 64, 128), 20, candidates=(30, 80, 117), rng=0))
    assert plan.depth == 63  # image, 3 cells of 20 layers, pooled, classifier
    assert {cell: len(names) for cell, names in plan.cells.items()} == {
        "cell_1": 20,
        "cell_2": 20,
        "cell_3": 20,
    }


def test_identity_shortcut_is_a_skip_and_a_projection_is_a_branch() -> None:
    plain = {(r.source, r.target): r for r in layout(residual(projection=False)).routes}
    assert plain["x", "sum"].kind == "skip"
    assert (plain["x", "sum"].span, plain["x", "sum"].side) == (3, "above")
    branched = {(r.source, r.target): r for r in layout(residual(projection=True)).routes}
    assert branched["p", "sum"].kind == "short"
    assert branched["p", "sum"].span == 2
    assert len(branched["p", "sum"].waypoints) == 1
    assert {route.kind for route in branched.values()} == {"short"}


def test_parallel_edges_are_links_of_their_own() -> None:
    b = Builder()
    x = b.input(4, size=4, name="x")
    ops = [Conv2d(3), Conv2d(1), Pool("max", 3, stride=1, padding=1), Identity()]
    b.node([Link(x, op) for op in ops], width=4, name="y")
    plan = layout(b.build())
    assert [route.op for route in plan.routes] == ops
    assert {route.kind for route in plan.routes} == {"short"}


def test_two_towers_put_their_arcs_on_their_outer_sides() -> None:
    tower = dense_mlp(4, 6, candidates=3, inputs=4, classes=4, rng=0)
    plan = layout(parallel(tower, tower))
    arcs = [route for route in plan.routes if route.kind == "skip"]
    heights = {route.side: plan.places[route.source][1] for route in arcs}
    assert set(heights) == {"above", "below"}
    assert heights["above"] > heights["below"]


def test_single_input_is_one_column() -> None:
    b = Builder()
    b.input(3, name="x")
    plan = layout(b.build())
    assert (plan.columns, plan.routes, plan.depth) == ((("x",),), (), 1)
