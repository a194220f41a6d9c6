from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.kernels.dags import (
    KINDS,
    MIXED,
    PAIRS,
    PARALLEL,
    PUBLISHED,
    SEQUENTIAL,
    UNEQUAL,
    network,
)
from topograph.analyzers import eigen_bound, nngp
from topograph.arrays import to_host
from topograph.errors import ArchitectureError, BudgetError
from topograph.search import CellSpace

# Correlation; printed 1 - f^3, 3 (1 - f), 4 - f~; true third; exact third; exact behind a stem.
ROWS = (
    (-0.990, 0.50618, 2.99910, 4.35278, 3.64722, 4.44382, 0.39511, 2.04462, 2.74187),
    (-0.495, 0.47116, 2.66799, 3.63314, 3.63314, 3.70787, 0.37162, 1.87321, 2.49799),
    (0.000, 0.39517, 2.04507, 2.69423, 2.69423, 2.74252, 0.31905, 1.51881, 2.00833),
    (0.495, 0.26361, 1.18299, 1.53623, 1.53623, 1.55651, 0.22244, 0.95535, 1.25456),
    (0.891, 0.08088, 0.29442, 0.38488, 0.38488, 0.38729, 0.07395, 0.26660, 0.35085),
    (0.990, 0.00914, 0.02910, 0.03853, 0.03853, 0.03860, 0.00888, 0.02824, 0.03746),
)
TABLE = np.array(ROWS)
CORRELATION = TABLE[:, 0]
INSIDE = np.concatenate([np.linspace(-1, 1, 2003)[1:-1], 1 - np.logspace(-3, -10, 30)])


def kappa(r):
    return (np.sqrt(1 - r**2) + r * (np.pi - np.arccos(r))) / np.pi


def cell(kinds):
    return network([(*pair, kind) for pair, kind in zip(PAIRS, kinds, strict=True)], width=1)


def test_rows_of_the_reference():
    paper = [eigen_bound(network(edges), CORRELATION, mode="paper") for edges in PUBLISHED]
    for found, column in zip(paper, (1, 2, 3), strict=True):
        np.testing.assert_allclose(found.signed, TABLE[:, column], atol=5.1e-6)
    np.testing.assert_allclose(paper[2].bound, TABLE[:, 4], atol=5.1e-6)
    exact = [
        eigen_bound(network(MIXED), CORRELATION),
        *(eigen_bound(network(edges, inputs=3), CORRELATION) for edges in PUBLISHED),
    ]
    for found, column in zip(exact, (5, 6, 7, 8), strict=True):
        np.testing.assert_allclose(found.bound, TABLE[:, column], atol=5.1e-6)


def test_printed_formulas():
    f = kappa(CORRELATION)
    printed = (1 - kappa(kappa(f)), 3 * (1 - f), 4 - CORRELATION - f - 2 * kappa(f))
    for edges, formula in zip(PUBLISHED, printed, strict=True):
        for mode in ("paper", "path_sum"):
            found = eigen_bound(network(edges), CORRELATION, mode=mode)
            np.testing.assert_allclose(found.signed, formula, rtol=1e-12)


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_order_of_the_three_graphs(mode):
    first, second, third = (
        eigen_bound(network(edges), INSIDE, mode=mode).bound for edges in PUBLISHED
    )
    assert np.all(first < second)
    assert np.all(second < third)
    ends = [eigen_bound(network(edges), 1.0, mode=mode).bound for edges in PUBLISHED]
    np.testing.assert_allclose(ends, 0, atol=1e-14)


def test_the_order_depends_on_the_trace():
    scaled = [eigen_bound(network(edges), INSIDE, mode="paper").normalised for edges in PUBLISHED]
    assert np.all(scaled[0] < scaled[1])
    below = (scaled[1] < scaled[2]) | (np.abs(scaled[1] - scaled[2]) < 1e-6)
    inside = (INSIDE > -0.7997) & (INSIDE < -0.2174)
    assert np.all(below[inside])
    assert not np.any(
        scaled[1][~inside & (INSIDE < 0.9)] < scaled[2][~inside & (INSIDE < 0.9)] - 1e-4
    )


@pytest.mark.parametrize("name", ["erf", "gelu", "elu"])
def test_order_for_other_activations(name):
    points = np.linspace(-0.99, 0.99, 21)
    found = [
        eigen_bound(network(edges), points, mode="paper", activation=name).bound
        for edges in PUBLISHED
    ]
    assert np.all(found[0] < found[1])
    assert np.all(found[1] < found[2])


def test_negative_kernels_need_the_size_of_the_off_diagonal():
    # The mixed graph has K_12 < 0 below -0.72502; there a - b is no eigenvalue.
    below, above = eigen_bound(network(MIXED), np.array([-0.7251, -0.7249]), mode="paper").bound
    found = eigen_bound(network(MIXED), np.array([-1.0, -0.7251, -0.7249]), mode="paper")
    assert np.all((found.signed > found.bound) == [True, True, False])
    assert found.off_diagonal[0] == pytest.approx(-0.363380, abs=5e-7)
    assert below < 4
    assert above < 4


