from __future__ import annotations

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
    np.testing.assert_allclose(arc_cosine(np.ones(1), r), straight(r), atol=1e-15)
    single = arc_cosine(np.ones(1, dtype=np.float32), r.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, straight(r), atol=3e-7)


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
    np.testing.assert_array_equal(arc_cosine(size, np.ones(100)), size)


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
