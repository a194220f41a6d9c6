from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers.kernels.closed_forms import CLOSED_FORMS
from topograph.analyzers.kernels.rectified import DEGREE, arc_cosine, polynomial


def straight(r):
    return (np.sqrt((1 - r) * (1 + r)) + r * (np.pi / 2 + np.arcsin(r))) / np.pi


def test_the_polynomial_is_exact_to_rounding():
    r = np.concatenate([np.linspace(-1, 1, 20_001), 1 - np.logspace(-16, -1, 200)])
    np.testing.assert_allclose(arc_cosine(np.ones(1), r), straight(r), rtol=0, atol=1e-15)
    single = arc_cosine(np.ones(1, dtype=np.float32), r.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, straight(r), rtol=0, atol=2e-7)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_polynomial_is_within_a_rounding_of_the_exact_kernel(kind):
    """At 50 digits: of one rounding of 1, which kernels reach, and of three of the part itself."""
    rounding = float(np.finfo(kind).eps)
    coefficients = [mpmath.mpf(value) for value in polynomial(DEGREE[np.dtype(kind)])]
    with mpmath.workdps(50):
        for place in range(1, 401):
            d = mpmath.mpf(place) / 400
            angle = mpmath.acos(1 - d)
            exact = (mpmath.sin(angle) - (1 - d) * angle) / mpmath.pi
            found = mpmath.polyval(coefficients, d) * d ** mpmath.mpf(1.5)
            assert abs(found - exact) <= rounding * min(1, 3 * exact)


@given(st.floats(1e-30, 1e30), st.sampled_from([np.float32, np.float64]))
def test_kernels_of_every_size_scale(size, kind):
    r = np.linspace(-1, 1, 101, dtype=kind)
    found = arc_cosine(np.full(1, size, dtype=kind), kind(size) * r)
    assert found.dtype == kind
    allowed = 4 * np.finfo(kind).eps
    np.testing.assert_allclose(found / kind(size), straight(r.astype(float)), atol=allowed)


def test_sizes_and_entries_broadcast():
    size = np.array([1.0, 2.0, 4.0])[:, None, None]
    cross = np.random.default_rng(1).uniform(-1, 1, (70, 80))
    found = arc_cosine(size, cross)
    np.testing.assert_allclose(found, size * straight(cross / size), atol=1e-15)
    relu = CLOSED_FORMS["relu"]
    np.testing.assert_allclose(relu.dual(size, size, cross), found, atol=1e-15)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_one_size_of_1_is_many_of_them(kind):
    cross = np.random.default_rng(2).uniform(-1.1, 1.1, 500).astype(kind)
    expected = arc_cosine(np.ones(500, dtype=kind), cross)
    np.testing.assert_array_equal(arc_cosine(np.ones(1, dtype=kind), cross), expected)
    np.testing.assert_array_equal(arc_cosine(np.ones((1, 1), dtype=kind), cross), expected[None])


@given(st.floats(1e-9, 1e-3))
def test_nearly_opposite_inputs_keep_their_digits(angle):
    # kappa(-cos a) = (sin a - a cos a) / pi = a^3 / 3 pi (1 - a^2 / 10 + ...).
    found = arc_cosine(np.ones(1), np.array([-np.cos(angle)]))[0]
    assert found == pytest.approx(angle**3 / (3 * np.pi), rel=1e-6, abs=1e-22 + angle * 1e-16)


def test_rounding_beyond_the_ends_counts_as_the_end():
    beyond = np.array([-1 - 1e-12, 1 + 1e-12, -2.0, 2.0])
    np.testing.assert_array_equal(arc_cosine(np.ones(1), beyond), [0, 1, 0, 1])


def test_equal_inputs_give_their_size_exactly():
    size = np.random.default_rng(0).uniform(0, 9, 100)
    np.testing.assert_array_equal(arc_cosine(size, size), size)
    np.testing.assert_array_equal(arc_cosine(np.zeros(1), np.zeros(3)), np.zeros(3))


def test_the_first_coefficients_are_those_of_the_series():
    *_, first, zeroth = polynomial(DEGREE[np.dtype(float)])
    assert zeroth == pytest.approx(8 / (3 * np.pi) / 2**1.5, rel=1e-13)
    assert first == pytest.approx(4 / np.pi / 2.5 / 6 / 2**2.5, rel=1e-10)


def test_large_and_small_arrays_agree():
    cross = np.random.default_rng(0).uniform(-2, 2, (90, 90))
    relu, two = CLOSED_FORMS["relu"], np.full((1, 1), 2.0)
    large = relu.product(two, two, cross)
    small = np.stack([relu.product(two[0], two[0], row) for row in cross])
    np.testing.assert_allclose(large, small, atol=1e-15)
