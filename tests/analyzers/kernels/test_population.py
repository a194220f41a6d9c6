from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.analyzers.kernels.dags import KINDS, PAIRS, PUBLISHED, TWICE, network, sphere
from topograph.analyzers import (
    effective,
    eigen_bound,
    nngp,
    nngp_population,
    population_bounds,
)
from topograph.arrays import to_host
from topograph.search import CellSpace

CELLS = np.array(list(itertools.product(range(3), repeat=6)))
# none, skip, 1 x 1 and 3 x 3 convolution, pooling.
SPACE = np.array(list(itertools.product(range(5), repeat=6)))
SPACE_KINDS = ("zero", "skip", "linear", "linear", "skip")
ROWS = sphere(8, 6, 101)


def member(kinds):
    edges = [(*pair, KINDS[kind]) for pair, kind in zip(PAIRS, kinds, strict=True)]
    return network(edges, width=1)


@pytest.mark.parametrize("mode", ["exact", "paper"])
@pytest.mark.parametrize("activation", [None, "gelu"])
def test_members_agree_with_kernels_one_by_one(mode, activation):
    cells = CELLS[np.random.default_rng(0).permutation(len(CELLS))[:60]]
    found = nngp_population(cells, ROWS, edges=PAIRS, mode=mode, activation=activation)
    for place, cell in enumerate(cells):
        kernel = nngp(member(cell), ROWS, mode=mode, activation=activation)
        np.testing.assert_allclose(found.values(place), kernel.values, rtol=1e-12, atol=1e-14)
        assert found.lambda_min[place] == pytest.approx(kernel.lambda_min, rel=1e-9, abs=1e-12)
        assert found.pair_bound[place] == pytest.approx(kernel.pair_bound, rel=1e-12, abs=1e-14)
        assert found.diagonal[place] == pytest.approx(kernel.diagonal.mean(), rel=1e-12)
        assert found.paths[place] == kernel.paths


def test_a_whole_space_needs_six_evaluations():
    found = nngp_population(SPACE, ROWS, edges=PAIRS, kinds=SPACE_KINDS, mode="paper")
    assert (found.steps, found.kernels) == (6, 54)
    assert len(found.lambda_min) == 15_625
    assert found.paths.count(0) == 341
    assert not found.lambda_min[[count == 0 for count in found.paths]].any()
    assert np.all(found.lambda_min <= found.pair_bound + 1e-12)


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_a_space_says_what_its_columns_mean(mode):
    space = CellSpace.nasbench201()[::50]
    kinds = ("zero", "skip", "linear", "linear", "skip")
    options = {"edges": space.edges, "kinds": kinds, "mode": mode}
    found, expected = (
        nngp_population(space, ROWS, mode=mode),
        nngp_population(space.cells, ROWS, **options),
    )
    np.testing.assert_array_equal(found.lambda_min, expected.lambda_min)
    assert found.paths == tuple(effective(space).paths.tolist())
    points = np.array([-0.3, 0.9])
    np.testing.assert_array_equal(
        population_bounds(space, points, mode=mode),
        population_bounds(space.cells, points, **options),
    )


def test_architectures_are_a_population_too():
    networks = [network(edges) for edges in (*PUBLISHED, TWICE)]
    found = nngp_population(networks, ROWS)
    expected = [nngp(one, ROWS) for one in networks]
    assert found.lambda_min == pytest.approx([one.lambda_min for one in expected])
    assert found.paths == tuple(one.paths for one in expected)
    assert found.normalised == pytest.approx([one.normalised for one in expected])
    assert found.to_frame().shape == (4, 7)


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_bounds_of_two_inputs(mode):
    points = np.linspace(-1, 1, 7)
    found = population_bounds(CELLS, points, edges=PAIRS, mode=mode)
    assert found.shape == (729, 7)
    for place in range(0, 729, 40):
        expected = eigen_bound(member(CELLS[place]), points, mode=mode).bound
        np.testing.assert_allclose(found[place], expected, rtol=1e-12, atol=1e-14)


def test_populations_in_every_library(backend):
    found = nngp_population(CELLS, backend.asarray(ROWS), edges=PAIRS)
    expected = nngp_population(CELLS, ROWS, edges=PAIRS)
    np.testing.assert_allclose(found.lambda_min, expected.lambda_min, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(found.pair_bound, expected.pair_bound, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(to_host(found.values(700)), expected.values(700), rtol=1e-12)


def test_one_input_and_unequal_ones():
    one = nngp_population(CELLS[-3:], np.eye(1), edges=PAIRS)
    np.testing.assert_allclose(one.pair_bound, one.diagonal)
    rows = ROWS * np.arange(1, 9)[:, None]
    found = nngp_population(CELLS[-3:], rows, edges=PAIRS, rows="as given")
    expected = [nngp(member(cell), rows, rows="as given") for cell in CELLS[-3:]]
    assert found.pair_bound == pytest.approx([one.pair_bound for one in expected])
