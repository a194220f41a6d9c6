"""Weights that displace each other from their pairs until next to all have one.

Where there are nearly as many weights as pairs, proposals hardly ever meet a free pair. A weight
that meets none takes a pair from another weight, which then goes on: the random walk by which a
cuckoo hash table is filled. All free weights walk at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["displace"]

Ints = NDArray[np.int64]

PROPOSALS = 4096
"""Pairs that the free weights try in each round, all together; a weight tries one at least."""

PATIENCE = 8
"""Rounds in vain after which the rest is left to exact search."""


def displace(
    draw: Callable[[Ints, int], Ints], weights: int, pairs: int, *, numbers: int
) -> tuple[Ints, Ints]:
    """Match weights with pairs; return the weight of each number of a pair, or -1, and who is left.

    `draw` returns random pairs of the given weights, so many of each, shape (times, weights). A
    pair that is matched stays so. The search ends when all weights or all pairs are matched, or
    when nothing was gained for a while.
    """
    owner = np.full(numbers, -1)
    free, vain = np.arange(weights), 0
    while len(free) and weights - len(free) < pairs and vain < PATIENCE:
        before = len(free)
        wanted = _first_free(draw(free, max(1, PROPOSALS // before)), owner)
        displaced = owner[wanted]
        owner[wanted] = free
        wins = owner[wanted] == free  # of several weights that want one pair, one
        displaced = displaced[wins]
        free = np.concatenate([free[~wins], displaced[displaced >= 0]])
        vain = vain + 1 if len(free) == before else 0
    return owner, np.sort(free)


def _first_free(pairs: Ints, owner: Ints) -> Ints:
    """Return from each column the first pair that is free, or the first of all."""
    if len(pairs) == 1:
        return pairs[0]
    chosen = np.argmax(owner[pairs] < 0, axis=0)
    return np.take_along_axis(pairs, chosen[None, :], axis=0)[0]
