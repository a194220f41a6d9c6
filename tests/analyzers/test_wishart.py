"""The exact spectrum against closed forms, plane integrals, and matrices that are drawn."""

from __future__ import annotations

from math import lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers._wishart import mean_over_spectrum


def identity(values):
    return values


def power(exponent):
    return lambda values: values**exponent


@given(st.integers(1, 40), st.floats(0, 200), st.booleans())
def test_second_and_fourth_moments_are_those_of_wishart_matrices(smaller, excess, is_whole):
    larger = smaller + (round(excess) if is_whole else excess)
    assert mean_over_spectrum(smaller, larger, power(0)) == pytest.approx(1, rel=1e-12)
    second = mean_over_spectrum(smaller, larger, power(2))
    assert second == pytest.approx(larger, rel=1e-12)
    fourth = mean_over_spectrum(smaller, larger, power(4))
    assert fourth == pytest.approx(larger * (larger + smaller + 1), rel=1e-12)


@pytest.mark.parametrize(("smaller", "larger"), [(150, 150), (257, 300), (300, 100_000)])
def test_moments_at_large_sizes(smaller, larger):
    assert mean_over_spectrum(smaller, larger, power(2)) == pytest.approx(larger, rel=1e-12)
    fourth = mean_over_spectrum(smaller, larger, power(4))
    assert fourth == pytest.approx(larger * (larger + smaller + 1), rel=1e-12)


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 7, 100.25, 10_000])
def test_a_single_row_has_the_length_of_a_chi_law(freedom):
    mean = np.sqrt(2) * np.exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2))
    assert mean_over_spectrum(1, freedom, identity) == pytest.approx(mean, rel=1e-11)


@pytest.mark.parametrize("larger", [2, 3, 4.5, 9])
def test_two_rows_by_polar_integration(larger):
    # Density s^(m-2) t^(m-2) |s^2 - t^2| exp(-(s^2 + t^2) / 2) at s = r cos a, t = r sin a: the
    # radius has a chi law of 2 m degrees of freedom and is independent of the angle.
    angles, weights = np.polynomial.legendre.leggauss(400)
    square_root = (angles + 1) / 2  # of the share of [0, pi / 4], against kinks of the power at 0
    angle = np.pi / 4 * square_root**4
    density = 4 * square_root**3 * weights * (np.sin(2 * angle)) ** (larger - 2) * np.cos(2 * angle)
    both = np.sum(density * (np.sin(angle) + np.cos(angle))) / np.sum(density)
    radius = np.sqrt(2) * np.exp(lgamma(larger + 0.5) - lgamma(larger))
    expected = radius * both / 2
    assert mean_over_spectrum(2, larger, identity) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("smaller", "larger"), [(3, 3), (4, 6), (7, 7), (8, 13)])
def test_drawn_matrices_agree_within_four_standard_errors(smaller, larger):
    drawn = np.random.default_rng(smaller).normal(size=(20_000, smaller, larger))
    values = np.linalg.svd(drawn, compute_uv=False)
    for function in (identity, power(3), np.cos):
        means = function(values).mean(axis=1)
        error = means.std() / len(means) ** 0.5
        assert mean_over_spectrum(smaller, larger, function) == pytest.approx(
            means.mean(), abs=4 * error
        )


@pytest.mark.parametrize(("smaller", "larger"), [(3, 3.5), (4, 4.01), (6, 9.25)])
def test_sizes_that_are_not_whole_are_those_of_bidiagonal_matrices(smaller, larger):
    rng = np.random.default_rng(smaller)
    count = 20_000
    matrices = np.zeros((count, smaller, smaller))
    for i in range(smaller):
        matrices[:, i, i] = np.sqrt(rng.chisquare(larger - i, count))
        if i + 1 < smaller:
            matrices[:, i + 1, i] = np.sqrt(rng.chisquare(smaller - 1 - i, count))
    means = np.linalg.svd(matrices, compute_uv=False).mean(axis=1)
    error = means.std() / count**0.5
    expected = mean_over_spectrum(smaller, larger, identity)
    assert expected == pytest.approx(means.mean(), abs=4 * error)
