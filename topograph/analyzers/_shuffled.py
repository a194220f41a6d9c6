"""Random graphs that forget layers: links exchanged, or drawn among all nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.int64]

SWEEPS = 20
"""Times that each link tries to exchange an end with another: ten exchanges a link."""

DENSE = 4
"""Pairs of nodes per link, up to which the pairs are listed to draw from."""


def swapped(links: csr_array, rng: np.random.Generator) -> csr_array:
    """Exchange ends of links at random; every node keeps its number of neighbours.

    In a sweep each link meets one other, (a, b) meets (c, d), and they become (a, d) and (c, b)
    unless that makes a loop, or one of the four is there or proposed a second time. The same sweep
    leads back as likely, so all graphs of these degrees are alike in the long run.
    """
    n = links.shape[0]
    ends = _ends(links)
    count = ends.shape[1]
    half = count // 2
    for _ in range(SWEEPS):
        ends = ends[:, rng.permutation(count)]
        ends = np.where(rng.integers(2, size=count, dtype=bool), ends, ends[::-1])
        (a, b), (c, d) = ends[:, :half], ends[:, half : 2 * half]
        new = np.array([[a, c], [d, b]]).reshape(2, 2 * half)
        names = np.concatenate([_names(ends[0], ends[1], n), _names(new[0], new[1], n)])
        _, number, times = np.unique(names, return_inverse=True, return_counts=True)
        once = times[number] == 1
        alone = once[: 2 * half] & once[count : count + 2 * half] & (new[0] != new[1])
        both = np.tile(alone[:half] & alone[half:], 2)
        ends[:, : 2 * half][:, both] = new[:, both]
    return _matrix(ends, n)


def equal_size(links: csr_array, rng: np.random.Generator) -> csr_array:
    """Draw as many different links between any two nodes."""
    n, count = links.shape[0], links.nnz // 2
    if n * (n - 1) // 2 <= DENSE * count:
        pairs = np.stack(np.triu_indices(n, k=1))
        return _matrix(rng.choice(pairs, count, axis=1, replace=False), n)
    names = np.empty(0, dtype=np.int64)
    while len(names) < count:
        drawn = rng.integers(n * n, size=3 * count)
        names = np.union1d(names, drawn[drawn // n < drawn % n])
    return _matrix(np.stack(np.divmod(rng.permutation(names)[:count], n)), n)


def _ends(links: csr_array) -> Ints:
    """Return both ends of each link; shape (2, links)."""
    pairs = links.tocoo()
    once = pairs.row < pairs.col
    return np.stack([pairs.row[once], pairs.col[once]]).astype(np.int64)


def _names(one: Ints, other: Ints, n: int) -> Ints:
    """Give each pair of nodes a number, whichever comes first."""
    return np.minimum(one, other) * n + np.maximum(one, other)


def _matrix(ends: Ints, n: int) -> csr_array:
    """Write links down as a symmetric matrix."""
    from scipy.sparse import csr_array

    both = np.concatenate([ends, ends[::-1]], axis=1)
    return csr_array((np.ones(both.shape[1], dtype=np.int8), tuple(both)), shape=(n, n))
