"""Goodness-of-fit tests keep their level, find what is not there, and agree with enumeration."""

from __future__ import annotations

from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topograph.analyzers import degree_distribution, fit_degrees, goodness_of_fit
from topograph.analyzers.degree_laws import LAWS, cdf, pmf
from topograph.analyzers.goodness import DRAWS, STATISTICS, supremum_tail
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import dense_mlp

OTHER = {"poisson": "geometric", "geometric": "poisson"}


def draws(law, rng, mean, size):
    return rng.poisson(mean, size) if law == "poisson" else rng.geometric(1 / (1 + mean), size) - 1


def supremum(values, law, mean):
    """Largest distance of the distribution functions, from their definitions."""
    k = np.arange(int(max(values)) + 1)
    own = (np.asarray(values)[:, None] <= k).mean(axis=0)
    return float(np.abs(own - cdf(law, k, mean)).max())


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("mean", [0.3, 1.0, 2.5])
def test_exact_tail_agrees_with_enumeration(law, mean):
    # All samples of two degrees; what lies beyond the largest has no weight to speak of.
    top = 25 if law == "poisson" else 60
    chances = pmf(law, np.arange(top), mean)
    n, k = 2, np.arange(top)
    gaps, weights = [], []
    for sample in product(range(top), repeat=n):
        own = (np.array(sample)[:, None] <= k).mean(axis=0)
        gaps.append(np.abs(own - cdf(law, k, mean)).max())
        weights.append(chances[list(sample)].prod())
    for statistic in (gaps[0], gaps[top + 1], gaps[2 * top + 1], 0.4):
        expected = sum(w for g, w in zip(gaps, weights, strict=True) if g >= statistic - 1e-9)
        tail = supremum_tail(statistic, n, law=law, mean=mean)
        assert tail == pytest.approx(expected + 1 - sum(weights), abs=1e-6)


@settings(max_examples=20)
@given(st.sampled_from(LAWS), st.floats(0.05, 20), st.integers(1, 60), st.floats(0.02, 0.6))
def test_exact_tail_is_below_that_of_continuous_laws(law, mean, channels, statistic):
    # Massart's bound holds for all laws; for whole numbers the tail is smaller still.
    tail = supremum_tail(statistic, channels, law=law, mean=mean)
    assert 0 <= tail <= min(1, 2 * np.exp(-2 * channels * statistic**2)) + 1e-9


@pytest.mark.parametrize("law", LAWS)
def test_exact_tail_agrees_with_simulation(law):
    rng, channels, mean = np.random.default_rng(0), 60, 2.0
    found = [supremum(draws(law, rng, mean, channels), law, mean) for _ in range(2000)]
    for statistic in (0.06, 0.1, 0.14):
        share = np.mean(np.array(found) >= statistic)
        tail = supremum_tail(statistic, channels, law=law, mean=mean)
        assert share == pytest.approx(tail, abs=4 * sqrt(tail * (1 - tail) / 2000))


def test_exact_tail_of_what_cannot_be():
    assert supremum_tail(0.5, 3, law="poisson", mean=0.0) == 0
    assert supremum_tail(0.0, 3, law="poisson", mean=1.0) == 1
    assert 0 < supremum_tail(0.2, 5000, law="geometric", mean=3.0) < 1e-170


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("test", sorted(STATISTICS))
def test_conditional_p_values_keep_their_level(law, test):
    # 300 samples of 40 degrees: at a level of 5 % at most 15 + 4 sqrt(14.25) = 30 rejections.
    rng = np.random.default_rng(2)
    rejected = 0
    for _ in range(300):
        found = fit_degrees(draws(law, rng, 2.0, 40))
        rejected += goodness_of_fit(found, law=law, test=test, samples=99, rng=rng).p_value <= 0.05
    assert 3 <= rejected <= 30


@pytest.mark.parametrize("law", LAWS)
def test_exact_p_values_keep_their_level(law):
    rng = np.random.default_rng(3)
    p_values = [
        goodness_of_fit(fit_degrees(draws(law, rng, 2.0, 40)), law=law, mean=2.0).p_value
        for _ in range(400)
    ]
    for level in (0.05, 0.2, 0.5):
        limit = level + 4 * sqrt(level * (1 - level) / 400)
        assert np.mean(np.array(p_values) <= level) <= limit
    assert np.mean(np.array(p_values) <= 0.5) > 0.2


