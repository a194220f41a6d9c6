import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import Quantity
from topograph.analyzers._published import (
    entropy_divergence,
    paper_divergence,
    paper_gap,
    paper_root,
    total_mass,
)

masses = st.floats(1e-3, 1e5)
degrees = st.integers(1, 5000)


def summed(mean, width, largest):
    """Add the probabilities of the posterior one by one."""
    return math.fsum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) / (2 * largest)
        for k in range(width, largest + 1)
    )


@given(st.floats(0.01, 400), st.integers(1, 60), st.integers(0, 400))
def test_total_mass_agrees_with_its_sum(mean, width, more):
    largest = width + more
    found = total_mass(mean, width, largest)
    assert found == pytest.approx(summed(mean, width, largest), rel=1e-8, abs=1e-250)
    assert found <= 1 / (2 * largest) * (1 + 1e-12)


@given(masses, degrees)
def test_published_divergence_is_positive_for_tiny_masses_only(mass, largest):
    found = paper_divergence(mass, largest, 0.1)
    assert (found.value > 0) == (mass < 0.325778) or abs(mass - 0.325778) < 1e-6
    assert not found.is_valid
    assert ("never negative" in found.reason) == (found.value < 0)


@given(masses, degrees)
def test_exact_entropy_makes_it_negative_always(mass, largest):
    found = entropy_divergence(mass, largest, 0.1)
    assert found.value < 0
    assert not found.is_valid


@given(st.floats(20, 1e5), degrees)
def test_both_divergences_agree_at_large_mass(mass, largest):
    published = paper_divergence(mass, largest, 0.1).value
    assert published == pytest.approx(entropy_divergence(mass, largest, 0.1).value, rel=3e-4)


def test_a_negative_radicand_has_no_root_and_a_reason():
    found = paper_gap(Quantity(-3.0, False, ""), 2.0, 10)
    assert math.isnan(found.value)
    assert "radicand negative" in found.reason
    root, reason = paper_root(1e300, 1e-4, largest=1, samples=1, delta=1.0)
    assert math.isnan(root)
    assert "radicand is negative" in reason


def test_the_root_at_equal_masses_does_not_vanish():
    root, _ = paper_root(500.0, 500.0, largest=2432, samples=50_000, delta=0.05)
    assert root == pytest.approx(0.0134898, abs=5e-8)


@given(masses, masses, degrees)
def test_the_bracket_is_the_difference_of_divergences(first, second, largest):
    root, _ = paper_root(first, second, largest=largest, samples=50_000, delta=0.05)
    bracket = (
        paper_divergence(first, largest, 0.1).value - paper_divergence(second, largest, 0.1).value
    )
    radicand = max(0.0, bracket + math.log(4 * 50_000 / 0.05**2))
    if radicand > 1e-3:
        assert root == pytest.approx(math.sqrt(radicand / 1e5), rel=1e-6)
