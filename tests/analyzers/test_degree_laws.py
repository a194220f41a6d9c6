"""Laws of degrees, and the classes of the chi-square test."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import fit_degrees
from topograph.analyzers.degree_laws import (
    FEWEST_EXPECTED,
    LAWS,
    cdf,
    exceeded_by,
    pmf,
    pools,
    variance,
)

laws = st.sampled_from(LAWS)
means = st.one_of(st.just(0.0), st.floats(1e-3, 80))


@given(laws, means)
def test_probabilities_add_up_and_have_the_moments_of_the_law(law, mean):
    degrees = np.arange(exceeded_by(law, mean, 1e-13) + 1)
    chances = pmf(law, degrees, mean)
    np.testing.assert_allclose(chances.cumsum(), cdf(law, degrees, mean), atol=1e-11)
    assert chances.sum() == pytest.approx(1)
    assert chances @ degrees == pytest.approx(mean, abs=1e-8)
    assert chances @ (degrees - mean) ** 2 == pytest.approx(variance(law, mean), abs=1e-6)


@given(laws, means, st.integers(1, 3000))
def test_every_class_expects_at_least_five_channels(law, mean, channels):
    first, expected = pools(law, mean, channels)
    assert first[0] == 0
    assert (np.diff(first) > 0).all()
    assert expected.sum() == pytest.approx(channels)
    if len(first) > 1:
        assert expected.min() >= FEWEST_EXPECTED - 1e-9
    # No class could be divided: without its last degree it would expect too few.
    chances = channels * pmf(law, np.arange(first[-1] + 1), mean)
    for start, stop in pairwise(first.tolist()):
        assert chances[start : stop - 1].sum() < FEWEST_EXPECTED


@given(st.lists(st.integers(0, 30), min_size=1, max_size=80))
def test_parts_computed_late_are_parts_all_the_same(values):
    found = fit_degrees(values)
    parts = found.poisson.to_dict()
    assert list(parts) == ["parameter", "pmf", "total_variation", "chi_square", "p_value"]
    assert len(parts["pmf"]) == len(found.degrees)
    assert found.poisson.pmf is found.poisson.pmf
    frame = found.to_frame()
    assert len(frame) == len(found.degrees)
    assert {"poisson_pmf", "geometric_p_value"} <= set(frame.columns)
    again = pickle.loads(pickle.dumps(found.geometric))
    np.testing.assert_equal(again.to_dict(), found.geometric.to_dict())


def test_chi_square_by_hand():
    # 40 channels of mean 1: geometric with 20, 10, 5 expected at 0, 1, 2 and 5 from 3 on.
    values = np.repeat([0, 1, 2, 3, 4], [24, 2, 6, 6, 2])
    assert values.mean() == 1
    fit = fit_degrees(values).geometric
    assert fit.chi_square == pytest.approx(16 / 20 + 64 / 10 + 1 / 5 + 9 / 5)
    # Two degrees of freedom: the tail is exp(-x / 2).
    assert fit.p_value == pytest.approx(np.exp(-fit.chi_square / 2))
