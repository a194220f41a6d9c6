"""Random links of which each source feeds as many, and each target reads as many."""

from __future__ import annotations

from math import ceil, gcd, log2

import numpy as np

from topograph.errors import ArchitectureError
from topograph.generators.cascades._patterns import Ints, count

ROUNDS = 64
"""Attempts to part two permutations by swaps before a matching is computed."""

SWITCHES = 4
"""Switches of each link, over the logarithm of their number, until nothing is left of the start."""


def regular_degree(degree: int, sources: int, targets: int, *, what: str) -> int:
    """Return the links of a target, or raise if they are no different ones or cannot be even."""
    if count("degree", degree) > sources:
        raise ArchitectureError(
            f"Each reads `degree` different {what}, so the degree is at most their number. "
            f"Received degree {degree} for {sources} {what}. Choose a smaller degree."
        )
    step = sources // gcd(sources, targets)
    if degree % step:
        raise ArchitectureError(
            f"As many links leave each of the {what}, so their number divides that of all links. "
            f"Received {targets} of degree {degree} that read {sources} {what}. "
            f"Choose a multiple of {step} as degree."
        )
    return int(degree)


def regular_links(sources: int, targets: int, degree: int, rng: np.random.Generator) -> Ints:
    """Draw the sources of each target, shape (targets, degree), each source as often.

    No target reads a source twice. The first column has each source as often as the next, or once
    more.
    """
    if sources == targets:
        return disjoint_permutations(sources, degree, rng)
    return switched(even_table(sources, targets, degree), sources, rng)


def even_table(sources: int, targets: int, degree: int) -> Ints:
    """Deal sources out in turn: every column is even, and every row has different ones.

    After the least common multiple of both numbers the turn starts one source later.
    """
    columns = np.arange(degree)
    starts = columns * targets + columns // (sources // gcd(sources, targets))
    return (starts + np.arange(targets)[:, None]) % sources


def switched(table: Ints, sources: int, rng: np.random.Generator) -> Ints:
    """Exchange single sources between pairs of rows, at random and often.

    The first column exchanges with itself only, so it stays as even as it is. Each exchange is as
    likely as its way back, so no table is preferred in the end.
    """
    made = rng.permutation(sources)[table]
    targets, degree = made.shape
    for _ in range(ceil(SWITCHES * degree * log2(made.size + 1))):
        first, second = rng.permutation(targets)[: targets // 2 * 2].reshape(2, -1)
        here = rng.integers(degree, size=len(first))
        there = np.where(here > 0, rng.integers(min(1, degree - 1), degree, size=len(first)), 0)
        come, go = made[second, there], made[first, here]
        # An exchange of what both have would make a row read one source twice.
        clash = (made[first] == come[:, None]).any(1) | (made[second] == go[:, None]).any(1)
        made[first[~clash], here[~clash]] = come[~clash]
        made[second[~clash], there[~clash]] = go[~clash]
    return made


def disjoint_permutations(n: int, number: int, rng: np.random.Generator) -> Ints:
    """Draw permutations that agree nowhere; one per column."""
    made = np.empty((n, number), dtype=np.int64)
    for column in range(number):
        before = made[:, :column]
        drawn = rng.permutation(n)
        for _ in range(ROUNDS):
            clashes = np.flatnonzero((before == drawn[:, None]).any(axis=1))
            if not len(clashes):
                break
            # Swapped one after another, so that the values stay a permutation.
            for place, other in zip(clashes, rng.integers(n, size=len(clashes)), strict=True):
                drawn[[place, other]] = drawn[[other, place]]
        else:
            drawn = _matched(before, rng)
        made[:, column] = drawn
    return made


def _matched(before: Ints, rng: np.random.Generator) -> Ints:
    """Find a permutation that agrees with none of those before: a matching of what is left."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    n = len(before)
    free = np.ones((n, n), dtype=bool)
    free[np.arange(n)[:, None], before] = False
    rows, columns = rng.permutation(n), rng.permutation(n)
    found = maximum_bipartite_matching(csr_array(free[rows][:, columns]), perm_type="column")
    drawn = np.empty(n, dtype=np.int64)
    drawn[rows] = columns[found]
    return drawn
