import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import (
    degree_divergence,
    poisson_divergence,
    poisson_entropy,
    poisson_entropy_expansion,
)
from topograph.analyzers.poisson import EXPANSION, LARGE
from topograph.errors import BudgetError

# Section 5 of the notes on the method.
TABLE = [
    (0.1, 0.333677, -0.565687),
    (0.25, 0.617512, 0.392458),
    (0.5, 0.927637, 0.905698),
    (1, 1.304842, 1.335605),
    (2, 1.704883, 1.723845),
    (5, 2.204395, 2.206991),
    (10, 2.561410, 2.561898),
    (50, 3.373266, 3.373283),
    (300, 4.270552, 4.270552),
    (563, 4.585430, 4.585430),
]


def summed(mean):
    """Sum -p ln p over every number that matters, with 40 digits."""
    with mpmath.workdps(40):
        rate = mpmath.mpf(mean)
        reach = 20 * math.sqrt(mean) + 60
        first = max(0, int(mean - reach))
        log = first * mpmath.log(rate) - rate - mpmath.loggamma(first + 1)
        probability, entropy = mpmath.exp(log), mpmath.mpf(0)
        for number in range(first + 1, int(mean + reach)):
            entropy -= probability * log
            probability, log = probability * rate / number, log + mpmath.log(rate / number)
        return float(entropy)


def integrated(mean):
    """Integrate Knessl's form of E ln K!, without any sum."""
    with mpmath.workdps(25):
        rate = mpmath.mpf(mean)

        def rest(t):
            share = -mpmath.expm1(-t)
            return mpmath.exp(-t) / t * (rate + mpmath.expm1(-rate * share) / share)

        factorial = mpmath.quad(rest, [0, 1 / (1 + rate), 1, 10, 60])
        return float(rate - rate * mpmath.log(rate) + factorial)


@pytest.mark.parametrize(("mean", "entropy", "expansion"), TABLE)
def test_table_of_entropies(mean, entropy, expansion):
    assert poisson_entropy(mean) == pytest.approx(entropy, abs=5e-7)
    assert poisson_entropy_expansion(mean) == pytest.approx(expansion, abs=5e-7)


@pytest.mark.parametrize(
    "mean", [1e-6, 1e-3, 0.1, 0.9, 1.1, math.e, 7, 20, 35, 49.999, 50, 50.001, 80, 300, 1e4, 1e6]
)
def test_entropy_agrees_with_its_sum_at_high_precision(mean):
    assert poisson_entropy(mean) == pytest.approx(summed(mean), rel=1e-13)


@pytest.mark.parametrize("mean", [1e-5, 0.3, 4.0, 60.0, 700.0])
def test_entropy_agrees_with_an_integral(mean):
    assert poisson_entropy(mean) == pytest.approx(integrated(mean), rel=1e-12)


def test_the_first_term_left_out_bounds_the_error_where_the_expansion_begins():
    terms = [abs(c) / LARGE ** (k + 1) for k, c in enumerate(EXPANSION)]
    assert terms == sorted(terms, reverse=True)
    assert 13695779093 / 720720 / LARGE**11 < 5e-15


@given(st.floats(1e-8, 1e6), st.floats(1.001, 3))
def test_entropy_grows_and_stays_below_that_of_a_normal_law(mean, factor):
    assert poisson_entropy(mean) < poisson_entropy(mean * factor)
    assert 0 < poisson_entropy(mean) < 0.5 * math.log(2 * math.pi * math.e * (mean + 1 / 12))


def test_numbers_of_extreme_mean():
    assert poisson_entropy(0.0) == 0
    assert poisson_entropy_expansion(0.0) == -math.inf
    assert poisson_entropy(1e-300) == pytest.approx(1e-300 * (1 + 300 * math.log(10)))
    assert poisson_entropy(1e300) == poisson_entropy_expansion(1e300)


