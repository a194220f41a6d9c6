import math

import numpy as np
import pytest

from topograph.analyzers._numbers import (
    as_scalar,
    checked_delta,
    checked_method,
    checked_numbers,
    checked_samples,
    sample_price,
)
from topograph.errors import BudgetError, ShapeError


def inverse_moment(samples):
    """E exp(N kl(K / N || p)) of a binomial K, which is largest and the same for every p."""
    return sum(
        math.comb(samples, k) * (k / samples) ** k * (1 - k / samples) ** (samples - k)
        for k in range(samples + 1)
    )


@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 8, 20, 100])
def test_the_price_of_all_posteriors_covers_the_moment_it_stands_for(samples):
    # The PAC-Bayes theorem has ln E exp(N kl); 2 sqrt(N) is Maurer's bound on that expectation.
    assert inverse_moment(samples) <= math.exp(sample_price(samples, 1.0)) * (1 + 1e-12)


def test_the_price_of_the_notes():
    assert sample_price(50_000, 0.05) == pytest.approx(9.098769, abs=5e-7)


@pytest.mark.parametrize("delta", [0.0, -0.1, 1.01, math.nan, math.inf, True, "0.05", None])
def test_confidences_that_are_none_are_refused(delta):
    with pytest.raises(BudgetError, match=r"may fail.*Received.*Pass for example 0\.05"):
        checked_delta(delta)


@pytest.mark.parametrize("samples", [0, -5, 2.5, math.nan, True, "100"])
def test_numbers_of_samples_that_are_none_are_refused(samples):
    with pytest.raises(BudgetError, match="independent examples.*Received"):
        checked_samples(samples)


def test_good_numbers_pass():
    assert checked_delta(1) == 1.0
    assert checked_samples(np.int64(7)) == 7
    assert checked_samples(10**12) == 10**12
    assert checked_method("a", ("a", "b")) == "a"
    assert as_scalar(np.asarray(0.5)) == 0.5


def test_numbers_outside_their_range_are_refused_in_three_sentences():
    with pytest.raises(BudgetError, match=r"A rate is a share\. Received nan\. Give numbers"):
        checked_numbers("A rate", math.nan, top=1.0, rule="is a share")
    with pytest.raises(BudgetError, match=r"Received an array of shape \(2,\)"):
        checked_numbers("A rate", np.array([0.5, 1.5]), top=1.0, rule="is a share")
    with pytest.raises(ShapeError, match="Received list"):
        checked_numbers("A rate", [0.5], top=1.0, rule="is a share")
    with pytest.raises(BudgetError, match="one of a, b: each.*Received 'c'"):
        checked_method("c", ("a", "b"))
