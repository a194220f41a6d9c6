from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import (
    expected_singular_value,
    initial_variance,
    isometry_bounds,
    simulate_spectra,
)
from topograph.errors import ArchitectureError, BudgetError

# Mass, printed lower bound, Hoelder's, Jensen's, printed upper bound at width 16.
TABLE = [
    (0, 0.0000, 2.7852, 4.0000, 8.0000),
    (2, 0.1231, 2.9155, 4.1231, 8.1231),
    (4, 0.2426, 3.0426, 4.2426, 8.2426),
    (12, 0.6904, 3.5228, 4.6904, 8.6904),
    (20, 1.0990, 3.9650, 5.0990, 9.0990),
    (32, 1.6569, 4.5714, 5.6569, 9.6569),
    (64, 2.9282, 5.9537, 6.9282, 10.9282),
    (96, 4.0000, 7.1111, 8.0000, 12.0000),
    (128, 4.9443, 8.1228, 8.9443, 12.9443),
    (160, 5.7980, 9.0309, 9.7980, 13.7980),
    (200, 6.7703, 10.0585, 10.7703, 14.7703),
]


def test_reference_values_of_both_intervals():
    mass, *columns = np.array(TABLE).T
    found = isometry_bounds(16, mass)
    names = ("printed_lower", "lower", "upper", "printed_upper")
    for name, column in zip(names, columns, strict=True):
        np.testing.assert_allclose(getattr(found, name), column, atol=5.1e-5)


@given(
    st.integers(1, 24),
    st.lists(st.floats(0, 300), min_size=1, max_size=3),
    st.floats(1e-6, 1e3),
)
def test_intervals_are_nested_around_the_exact_value(width, mass, variance):
    found = isometry_bounds(width, mass, variance=variance)
    chain = ("printed_lower", "lower", "exact", "upper", "printed_upper")
    values = [getattr(found, name) for name in chain]
    for low, high in pairwise(values):
        assert np.all(low <= high * (1 + 1e-12))
    np.testing.assert_allclose(found.squared, found.upper**2)
    assert np.all(found.exact <= found.asymptotic)


def test_gordons_bounds_hold_for_the_extreme_values():
    found = isometry_bounds(8, [0, 4, 16, 64])
    rng = np.random.default_rng(0)
    for place, inputs in enumerate((8, 10, 16, 40)):
        values = np.linalg.svd(rng.normal(size=(4000, 8, inputs)), compute_uv=False)
        assert values[:, -1].mean() >= found.printed_lower[place]
        assert values[:, 0].mean() <= found.printed_upper[place]


def test_drawn_layers_lie_on_the_exact_curve():
    found = isometry_bounds(16, [0, 20, 40], variance=0.5)
    drawn = simulate_spectra([16, 26, 36], 16, samples=3000, variance=0.5, rng=3)
    assert np.all(np.abs(drawn.mean - found.exact) < 4 * drawn.mean_error)


def test_masses_keep_their_shape_order_and_repeats():
    found = isometry_bounds(4, [[3, 1, 3], [0, 1.5, 2]])
    expected = [[expected_singular_value(4, 4 + m / 2) for m in row] for row in found.mass]
    np.testing.assert_array_equal(found.exact, expected)
    assert isometry_bounds(16, 20).exact == pytest.approx(4.6434, abs=5e-5)


def test_under_fan_in_only_the_spectrum_narrows():
    mass = np.array([0.0, 8, 28])
    variance = initial_variance(8, 8 + mass / 2, rule="fan_in", scale=1 / 3)
    found = isometry_bounds(8, mass, variance=variance)
    np.testing.assert_allclose(found.squared, 1 / 3)
    np.testing.assert_allclose(found.exact, [0.4819, 0.5180, 0.5465], atol=5.1e-5)


def test_wide_layers_have_no_exact_value_but_bounds():
    found = isometry_bounds(600, [0, 100])
    assert np.isnan(found.exact).all()
    assert np.all((found.lower < found.asymptotic) & (found.asymptotic < found.upper))


def test_a_table_has_one_row_per_mass():
    table = isometry_bounds(8, [0, 4]).to_frame()
    assert table.mass.tolist() == [0, 4]
    assert table.inputs.tolist() == [8, 10]


def test_refusals():
    for width in (0, 2.5):
        with pytest.raises(ArchitectureError, match="width must be a whole number at least 1"):
            isometry_bounds(width, [1])
    for mass in (-1, np.nan, np.inf):
        with pytest.raises(ArchitectureError, match="NN-Mass is a finite number"):
            isometry_bounds(8, [1, mass])
    for variance in (-1, np.nan, np.inf):
        with pytest.raises(BudgetError, match="A variance is a finite number"):
            isometry_bounds(8, [1], variance=variance)
