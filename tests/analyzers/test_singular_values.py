from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import (
    expected_singular_value,
    expected_squared_singular_value,
    simulate_spectra,
)
from topograph.errors import BudgetError, ShapeError

# Height, exact mean, limit of large matrices: width 16 and 8, variance 1.
WIDTH_16 = [
    (16, 3.3648, 3.3953), (17, 3.5177, 3.5483), (18, 3.6625, 3.6924), (19, 3.8007, 3.8299),
    (20, 3.9332, 3.9618), (21, 4.0610, 4.0888), (22, 4.1844, 4.2117), (24, 4.4203, 4.4463),
    (26, 4.6434, 4.6684), (28, 4.8559, 4.8800), (30, 5.0591, 5.0823), (32, 5.2542, 5.2767),
    (36, 5.6238, 5.6449), (40, 5.9701, 5.9901), (44, 6.2971, 6.3162), (48, 6.6078, 6.6260),
    (56, 7.1887, 7.2055), (64, 7.7257, 7.7415), (72, 8.2277, 8.2425), (80, 8.7006, 8.7147),
    (88, 9.1491, 9.1625), (96, 9.5765, 9.5893), (104, 9.9856, 9.9980), (112, 10.3786, 10.3905),
    (116, 10.5696, 10.5813),
]  # fmt: skip
WIDTH_8 = [
    (8, 2.3610, 2.4008), (9, 2.5710, 2.6109), (10, 2.7628, 2.8014), (12, 3.1083, 3.1440),
    (16, 3.7000, 3.7312), (18, 3.9621, 3.9916), (22, 4.4396, 4.4662),
]  # fmt: skip
TABLE = [(16, *row) for row in WIDTH_16] + [(8, *row) for row in WIDTH_8]


@pytest.mark.parametrize(("width", "height", "exact", "limit"), TABLE)
def test_published_and_reference_values(width, height, exact, limit):
    assert expected_singular_value(height, width) == pytest.approx(exact, abs=5.1e-5)
    found = expected_singular_value(width, height, method="asymptotic")
    assert found == pytest.approx(limit, abs=5.1e-5)


def test_simulation_agrees_within_four_standard_errors():
    heights = [16, 26, 40, 116]
    found = simulate_spectra(heights, 16, samples=4000, variance=0.25, rng=0)
    exact = [expected_singular_value(height, 16, variance=0.25) for height in heights]
    squared = [expected_squared_singular_value(height, 16, variance=0.25) for height in heights]
    assert np.all(np.abs(found.mean - exact) < 4 * found.mean_error)
    assert np.all(np.abs(found.squared - squared) < 4 * found.squared_error)


@given(st.integers(1, 30), st.integers(1, 60), st.floats(0, 1e6))
def test_symmetry_and_scaling(rows, columns, variance):
    plain = expected_singular_value(rows, columns)
    assert expected_singular_value(columns, rows) == plain
    scaled = expected_singular_value(rows, columns, variance=variance)
    assert scaled == pytest.approx(variance**0.5 * plain)
    assert expected_squared_singular_value(rows, columns, variance=variance) == pytest.approx(
        variance * max(rows, columns)
    )


@given(st.integers(1, 20), st.floats(0, 40), st.floats(1e-3, 4))
def test_means_grow_with_the_larger_side_between_whole_sizes_too(smaller, excess, more):
    larger = smaller + excess
    low, high = (expected_singular_value(side, smaller) for side in (larger, larger + more))
    assert low < high


def test_the_limit_is_approached_as_documented():
    for width in (1, 8, 64, 256):
        exact = expected_singular_value(width, width)
        limit = expected_singular_value(width, width, method="asymptotic")
        assert 0 < (limit / exact - 1) * width < 0.161
    exact, limit = (
        expected_singular_value(512, 512, method=method) for method in ("exact", "asymptotic")
    )
    assert limit / exact - 1 == pytest.approx(3.1e-4, abs=5e-6)


def test_squares_of_a_matrix_without_rows_to_spare():
    limit = expected_singular_value(7, 7, method="asymptotic")
    assert limit == pytest.approx(8 / (3 * np.pi) * 7**0.5, rel=1e-14)


@pytest.mark.parametrize("sides", [(0, 3), (-1, 3), (3, np.inf), (np.nan, 3), (3, np.nan)])
def test_what_has_no_sides_is_refused(sides):
    for function in (expected_singular_value, expected_squared_singular_value):
        with pytest.raises(ShapeError, match="positive, finite number.*Received"):
            function(*sides)


@pytest.mark.parametrize("variance", [-1, np.nan, np.inf])
def test_what_is_no_variance_is_refused(variance):
    for function in (expected_singular_value, expected_squared_singular_value):
        with pytest.raises(BudgetError, match="A variance is a finite number of at least 0"):
            function(3, 4, variance=variance)


def test_other_refusals():
    with pytest.raises(BudgetError, match="Received the method 'fast'"):
        expected_singular_value(3, 4, method="fast")
    with pytest.raises(ShapeError, match="smaller side of a matrix is whole.*16 x 15.5"):
        expected_singular_value(16, 15.5)
    with pytest.raises(ShapeError, match="Received 600 x 513. Ask for method='asymptotic'"):
        expected_singular_value(600, 513)