def test_path_sums_are_no_upper_bounds():
    found = eigen_bound(network(UNEQUAL), 0.0, mode="path_sum")
    assert float(found.true) == pytest.approx(1.097016, abs=5e-7)
    assert float(found.bound) == pytest.approx(1.076864, abs=5e-7)
    assert float(found.ratio) < 1


def test_path_sums_differ_in_45_of_662_cells():
    points = np.linspace(0, 0.95, 6)
    differ = connected = 0
    for kinds in itertools.product(KINDS, repeat=6):
        found = eigen_bound(cell(kinds), points, mode="path_sum")
        connected += found.paths > 0
        differs = not np.allclose(found.bound, found.true, rtol=1e-9, atol=1e-12)
        assert np.all(found.bound <= found.true + 1e-12)
        np.testing.assert_allclose(found.diagonal, found.paths, rtol=1e-14)
        differ += differs
    assert (connected, differ) == (662, 45)


@given(st.floats(-0.999, 0.999), st.floats(0.1, 9), st.floats(0.1, 9))
def test_bounds_are_eigenvalues_of_two_inputs(correlation, left, right):
    rows = np.sqrt([[left], [right]]) * [[1, 0], [correlation, np.sqrt(1 - correlation**2)]]
    found = eigen_bound(network(MIXED), correlation, norms=(left, right))
    kernel = nngp(network(MIXED), rows, rows="as given")
    expected = np.linalg.eigvalsh(kernel.values)[0]
    assert float(found.bound) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert float(found.diagonal) == pytest.approx(np.mean(kernel.diagonal))


def test_bounds_in_every_library(backend):
    for mode in ("exact", "paper", "path_sum"):
        found = eigen_bound(network(MIXED), backend.asarray(CORRELATION), mode=mode)
        expected = eigen_bound(network(MIXED), CORRELATION, mode=mode)
        np.testing.assert_allclose(to_host(found.bound), expected.bound, rtol=1e-12)
        assert found.bound.shape == found.normalised.shape == (6,)


def test_disconnected_graphs():
    found = eigen_bound(network([(0, 1, "zero")]), np.array([0.0, 0.5]))
    assert found.paths == 0
    assert not found.bound.any()
    assert np.isnan(found.normalised).all()
    assert np.isnan(found.ratio).all()


@pytest.mark.parametrize("mode", ["exact", "paper", "path_sum"])
@pytest.mark.parametrize("activation", [None, "gelu"])
def test_spaces_are_bounded_like_their_cells(mode, activation):
    space = CellSpace.typed()[::40]
    options = {"mode": mode, "activation": activation, "norms": (1.0, 2.0)}
    found = eigen_bound(space, CORRELATION, **options)
    assert found.bound.shape == (len(space), len(CORRELATION))
    for place, names in enumerate(space):
        kinds = ["zero" if name == "none" else name.removesuffix("_connect") for name in names]
        edges = [(*pair, kind) for pair, kind in zip(space.edges, kinds, strict=True)]
        alone = eigen_bound(network(edges, width=1), CORRELATION, **options)
        assert found.paths[place] == alone.paths
        for name in ("diagonal", "off_diagonal", "bound", "signed", "true", "ratio", "normalised"):
            np.testing.assert_allclose(
                getattr(found, name)[place], getattr(alone, name), rtol=1e-10, atol=1e-13
            )


def test_spaces_keep_the_shape_of_the_correlation():
    space = CellSpace.typed(nodes=3)
    one = eigen_bound(space, 0.5)
    grid = eigen_bound(space, np.full((2, 3), 0.5))
    assert one.bound.shape == (27,)
    assert grid.bound.shape == (27, 2, 3)
    np.testing.assert_allclose(grid.bound[:, 1, 2], one.bound, rtol=1e-12)


def test_what_is_asked_wrongly_is_refused():
    with pytest.raises(BudgetError, match=r"from -1 to 1.*to 1.5"):
        eigen_bound(network(SEQUENTIAL), 1.5)
    with pytest.raises(ArchitectureError, match="Received 'sum'"):
        eigen_bound(network(PARALLEL), 0.5, mode="sum")
    chain = network([(0, 1, "linear"), (1, 2, "linear")])
    mixed = chain.replace("linear_1_2", activation="tanh")
    assert eigen_bound(mixed, 0.0).paths == 1
    with pytest.raises(ArchitectureError, match="Received relu, tanh"):
        eigen_bound(mixed, 0.0, mode="path_sum")
    with pytest.raises(ArchitectureError, match=r"Received the inputs \(0, 1\)"):
        eigen_bound(CellSpace.darts(nodes=1), 0.0)