def test_tables_for_a_known_mean_reject_too_seldom():
    # Why fitted means need tests of their own: 5 % become less than 1 %.
    rng = np.random.default_rng(4)
    rejected = 0
    for _ in range(200):
        found = fit_degrees(rng.poisson(2.0, 40))
        rejected += goodness_of_fit(found, mean=found.mean).p_value <= 0.05
    assert rejected <= 2


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("test", sorted(STATISTICS))
def test_the_other_law_is_rejected(law, test):
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(40):
        found = fit_degrees(draws(law, rng, 3.0, 100))
        rejected += (
            goodness_of_fit(found, law=OTHER[law], test=test, samples=99, rng=rng).p_value <= 0.05
        )
    assert rejected >= 36


@pytest.mark.parametrize("test", sorted(STATISTICS))
@pytest.mark.parametrize("law", LAWS)
def test_conditional_p_values_agree_with_a_bootstrap_that_fits_anew(law, test):
    # The second road: samples of the fitted law, of any sum, each compared with its own fit.
    rng = np.random.default_rng(6)
    found = fit_degrees(draws(law, rng, 2.0, 150))
    own = goodness_of_fit(found, law=law, test=test, samples=1000, rng=7)
    larger = 0
    for _ in range(1000):
        sample = fit_degrees(draws(law, rng, found.mean, 150))
        other = STATISTICS[test](law, sample.mean, 150)(sample.counts[None])[0]
        larger += other >= own.statistic - 1e-9
    assert own.p_value == pytest.approx((1 + larger) / 1001, abs=0.08)


@pytest.mark.parametrize("law", LAWS)
def test_conditional_samples_have_the_sum_and_the_law(law):
    rng = np.random.default_rng(8)
    drawn = DRAWS[law, True](rng, 3, (4000, 2))
    assert (drawn.sum(axis=1) == 3).all()
    # Two channels that share 3 links: binomial for Poisson draws, uniform for geometric ones.
    expected = np.array([1, 3, 3, 1]) / 8 if law == "poisson" else np.full(4, 0.25)
    np.testing.assert_allclose(np.bincount(drawn[:, 0]) / 4000, expected, atol=0.03)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("test", sorted(STATISTICS))
@pytest.mark.parametrize("values", [[0, 0, 0], [5]])
def test_what_says_nothing_is_not_rejected(law, test, values):
    found = goodness_of_fit(fit_degrees(values), law=law, test=test, samples=19, rng=0)
    assert found.p_value == 1
    assert found.method == "conditional"


@pytest.mark.parametrize("test", sorted(set(STATISTICS) - {"kolmogorov_smirnov"}))
def test_other_tests_of_a_known_mean_are_simulated(test):
    found = fit_degrees(np.random.default_rng(9).poisson(2.0, 100))
    right = goodness_of_fit(found, test=test, mean=2.0, samples=99, rng=0)
    wrong = goodness_of_fit(found, test=test, mean=3.0, samples=99, rng=0)
    assert right.method == wrong.method == "simulated"
    assert right.p_value > 0.05
    assert wrong.p_value <= 0.05 or test == "dispersion"


def test_the_same_seed_gives_the_same_p_value_and_samples_are_counted():
    found = fit_degrees([0, 1, 1, 4, 2, 2])
    first, second = (goodness_of_fit(found, samples=50, rng=3) for _ in range(2))
    assert first.to_dict() == second.to_dict()
    assert first.samples == 50
    assert first.p_value * 51 == pytest.approx(round(first.p_value * 51))
    assert goodness_of_fit(found, mean=1.0).samples == 0


@pytest.mark.parametrize(
    ("depth", "candidates", "statistic"),
    [(16, 5, 0.43), (16, 10, 0.45), (24, 2, 0.37), (32, 2, 0.38), (32, 10, 0.45), (32, 14, 0.49)],
)
def test_in_degrees_over_skips_are_no_poisson_draws(depth, candidates, statistic):
    # Section 6 of the notes on the method: the in-degree does not depend on the draw.
    network = dense_mlp(8, depth, candidates=candidates, classes=8, rng=0)
    found = degree_distribution(network, links="skip")
    tested = goodness_of_fit(found, mean=found.mean)
    assert tested.statistic == pytest.approx(statistic, abs=0.006)
    assert tested.p_value < 1e-14


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"law": "binomial"}, ArchitectureError, "law of degrees.*Received 'binomial'"),
        ({"test": "t"}, ArchitectureError, "test of degrees.*Received 't'"),
        ({"mean": -1.0}, ArchitectureError, "at least 0.*Received -1.0"),
        ({"mean": float("nan")}, ArchitectureError, "finite.*Received nan"),
        ({"samples": 0}, BudgetError, "samples must be.*Received 0"),
        ({"samples": 2.5}, BudgetError, "samples must be.*Received 2.5"),
    ],
)
def test_what_has_no_meaning_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        goodness_of_fit(fit_degrees([0, 1]), **arguments)
