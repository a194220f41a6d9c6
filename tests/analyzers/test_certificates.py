import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import (
    certified_difference,
    certified_error,
    gaussian_weight_divergence,
    kl_inverse_upper,
)
from topograph.errors import BudgetError, ShapeError

errors = st.floats(0, 1)
divergences = st.floats(0, 1e4)
samples = st.integers(1, 10**6)


@pytest.mark.parametrize(
    ("error", "divergence", "mcallester", "seeger"),
    [
        (0, 0, 0.00954, 0.00018),
        (0, 100, 0.03303, 0.00218),
        (0.01, 13, 0.02487, 0.01325),
        (0.03, 100, 0.06303, 0.04266),
        (0.05, 1000, 0.15045, 0.10606),
    ],
)
def test_bounds_of_the_notes(error, divergence, mcallester, seeger):
    for method, value in (("mcallester", mcallester), ("seeger", seeger)):
        found = certified_error(error, divergence, samples=50_000, method=method)
        assert found == pytest.approx(value, abs=5e-6)


def test_differences_of_the_notes():
    found = certified_difference(0.03, 0.03, samples=50_000)
    assert found == pytest.approx(0.006754, abs=5e-7)
    loose = certified_difference(0.03, 0.03, samples=50_000, method="mcallester")
    assert loose == pytest.approx(0.019791, abs=5e-7)


@given(errors, divergences, samples)
def test_the_inverse_is_never_larger_than_the_root(error, divergence, number):
    tight, loose = (
        certified_error(error, divergence, samples=number, method=method)
        for method in ("seeger", "mcallester")
    )
    assert error <= tight <= loose + 1e-15
    assert loose <= 1


@given(errors, errors, divergences, samples)
def test_a_difference_covers_what_was_seen_and_both_directions(first, second, nats, number):
    forth = certified_difference(first, second, divergences=(nats, nats), samples=number)
    back = certified_difference(second, first, divergences=(nats, nats), samples=number)
    assert first - second <= forth + 1e-15
    assert forth + back >= 0


def test_a_difference_is_no_difference_of_bounds():
    upper = [certified_error(0.03, 0.0, samples=1000, delta=0.025) for _ in range(2)]
    assert upper[0] - upper[1] == 0 < certified_difference(0.03, 0.03, samples=1000)


def test_bounds_hold_for_every_prior_member_at_once():
    # 20 classifiers of known error, a uniform prior, and the posterior that the sample likes best.
    rng = np.random.default_rng(0)
    true = np.linspace(0.05, 0.4, 20)
    failed = {"seeger": 0, "mcallester": 0}
    for _ in range(400):
        seen = rng.binomial(60, true) / 60
        weights = np.exp(-40 * (seen - seen.min()))
        posterior = weights / weights.sum()
        divergence = math.log(20) + float(posterior @ np.log(posterior))
        for method in failed:
            bound = certified_error(
                float(posterior @ seen), divergence, samples=60, delta=0.2, method=method
            )
            failed[method] += float(posterior @ true) > bound
    assert max(failed.values()) <= 0.2 * 400


def test_differences_hold_with_their_probability():
    rng = np.random.default_rng(1)
    seen = rng.binomial(40, (0.3, 0.2), size=(4000, 2)) / 40
    bounds = certified_difference(seen[:, 0], seen[:, 1], samples=40, delta=0.5)
    assert np.mean(bounds >= 0.1) >= 0.5


def test_arrays_stay_where_they_are(backend):
    seen = backend.asarray([0.0, 0.3])
    for method in ("seeger", "mcallester"):
        found = certified_error(seen, backend.asarray([1.0, 2.0]), samples=100, method=method)
        assert type(found) is type(seen)
        single = certified_error(0.3, 2.0, samples=100, method=method)
        assert float(found[1]) == pytest.approx(single)
        apart = certified_difference(seen, 0.1, samples=100, method=method)
        assert float(apart[1]) == pytest.approx(
            certified_difference(0.3, 0.1, samples=100, method=method)
        )


def test_divergence_of_gaussian_weights_agrees_with_monte_carlo():
    rng = np.random.default_rng(2)
    theta, centre, scale = rng.normal(size=5), rng.normal(size=5), 0.7
    draws = theta + scale * rng.normal(size=(200_000, 5))
    logs = (((draws - centre) ** 2 - (draws - theta) ** 2) / (2 * scale**2)).sum(axis=1)
    found = gaussian_weight_divergence(theta, centre, scale=scale)
    assert found == pytest.approx(logs.mean(), abs=5 * logs.std() / math.sqrt(len(logs)))


def test_divergence_of_gaussian_weights_on_every_backend(backend):
    weights, prior = backend.asarray([[3.0, 0.0], [0.0, 4.0]]), backend.asarray(np.zeros((2, 2)))
    assert gaussian_weight_divergence(weights, prior, scale=5.0) == 0.5
    assert gaussian_weight_divergence(prior, prior, scale=5.0) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"training_error": 1.5}, "A training error is a share.*Received 1.5"),
        ({"training_error": math.nan}, "Received nan"),
        ({"divergence": -0.001}, "A divergence is in nats.*Received -0.001"),
        ({"divergence": math.nan}, "A divergence.*Received nan"),
        ({"samples": 0}, "samples.*Received 0"),
        ({"delta": 0}, "delta.*Received 0"),
        ({"method": "paper"}, "one of seeger, mcallester.*Received 'paper'"),
    ],
)
def test_bad_questions_are_refused(change, words):
    asked = {"training_error": 0.1, "divergence": 1.0, "samples": 100, **change}
    first, second = asked.pop("training_error"), asked.pop("divergence")
    with pytest.raises(BudgetError, match=words):
        certified_error(first, second, **asked)
    with pytest.raises(BudgetError, match=words):
        certified_difference(first, 0.1, divergences=(0.0, second), **asked)


def test_an_infinite_divergence_certifies_nothing():
    assert certified_error(0.1, math.inf, samples=100) == pytest.approx(1)
    assert kl_inverse_upper(0.1, math.inf) == pytest.approx(1)


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"one shape.*Received \(2,\) and \(3,\)"):
        gaussian_weight_divergence(np.zeros(2), np.zeros(3), scale=1.0)
    for scale in (0, -1, math.nan, math.inf):
        with pytest.raises(BudgetError, match="standard deviation"):
            gaussian_weight_divergence(np.zeros(2), np.zeros(2), scale=scale)
    with pytest.raises(BudgetError, match="finite weights"):
        gaussian_weight_divergence(np.array([math.nan]), np.zeros(1), scale=1.0)
