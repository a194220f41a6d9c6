import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import bernoulli_divergence, kl_inverse_lower, kl_inverse_upper
from topograph.errors import BudgetError, ShapeError

rates = st.one_of(st.floats(0, 1), st.floats(0, 1e-9), st.floats(0, 1e-9).map(lambda x: 1 - x))
budgets = st.one_of(st.floats(0, 5), st.floats(0, 1e-12), st.floats(0, 1e4))


def divergence(seen, true):
    """Evaluate the definition with enough digits."""
    parts = ((seen, true), (1 - seen, 1 - true))
    return sum(a * mpmath.log(a / b) if b else mpmath.inf for a, b in parts if a)


def bisected(seen, budget):
    """Find the largest rate of the definition by halving an interval that holds it."""
    with mpmath.workdps(60):
        low, high = mpmath.mpf(seen), mpmath.mpf(1)
        for _ in range(180):
            middle = (low + high) / 2
            outside = divergence(mpmath.mpf(seen), middle) > budget
            low, high = (low, middle) if outside else (middle, high)
        return float(high)


SEEN = [0, 1e-310, 1e-200, 1e-12, 1e-6, 0.001, 0.03, 0.3, 0.5, 0.9, 0.999, 1 - 1e-9, 1 - 1e-16, 1]
BUDGETS = [0, 1e-30, 1e-16, 1e-8, 1e-4, 0.01, 0.5, 1, 10, 1000]


def test_both_inverses_agree_with_bisection_at_high_precision():
    upper = kl_inverse_upper(np.array(SEEN)[:, None], np.array(BUDGETS))
    lower = kl_inverse_lower(np.array(SEEN)[:, None], np.array(BUDGETS))
    for i, seen in enumerate(SEEN):
        exact = [bisected(seen, budget) for budget in BUDGETS]
        np.testing.assert_allclose(upper[i], exact, rtol=0, atol=1e-15)
        mirrored = [1 - bisected(1 - seen, budget) for budget in BUDGETS]
        np.testing.assert_allclose(lower[i], mirrored, rtol=0, atol=1e-15)


@given(rates, budgets)
def test_the_inverse_inverts(seen, budget):
    true = kl_inverse_upper(seen, budget)
    assert seen <= true <= 1
    if 1e-6 < true < 1 - 1e-6 and seen > 1e-6:
        assert bernoulli_divergence(seen, true) == pytest.approx(budget, rel=1e-6, abs=1e-14)


@given(rates, budgets)
def test_pinsker_and_symmetry(seen, budget):
    upper, lower = kl_inverse_upper(seen, budget), kl_inverse_lower(seen, budget)
    assert upper <= seen + math.sqrt(budget / 2) + 1e-15
    assert lower >= seen - math.sqrt(budget / 2) - 1e-15
    assert lower == pytest.approx(1 - kl_inverse_upper(1 - seen, budget), abs=1e-15)


@given(rates, budgets, budgets)
def test_a_larger_budget_reaches_further(seen, first, second):
    small, large = sorted((first, second))
    assert kl_inverse_upper(seen, small) <= kl_inverse_upper(seen, large) + 1e-15


@pytest.mark.parametrize("budget", [0.0, 1e-9, 0.3, 40.0])
def test_closed_forms_at_the_ends(budget):
    assert kl_inverse_upper(0.0, budget) == -math.expm1(-budget)
    assert kl_inverse_lower(1.0, budget) == pytest.approx(math.exp(-budget), abs=1e-16)
    assert kl_inverse_upper(1.0, budget) == 1
    assert kl_inverse_lower(0.0, budget) == 0
    assert kl_inverse_upper(0.25, 0.0) == 0.25


def test_an_infinite_budget_excludes_nothing():
    assert kl_inverse_upper(0.5, math.inf) == pytest.approx(1, abs=1e-15)
    assert kl_inverse_lower(0.5, math.inf) == pytest.approx(0, abs=1e-15)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(1e-6, 1 - 1e-6))
def test_the_divergence_agrees_with_its_definition(seen, true):
    with mpmath.workdps(50):
        exact = float(divergence(mpmath.mpf(seen), mpmath.mpf(true)))
    assert bernoulli_divergence(seen, true) == pytest.approx(exact, rel=1e-11, abs=1e-30)


@pytest.mark.parametrize(
    ("seen", "true", "expected"),
    [(0, 0, 0), (1, 1, 0), (0, 1, math.inf), (1, 0, math.inf), (0.3, 1, math.inf)],
)
def test_divergences_at_the_ends(seen, true, expected):
    assert bernoulli_divergence(seen, true) == expected


def test_arrays_stay_where_they_are(backend):
    seen = backend.asarray([0.0, 0.03, 1.0])
    for found in (kl_inverse_upper(seen, 0.01), kl_inverse_lower(seen, backend.asarray([0.01]))):
        assert type(found) is type(seen)
    scalars = [kl_inverse_upper(q, 0.01) for q in (0.0, 0.03, 1.0)]
    assert [float(v) for v in kl_inverse_upper(seen, 0.01)] == pytest.approx(scalars, rel=1e-15)
    assert all(isinstance(value, float) for value in scalars)


@pytest.mark.parametrize(
    ("seen", "budget", "words"),
    [
        (-0.1, 0.1, "A rate is the share.*Received -0.1.*from 0 to 1"),
        (1.1, 0.1, "Received 1.1"),
        (math.nan, 0.1, "Received nan"),
        (0.5, -1.0, "A budget is a divergence in nats.*Received -1.0"),
        (0.5, math.nan, "A budget.*Received nan"),
    ],
)
def test_what_is_no_rate_or_budget_is_refused(seen, budget, words):
    for inverse in (kl_inverse_upper, kl_inverse_lower):
        with pytest.raises(BudgetError, match=words):
            inverse(seen, budget)


def test_lists_are_refused():
    with pytest.raises(ShapeError, match="Received"):
        kl_inverse_upper([0.5], 0.1)
