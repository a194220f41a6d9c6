from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers.kernels.quadrature import gaussian_mean, gaussian_product
from topograph.errors import BudgetError

ANGLES = np.array([0.0, 1e-6, 0.4, np.pi / 2, 2.5, np.pi])


@pytest.mark.parametrize(("power", "moment"), [(0, 1), (2, 1), (4, 3), (6, 15), (3, 0)])
def test_moments_of_a_gaussian(power, moment):
    found = gaussian_mean(lambda x: x**power, np.array([1.0, 4.0]))
    np.testing.assert_allclose(found, [moment, moment * 2.0**power], rtol=1e-13, atol=1e-13)


@given(st.floats(0.1, 5), st.floats(0.1, 5), st.floats(0, np.pi))
def test_isserlis_theorem(left, right, angle):
    cross = np.sqrt(left * right) * np.cos(angle)
    ends = np.array([left]), np.array([right])
    found = gaussian_product(np.square, *ends, angle=np.array([angle]))
    assert found[0] == pytest.approx(left * right + 2 * cross**2, rel=1e-12)


@pytest.mark.parametrize("threshold", [0.0, 0.7, -1.5])
def test_quadrants_and_half_planes(threshold):
    # P(u > t, v > t) for correlation 0 and 1 by the distribution function.
    from scipy.special import ndtr

    step = lambda x: np.where(x > threshold, 1.0, 0.0)  # noqa: E731
    chance = 1 - ndtr(threshold)
    ones = np.ones(2)
    found = gaussian_product(step, ones, ones, angle=np.array([np.pi / 2, 0.0]), kinks=(threshold,))
    np.testing.assert_allclose(found, [chance**2, chance], rtol=1e-11)
    mean = gaussian_mean(step, np.ones(1), kinks=(threshold,))
    assert mean[0] == pytest.approx(chance, rel=1e-12)


def test_orthant_probability():
    step = lambda x: np.where(x > 0, 1.0, 0.0)  # noqa: E731
    ones = np.ones(len(ANGLES))
    found = gaussian_product(step, ones, 3 * ones, angle=ANGLES, kinks=(0.0,))
    np.testing.assert_allclose(found, (np.pi - ANGLES) / (2 * np.pi), atol=1e-14)


def test_products_with_kinks_away_from_the_origin_agree_with_another_rule():
    from scipy.integrate import quad

    clip = lambda x: np.clip(x, 0.0, 1.0)  # noqa: E731
    theta = 0.8
    found = gaussian_product(
        clip, np.ones(1), np.full(1, 2.0), angle=np.array([theta]), kinks=(0.0, 1.0)
    )
    r, s, root = np.cos(theta), np.sin(theta), np.sqrt(2.0)

    def inner(x):
        ends = [(edge / root - r * x) / s for edge in (0.0, 1.0)]
        ends = [-9.0, *np.clip(ends, -9, 9), 9.0]
        density = lambda y: np.exp(-(y**2) / 2) * clip(root * (r * x + s * y))  # noqa: E731
        parts = itertools.pairwise(ends)
        total = sum(quad(density, a, b, epsabs=1e-14)[0] for a, b in parts)
        return np.exp(-(x**2) / 2) * clip(x) * total / (2 * np.pi)

    expected = sum(quad(inner, a, b, epsabs=1e-13)[0] for a, b in ((0, 1), (1, 9)))
    assert found[0] == pytest.approx(expected, rel=1e-11)


def test_a_function_with_unnamed_kinks_is_refused():
    step = lambda x: np.where(x > 0.3, 1.0, 0.0)  # noqa: E731
    with pytest.raises(BudgetError, match="Name all its kinks"):
        gaussian_mean(step, np.ones(1))


def test_nothing_gives_nothing():
    none = np.zeros(0)
    assert gaussian_product(np.tanh, none, none, angle=none).shape == (0,)
    assert gaussian_mean(np.cos, np.zeros(1)) == pytest.approx([1.0])
