"""Functions of the entries of symmetric matrices, in strips that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from topograph.arrays import Array

__all__ = ["is_large_gram", "symmetric_map"]

BYTES = 2**19
"""Size of a strip: worth the calls of a pass, and a few of them stay in the cache."""


def is_large_gram(cross: Array) -> bool:
    """True for NumPy matrices with more entries than a few strips."""
    return isinstance(cross, np.ndarray) and cross.nbytes > BYTES


def symmetric_map(
    function: Callable[[Array, Array, Array], Array], diagonal: Array, cross: Array
) -> Array:
    """Apply a symmetric function of (K_ii, K_jj, K_ij) to the entries of a symmetric matrix.

    Only entries on and right of the diagonal strips are computed; the others mirror them.

    Parameters
    ----------
    function : callable
        From three arrays that broadcast to one; it may be called for parts in any order.
    diagonal : array of shape (n, 1) or (1, 1)
        K_ii.
    cross : array of shape (n, n)
        K_ij, symmetric.

    Returns
    -------
    array of shape (n, n)

    Examples
    --------
    >>> gram = np.array([[1.0, 0.5], [0.5, 4.0]])
    >>> symmetric_map(lambda a, b, k: a * b * k, np.array([[1.0], [4.0]]), gram).tolist()
    [[1.0, 2.0], [2.0, 64.0]]
    """
    size, entries = cross.shape[0], BYTES // cross.itemsize
    out = np.empty_like(cross)
    row = diagonal.reshape(1, -1)
    start = 0
    while start < size:
        stop = min(size, start + max(1, entries // (size - start)))
        left = diagonal if diagonal.size == 1 else diagonal[start:stop]
        right = row if diagonal.size == 1 else row[:, start:]
        strip = function(left, right, cross[start:stop, start:])
        out[start:stop, start:] = strip
        out[stop:, start:stop] = strip[:, stop - start :].T
        start = stop
    return out