def test_arrays_are_computed_on_every_backend(backend):
    means = backend.asarray([[0.0, 0.1, 1.0], [50.0, 563.0, 1e6]])
    found = poisson_entropy(means)
    assert type(found) is type(means)
    for i in range(2):
        for j in range(3):
            assert float(found[i, j]) == poisson_entropy(float(means[i, j]))
    assert poisson_entropy_expansion(means).shape == (2, 3)
    assert float(poisson_divergence(means, 1.0)[0, 2]) == 0
    assert float(degree_divergence(means, 9)[0, 0]) == pytest.approx(math.log(10))


@given(st.floats(1e-3, 40), st.floats(1e-3, 40))
def test_divergence_of_poisson_laws_agrees_with_its_sum(mean, prior):
    with mpmath.workdps(30):
        total = mpmath.mpf(0)
        for k in range(250):
            log = k * mpmath.log(mean) - mean - mpmath.loggamma(k + 1)
            total += mpmath.exp(log) * (k * mpmath.log(mpmath.mpf(mean) / prior) - mean + prior)
    assert poisson_divergence(mean, prior) == pytest.approx(float(total), rel=1e-9, abs=1e-14)


def test_divergences_of_poisson_laws_by_hand():
    assert poisson_divergence(10.34, 1) == pytest.approx(14.8144, abs=5e-5)
    assert poisson_divergence(3.0, 3.0) == 0
    assert poisson_divergence(0.0, 3.0) == 3
    assert poisson_divergence(3.0, 0.0) == math.inf
    assert poisson_divergence(0.0, 0.0) == 0
    close = 1e-9**2 / 2
    assert poisson_divergence(1.0, 1 + 1e-9) == pytest.approx(close, rel=1e-6)


def links(width, depth, candidates):
    return sum(min(width * (i - 1), candidates) for i in range(2, depth))


@pytest.mark.parametrize(
    ("depth", "values"),
    [
        (16, [4.7274, 3.4986, 3.0990, 2.5932, 2.3485, 2.2415, 2.0786]),
        (32, [5.4848, 4.2169, 3.8168, 3.3143, 3.0705, 2.9597, 2.7925]),
    ],
)
def test_degree_divergences_of_the_notes(depth, values):
    means = np.array([links(8, depth, t) / depth for t in (0, 1, 2, 5, 8, 10, 14)])
    np.testing.assert_allclose(degree_divergence(means, 8 * (depth - 2)), values, atol=5e-5)


@pytest.mark.parametrize(
    ("depth", "candidates", "value"),
    [
        (20, (90, 170, 300), 9.456),
        (20, (50, 100, 150), 10.316),
        (12, (60, 130, 170), 8.424),
        (11, (70, 140, 180), 8.019),
        (9, (70, 140, 200), 7.322),
    ],
)
def test_degree_divergences_of_published_networks(depth, candidates, value):
    cells = zip((32, 64, 128), candidates, strict=True)
    parts = [degree_divergence(links(w, depth, t) / depth, w * (depth - 2)) for w, t in cells]
    assert sum(parts) == pytest.approx(value, abs=5e-4)


@given(st.floats(0, 1e4), st.integers(0, 60))
def test_degree_divergence_lies_between_its_limits(mean, support):
    value = degree_divergence(mean, support)
    assert -1e-12 <= value <= math.log(support + 1) + 1e-12


def test_degree_divergence_of_two_degrees_by_hand():
    # Degrees 0 and 1 at mean 3: probabilities 1/4 and 3/4.
    expected = math.log(2) - (math.log(4) / 4 + 0.75 * math.log(4 / 3))
    assert degree_divergence(3.0, 1) == pytest.approx(expected)


@pytest.mark.parametrize("mean", [-1.0, math.nan, math.inf])
def test_what_is_no_mean_is_refused(mean):
    words = "A mean is the average.*Received"
    for measure in (poisson_entropy, poisson_entropy_expansion):
        with pytest.raises(BudgetError, match=words):
            measure(mean)
    with pytest.raises(BudgetError, match=words):
        poisson_divergence(1.0, mean)
    with pytest.raises(BudgetError, match=words):
        degree_divergence(mean, 4)


@pytest.mark.parametrize("support", [-1, 2.5, "3"])
def test_what_is_no_support_is_refused(support):
    with pytest.raises(BudgetError, match="largest degree.*Received"):
        degree_divergence(1.0, support)
