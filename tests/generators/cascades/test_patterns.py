from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generators.cascades.samples import wirings
from topograph.errors import ArchitectureError
from topograph.generators.cascades import _patterns as patterns
from topograph.generators.cascades import from_masks
from topograph.graph import Sparse


def test_rows_are_sorted():
    wiring = patterns.regular(np.array([[2, 0], [1, 2]]), 3, fixed=np.array([2, 1]))
    assert wiring == Sparse([0, 2, 4], [0, 2, 1, 2], 3, constant=[False, True, True, False])


def test_pairs_in_any_order():
    rows, columns = np.array([2, 0, 2]), np.array([1, 3, 0])
    wiring = patterns.listed(rows, columns, (3, 4), skip=True)
    assert wiring == Sparse([0, 1, 1, 3], [3, 0, 1], 4, constant=[True, True, False])
    assert patterns.listed(rows, columns, (3, 4), skip=False).constant is None


@given(st.data())
def test_reachable_pairs_are_those_of_the_product(data):
    widths = data.draw(st.lists(st.integers(1, 70), min_size=2, max_size=4))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    layers = [rng.random((b, a)) < 2 / a for a, b in itertools.pairwise(widths)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = patterns.reachable(wirings(from_masks(layers)))
    product = np.eye(widths[0])
    for layer in layers:
        product = layer @ product > 0
    np.testing.assert_array_equal(found, product)


def test_nothing_is_reachable_without_links():
    assert not patterns.reachable([Sparse([0, 0, 0], [], 3)]).any()


def test_powers_of_two():
    assert [patterns.power_of_two(n) for n in (2, 4, 1024)] == [1, 2, 10]


@pytest.mark.parametrize("density", [0, -0.1, 1.5, float("nan"), True, "half", None])
def test_no_density(density):
    with pytest.raises(ArchitectureError, match="above 0, at most 1"):
        patterns.density_of(density)


def test_densities():
    assert patterns.density_of(1) == 1.0
    assert patterns.density_of(np.float32(0.25)) == 0.25


def test_sizes():
    assert patterns.both_sizes(4) == (4, 4)
    assert patterns.both_sizes((4, 6)) == (4, 6)
    with pytest.raises(ArchitectureError, match="n must be a whole number"):
        patterns.both_sizes((4, -1))
