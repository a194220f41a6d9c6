from __future__ import annotations

from collections import Counter
from fractions import Fraction

import networkx
import numpy as np
import pytest

from topograph.analyzers import dag_paths, path_profile
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import nasbench201
from topograph.search import CellSpace, effective

NB201 = CellSpace.nasbench201()

# Effective depth, width and number of cells, counted by simple paths.
DISTINCT = """
1/4 4 256, 1/3 3 512, 1/2 2 1616, 1/2 4 512, 2/3 3/2 128, 2/3 3 800, 3/4 8/3 256, 3/4 4 512,
1 1 1746, 1 2 1904, 1 3 992, 1 4 192, 5/4 12/5 448, 5/4 16/5 320, 4/3 3/2 288, 4/3 9/4 544,
3/2 2/3 16, 3/2 4/3 704, 3/2 2 192, 3/2 8/3 320, 5/3 6/5 64, 5/3 9/5 384, 7/4 12/7 64,
7/4 16/7 192, 2 1/2 256, 2 1 128, 2 3/2 160, 2 2 64, 7/3 9/7 32, 5/2 4/5 32, 3 1/3 8
"""
THREE = """
1/2 2 192, 3/4 4 256, 1 1 496, 1 2 896, 1 3 800, 1 4 128, 5/4 12/5 192, 5/4 16/5 64, 4/3 3/2 256,
4/3 9/4 320, 3/2 2/3 16, 3/2 4/3 320, 5/3 9/5 96, 2 1/2 112, 2 1 96, 3 1/3 8
"""


def table(text):
    rows = [entry.split() for entry in text.replace("\n", " ").split(",")]
    return {(Fraction(depth), Fraction(width)): int(count) for depth, width, count in rows}


def counted(space):
    """How many cells have each depth and width, as fractions."""
    found = effective(space)
    pairs = zip(found.depth.tolist(), found.width.tolist(), strict=True)
    close = [tuple(Fraction(x).limit_denominator(40) for x in pair) for pair in pairs if pair[0]]
    return dict(Counter(close))


def simple_paths(space, index):
    """Depth and width of a cell by listing its paths with networkx."""
    graph = networkx.MultiDiGraph()
    graph.add_nodes_from(range(space.nodes))
    for edge, kind in zip(space.edges, space.kinds[index].tolist(), strict=True):
        if kind:
            graph.add_edge(*edge, depth=int(kind == 2))
    depths = []
    for start in space.inputs:
        for end in space.outputs:
            ways = networkx.all_simple_edge_paths(graph, start, end)
            depths += [sum(graph.edges[edge]["depth"] for edge in way) for way in ways]
    depth = Fraction(sum(depths), len(depths) or 1)
    return depth, np.count_nonzero(depths) / depth if depth else 0, len(depths)


def test_nasbench201_has_the_counted_depths_and_widths():
    found = effective(NB201)
    assert int((~found.is_connected).sum()) == 341
    assert int((found.is_connected & (found.depth == 0)).sum()) == 1642
    assert int((found.depth > 0).sum()) == 13_642
    assert len(table(DISTINCT)) == 31
    assert counted(NB201) == table(DISTINCT)


def test_three_convolutions_have_the_counted_depths_and_widths():
    three = NB201[NB201.count("nor_conv_1x1", "nor_conv_3x3") == 3]
    found = effective(three)
    assert len(three) == 4320
    assert int((~found.is_connected).sum()) == 24
    assert int((found.is_connected & (found.depth == 0)).sum()) == 48
    assert counted(three) == table(THREE)


@pytest.mark.parametrize("space", [NB201, CellSpace.typed(nodes=5), CellSpace.darts()], ids=repr)
def test_samples_agree_with_simple_paths(space):
    found = effective(space)
    for index in np.random.default_rng(1).choice(len(space), 300, replace=False):
        depth, width, paths = simple_paths(space, index)
        assert found.depth[index] == float(depth)
        assert found.width[index] == pytest.approx(float(width), rel=1e-15)
        assert found.paths[index] == paths


@pytest.mark.parametrize("space", [NB201, CellSpace.typed(nodes=6)[::97]], ids=repr)
def test_all_cells_agree_with_the_float_programme(space):
    types = np.zeros((len(space), space.nodes, space.nodes), dtype=np.int8)
    sources, targets = np.array(space.edges).T
    types[:, sources, targets] = space.kinds
    found, other = effective(space), dag_paths(types)
    np.testing.assert_allclose(found.depth, other.effective_depth, rtol=1e-15)
    np.testing.assert_allclose(found.width, other.effective_width, rtol=1e-15)
    assert np.array_equal(found.is_connected, other.is_connected)


def test_cells_agree_with_their_architectures():
    found = effective(NB201)
    for index in range(0, 15_625, 311):
        profile = path_profile(nasbench201(index, channels=1, size=1))
        assert found.depth[index] == profile.effective_depth
        assert found.width[index] == pytest.approx(profile.effective_width, rel=1e-15)
        assert found.paths[index] == profile.paths


def test_darts_has_the_counted_extremes():
    found = effective(CellSpace.darts())
    deep = found.depth > 0
    assert int(deep.sum()) == 45_900
    assert found.paths.max() == 18
    extremes = (
        found.depth[deep].min(),
        found.depth.max(),
        found.width[deep].min(),
        found.width.max(),
    )
    assert extremes == pytest.approx((1 / 16, 22 / 9, 88 / 15, 18), rel=1e-15)


def test_typed_graphs_of_four_nodes():
    assert int(effective(CellSpace.typed()).is_connected.sum()) == 662


def test_few_cells_and_none():
    whole, few = effective(NB201), effective(NB201[100:120])
    assert np.array_equal(few.depth, whole.depth[100:120])
    assert np.array_equal(few.width, whole.width[100:120])
    assert effective(NB201[:0]).depth.shape == (0,)


def test_edges_may_stand_in_any_order():
    order = [5, 3, 0, 4, 2, 1]
    edges = tuple(NB201.edges[n] for n in order)
    shuffled = CellSpace(NB201.cells[:, order], NB201.operations, edges)
    assert np.array_equal(effective(shuffled).width, effective(NB201).width)


def test_an_input_that_is_an_output_is_a_path():
    space = CellSpace(np.array([[0], [1]]), ("none", "linear"), ((0, 1),), outputs=(0, 1))
    found = effective(space)
    assert found.paths.tolist() == [1, 2]
    assert found.depth.tolist() == [0, 0.5]
    assert effective(
        CellSpace(space.cells, space.operations, ((0, 1),), outputs=(0,))
    ).paths.tolist() == [1, 1]


def test_cells_with_too_many_paths_are_refused():
    edges = tuple((s, t) for t in range(1, 14) for s in range(t))
    cells = np.zeros((1, len(edges)), dtype=np.int8)
    space = CellSpace(cells, ("none", "linear"), edges, outputs=(13,))
    with pytest.raises(BudgetError, match="63 bits.*dag_paths"):
        effective(space)


@pytest.mark.parametrize("other", [nasbench201(7), NB201.cells, None])
def test_other_things_are_no_space(other):
    with pytest.raises(ArchitectureError, match=f"type {type(other).__name__}. Give a CellSpace"):
        effective(other)
