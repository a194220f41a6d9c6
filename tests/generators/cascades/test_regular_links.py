from __future__ import annotations

from itertools import permutations, product
from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import ArchitectureError
from topograph.generators.cascades._regular_links import (
    disjoint_permutations,
    even_table,
    regular_degree,
    regular_links,
)


@given(st.integers(1, 12), st.data())
def test_permutations_agree_nowhere(n, data):
    degree = data.draw(st.integers(1, n))
    found = disjoint_permutations(n, degree, np.random.default_rng(data.draw(st.integers(0, 99))))
    np.testing.assert_array_equal(np.sort(found, axis=0), np.tile(np.arange(n)[:, None], degree))
    assert all(len(set(row)) == degree for row in found.tolist())


def test_permutations_are_uniform():
    rng = np.random.default_rng(0)
    drawn = [tuple(disjoint_permutations(3, 2, rng).ravel()) for _ in range(2400)]
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(counts) == 12  # pairs of permutations of 3 that agree nowhere
    assert ((counts - 200) ** 2 / 200).sum() < 31.3  # chi-squared, 11 degrees of freedom, 0.1 %


@st.composite
def sizes(draw):
    """Draw sources, targets, and a degree at which each source can feed as many."""
    sources, targets = draw(st.integers(1, 14)), draw(st.integers(1, 14))
    step = sources // gcd(sources, targets)
    return sources, targets, step * draw(st.integers(1, sources // step))


@given(sizes(), st.integers(0, 99))
def test_degrees_are_regular_on_both_sides(size, seed):
    sources, targets, degree = size
    assert regular_degree(degree, sources, targets, what="neurons") == degree
    for table in (even_table(*size), regular_links(*size, np.random.default_rng(seed))):
        assert table.shape == (targets, degree)
        assert all(len(set(row)) == degree for row in table.tolist())
        assert (np.bincount(table.ravel(), minlength=sources) * sources == table.size).all()
        assert np.ptp(np.bincount(table[:, 0], minlength=sources)) <= 1


def test_partitions_are_uniform():
    rng = np.random.default_rng(0)
    drawn = [str(np.sort(regular_links(6, 3, 2, rng)).tolist()) for _ in range(900)]
    counts = np.unique(drawn, return_counts=True)[1]
    assert len(counts) == 90  # 6! / 2^3
    assert ((counts - 10) ** 2 / 10).sum() < 135.9  # chi-squared, 89 degrees of freedom, 0.1 %


def most_alike(tables):
    """Return how many rows of each table read the same two sources, at most."""
    pairs = (1 << tables).sum(axis=-1)
    return (pairs[..., :, None] == pairs[..., None, :]).sum(axis=-1).max(axis=-1)


def test_tables_with_an_even_first_column_are_uniform():
    choices = np.array(list(permutations(range(4), 2)))
    every = choices[np.array(list(product(range(12), repeat=5)))]
    last = 3 - (every[..., None] == np.arange(4)).sum(axis=(1, 2))  # what the sixth row reads
    fits = (last >= 0).all(axis=1) & (last.max(axis=1) == 1)
    both = np.argsort(-last[fits], axis=1, kind="stable")[:, :2]
    tables = np.concatenate(
        [np.concatenate([every[fits], row[:, None]], axis=1) for row in (both, both[:, ::-1])]
    )
    firsts = (tables[..., 0, None] == np.arange(4)).sum(axis=1)
    share = np.bincount(most_alike(tables[firsts.max(axis=1) == 2]), minlength=4)[1:]
    share = share / share.sum()
    rng = np.random.default_rng(0)
    drawn = np.array([regular_links(4, 6, 2, rng) for _ in range(600)])
    found = np.bincount(most_alike(drawn), minlength=4)[1:]
    assert ((found - 600 * share) ** 2 / (600 * share)).sum() < 13.8  # chi-squared, 2, 0.1 %


def test_refused():
    with pytest.raises(ArchitectureError, match="multiple of 3"):
        regular_degree(2, 6, 4, what="neurons")
