from __future__ import annotations

from fractions import Fraction
from math import comb, inf

import numpy as np
import pytest
from hypothesis import given

from tests.strategies import architectures
from topograph.analyzers import effective_depth, effective_width, path_profile
from topograph.errors import ArchitectureError
from topograph.generators import nasbench201, nasbench201_network
from topograph.graph import Architecture, Builder, Conv2d, Edge, Identity, Linear, Node, Zero
from topograph.search import CellSpace

ZERO, SKIP, LINEAR = Zero(), Identity(), Linear()


def dag(nodes, edges):
    """Vectors of two numbers; the last node is the output."""
    positions = [
        sum(t == target for _, t, _ in edges[:i]) for i, (_, target, _) in enumerate(edges)
    ]
    return Architecture(
        [Node(f"n{i}", 2) for i in range(nodes)],
        [
            Edge(f"n{s}", f"n{t}", op, position=p)
            for (s, t, op), p in zip(edges, positions, strict=True)
        ],
        (f"n{nodes - 1}",),
    )


def walks(architecture, node=None):
    """Depths of all paths that end in a node, or in any output, found by walking back."""
    if node is None:
        return [d for output in architecture.outputs for d in walks(architecture, output)]
    edges = architecture.in_edges(node)
    if not edges:
        return [0]
    return [
        depth + isinstance(edge.op, Linear | Conv2d)
        for edge in edges
        if edge.op != ZERO
        for depth in walks(architecture, edge.source)
    ]


@given(architectures())
def test_profiles_agree_with_walking_every_path(architecture):
    depths = walks(architecture)
    profile = path_profile(architecture)
    assert profile.counts == tuple(depths.count(k) for k in range(max(depths, default=-1) + 1))
    assert (profile.paths, profile.is_connected) == (len(depths), bool(depths))
    assert profile.deep == sum(depth > 0 for depth in depths)
    mean = Fraction(sum(depths), len(depths) or 1)
    assert profile.effective_depth == effective_depth(architecture) == float(mean)
    width = profile.deep / mean if mean else 0
    assert profile.effective_width == effective_width(architecture) == float(width)


THREE = {
    "chain": ([(0, 1, LINEAR), (1, 2, LINEAR), (2, 3, LINEAR)], (0, 0, 0, 1), 3, 1 / 3),
    "parallel": ([(0, 3, LINEAR), (0, 3, LINEAR), (0, 3, LINEAR)], (0, 3), 1, 3),
    "mixed": (
        [
            *((0, 1, LINEAR), (0, 2, LINEAR), (1, 2, SKIP)),
            *((0, 3, SKIP), (1, 3, LINEAR), (2, 3, LINEAR)),
        ],
        (1, 0, 3),
        1.5,
        2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", THREE)
def test_graphs_whose_paths_one_can_see(name):
    edges, counts, depth, width = THREE[name]
    profile = path_profile(dag(4, edges))
    assert profile.counts == counts
    assert (profile.effective_depth, profile.effective_width) == (depth, width)


def test_a_complete_graph_has_binomial_counts():
    n = 40
    edges = [(s, t, LINEAR) for t in range(n) for s in range(t)]
    profile = path_profile(dag(n, edges))
    assert profile.counts == (0, *(comb(n - 2, k) for k in range(n - 1)))
    assert profile.paths == 2 ** (n - 2)
    assert profile.effective_depth == n / 2


def test_numbers_beyond_every_float_are_exact():
    # 1,200 pairs of parallel edges in a row: 2^1200 paths, of which one is all skips.
    n = 1200
    edges = [(i, i + 1, op) for i in range(n) for op in (SKIP, LINEAR)]
    profile = path_profile(dag(n + 1, edges))
    assert profile.paths == 2**n
    assert profile.counts == tuple(comb(n, k) for k in range(n + 1))
    assert profile.deep == 2**n - 1
    assert profile.effective_depth == n / 2
    assert profile.effective_width == inf


def test_paths_that_end_nowhere_do_not_disturb_the_count():
    aside = [(s, t, LINEAR) for t in range(1, 30) for s in range(t)]
    profile = path_profile(dag(31, [*aside, (0, 30, LINEAR)]))
    assert profile.counts == (0, 1)


def test_a_disconnected_graph_is_flagged():
    graph = dag(3, [(0, 1, LINEAR), (1, 2, ZERO)])
    profile = path_profile(graph)
    assert profile.to_dict() == {
        "counts": [],
        "paths": 0,
        "deep": 0,
        "effective_depth": 0.0,
        "effective_width": 0.0,
        "is_connected": False,
    }


def test_depth_zero_gives_width_zero():
    graph = dag(2, [(0, 1, SKIP), (0, 1, SKIP)])
    assert path_profile(graph).counts == (2,)
    assert (effective_depth(graph), effective_width(graph)) == (0, 0)


def test_an_input_that_leaves_the_network_is_a_path():
    b = Builder()
    b.input(2)
    assert path_profile(b.build()).counts == (1,)


def test_several_inputs_and_outputs():
    b = Builder()
    left, right = b.input(2, name="left"), b.input(2, name="right")
    both = b.add([b.linear(left, 2), right])
    b.linear(both, 1)
    b.linear(both, 1)
    assert path_profile(b.build()).counts == (0, 2, 2)


def test_cells_of_a_network_are_those_of_the_cell_alone():
    for index in (0, 1, 2, 77, 5000):
        network = nasbench201_network(index, channels=2, repeats=2, image=(3, 4, 4))
        alone = path_profile(nasbench201(index))
        assert {path_profile(network, cell=f"cell_{s}_{r}") for s in (1, 2, 3) for r in (1, 2)} == {
            alone
        }
        assert path_profile(network, cell="reduction_1").counts == (0, 1, 1)
        # Paths of a chain multiply: 2 cells in 3 stages, 2 reductions.
        assert path_profile(network).paths == alone.paths**6 * 4


def test_the_depth_of_a_chain_adds_up():
    network = nasbench201_network(1, channels=2, repeats=3, image=(3, 4, 4))
    cells = 9 * effective_depth(nasbench201(1))
    assert effective_depth(network) == pytest.approx(2 + 2 * 1.5 + cells, rel=1e-15)


@pytest.mark.parametrize("measure", [effective_depth, effective_width, path_profile])
def test_an_unknown_cell_is_refused(measure):
    with pytest.raises(ArchitectureError, match="a cell that is there"):
        measure(nasbench201(0), cell="block")


def test_spaces_are_measured_at_once():
    space = CellSpace.nasbench201()[::700]
    found = path_profile(space)
    assert np.array_equal(effective_depth(space), found.depth)
    assert np.array_equal(effective_width(space), found.width)
    for place, names in enumerate(space):
        alone = path_profile(nasbench201(names, channels=1, size=1))
        counts = np.trim_zeros(found.counts[place], "b").tolist()
        assert counts == list(alone.counts)
        assert found.depth[place] == pytest.approx(effective_depth(nasbench201(names)))
