from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import topograph as tg
from tests.generators.cascades.samples import edges, masks, paths
from topograph.errors import ArchitectureError
from topograph.generators.cascades import hypercube, torus


def test_the_published_counts():
    assert edges(hypercube(32, 6)) == 1152
    assert tg.analyzers.cost(hypercube(32, 6, skip=True)).parameters == 960
    assert edges(torus(8, 4, layers=7)) == 1120
    assert tg.analyzers.cost(torus(8, 4, layers=7, skip=True)).parameters == 896


def test_the_published_numbers_of_paths():
    cube, around = paths(hypercube(32, 6)), paths(torus(8, 4, layers=7))
    assert (cube.min(), cube.max(), len(np.unique(cube)), cube.mean()) == (720, 2256, 4, 1458)
    assert (around.min(), around.max(), len(np.unique(around))) == (420, 4719, 10)


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_hypercubes_are_those_of_networkx(bits):
    graph = nx.hypercube_graph(bits)
    names = sorted(graph, key=lambda name: sum(bit << place for place, bit in enumerate(name)))
    expected = nx.to_numpy_array(graph, nodelist=names) + np.eye(2**bits)
    np.testing.assert_array_equal(masks(hypercube(2**bits, bits))[0], expected)


@pytest.mark.parametrize(("rows", "columns"), [(4, 3), (5, 5), (3, 7)])
def test_tori_are_those_of_networkx(rows, columns):
    graph = nx.grid_2d_graph(rows, columns, periodic=True)
    expected = nx.to_numpy_array(graph, nodelist=sorted(graph)) + np.eye(rows * columns)
    found = masks(torus(rows, columns, layers=rows // 2 + columns // 2))
    np.testing.assert_array_equal(found[0], expected)


@pytest.mark.parametrize(("sides", "degree"), [((2, 4), 4), ((1, 4), 3), ((2, 2), 3), ((1, 2), 2)])
def test_thin_tori_have_no_link_twice(sides, degree):
    layer = masks(torus(*sides, layers=4))[0]
    assert (layer.sum(axis=1) == degree).all()


@pytest.mark.parametrize(
    ("make", "layers"),
    [(lambda at: hypercube(16, at), 4), (lambda at: torus(4, 5, layers=at), 4)],
)
def test_the_depth_that_joins_all_pairs(make, layers):
    assert paths(make(layers)).all()
    with pytest.warns(UserWarning, match="unreachable") as told:
        shallow = make(layers - 1)
    missing = np.argwhere(paths(shallow) == 0)
    text = str(told[0].message)
    assert f"{len(missing)} pairs" in text
    assert f": ({missing[0][1]}, {missing[0][0]})," in text


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: hypercube(24, 4), "power of two"),
        (lambda: hypercube(16, True), "layers must be a whole number"),
        (lambda: torus(0, 4, layers=4), "rows must be"),
        (lambda: torus(4, 4, layers=2.5), "layers must be a whole number"),
    ],
)
def test_refused(make, told):
    with pytest.raises(ArchitectureError, match=told):
        make()
