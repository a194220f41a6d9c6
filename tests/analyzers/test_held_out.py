from math import comb, sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import held_out_bound
from topograph.analyzers.held_out import HELD_OUT
from topograph.errors import BudgetError


def inverted(errors, samples, delta):
    """Find the rate at which so few errors have probability delta, by summing and halving."""
    with mpmath.workdps(30):
        low, high = mpmath.mpf(0), mpmath.mpf(1)
        for _ in range(90):
            rate = (low + high) / 2
            few = sum(
                comb(samples, k) * rate**k * (1 - rate) ** (samples - k) for k in range(errors + 1)
            )
            low, high = (rate, high) if few > delta else (low, rate)
        return float(high)


@pytest.mark.parametrize(
    ("method", "bound"),
    [
        ("clopper_pearson", 0.035870),
        ("chernoff", 0.036988),
        ("maurer", 0.039369),
        ("hoeffding", 0.049122),
    ],
)
def test_bounds_of_the_notes(method, bound):
    found = held_out_bound(300, 10_000, models=75, method=method)
    assert found == pytest.approx(bound, abs=5e-7)


def test_bound_of_a_single_model():
    assert held_out_bound(300, 10_000) == pytest.approx(0.032959, abs=5e-7)


@pytest.mark.parametrize(
    ("errors", "samples", "models"), [(0, 7, 1), (1, 30, 4), (12, 40, 75), (39, 40, 2), (40, 40, 3)]
)
def test_clopper_and_pearson_agree_with_the_binomial_sum(errors, samples, models):
    exact = inverted(errors, samples, 0.05 / models) if errors < samples else 1.0
    assert held_out_bound(errors, samples, models=models) == pytest.approx(exact, abs=1e-12)


@given(st.integers(1, 500), st.data())
def test_methods_keep_their_order(samples, data):
    errors = data.draw(st.integers(0, samples))
    models, delta = data.draw(st.integers(1, 1000)), data.draw(st.floats(1e-9, 1))
    names = ("clopper_pearson", "chernoff", "maurer")
    found = [
        held_out_bound(errors, samples, models=models, delta=delta, method=name)
        for name in HELD_OUT
    ]
    bounds = dict(zip(HELD_OUT, found, strict=True))
    assert bounds[names[0]] <= bounds[names[1]] + 1e-12
    assert bounds[names[1]] <= min(bounds[names[2]], bounds["hoeffding"]) + 1e-12
    assert max(found) <= 1


@pytest.mark.parametrize("method", HELD_OUT)
@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_bounds_hold_with_their_probability(method, rate):
    errors = np.random.default_rng(0).binomial(50, rate, 4000)
    held = np.mean(held_out_bound(errors, 50, delta=0.2, method=method) >= rate)
    assert held >= 0.8 - 3 * sqrt(0.16 / 4000)


@pytest.mark.parametrize("method", HELD_OUT)
def test_bounds_hold_for_the_best_of_many(method):
    errors = np.random.default_rng(1).binomial(50, 0.3, (2000, 20))
    best = errors.min(axis=1)
    held = np.mean(held_out_bound(best, 50, models=20, delta=0.2, method=method) >= 0.3)
    assert held >= 0.8 - 3 * sqrt(0.16 / 2000)
    assert np.mean(held_out_bound(best, 50, delta=0.2) >= 0.3) < 0.5  # as if never chosen


def test_counts_of_several_models_give_an_array():
    found = held_out_bound(np.array([0, 3, 10]), 10, models=3)
    assert found.tolist() == [held_out_bound(k, 10, models=3) for k in (0, 3, 10)]
    assert isinstance(held_out_bound(np.int64(3), 10), float)


def test_counts_live_on_any_backend(backend):
    found = held_out_bound(backend.xp.asarray([0, 3]), 10)
    assert float(found[1]) == held_out_bound(3, 10)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"errors": -1}, "whole numbers from 0 to 100.*Received -1.*Count them"),
        ({"errors": 101}, "Received 101"),
        ({"errors": 0.03}, "Received 0.03"),
        ({"errors": np.array([0.5])}, "Received an array of float64"),
        ({"samples": 0}, "samples.*Received 0"),
        ({"models": 0}, "models.*one of them is chosen.*Received 0"),
        ({"delta": 1.5}, "delta.*Received 1.5"),
        ({"method": "normal"}, "one of clopper_pearson.*Received 'normal'"),
    ],
)
def test_bad_questions_are_refused(change, words):
    asked = {"errors": 3, "samples": 100, **change}
    with pytest.raises(BudgetError, match=words):
        held_out_bound(asked.pop("errors"), asked.pop("samples"), **asked)
