"""Sums over the edges that share an end, for arrays of one row per edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph.arrays import Array, array_namespace

__all__ = ["Groups", "groups", "rows_of"]

Ints = NDArray[np.int64]

PIECE = 2048
"""Bytes of a row that are copied at once, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Edges grouped by an end.

    Where all groups have one size and stand in order, an array over edges is a table (groups, size,
    columns), and no index is needed.

    Attributes
    ----------
    count, size : int
        Number of groups, and of edges in the largest.
    owner : int array, shape (edges,), or None
        Group of each edge; None for a table.
    slots : int array, shape (count * size,), or None
        Edges of each group, filled up with 0; None for a table.
    present : float array, shape (count, size, 1), or None
        0 where a slot was filled up; None if all groups have one size.
    """

    count: int
    size: int
    owner: Array | None
    slots: Array | None
    present: Array | None

    def shape(self, edges: int, columns: int) -> tuple[int, ...]:
        """Shape in which an array over the edges is held."""
        return (edges, columns) if self.slots is not None else (self.count, self.size, columns)

    def total(self, x: Array) -> Array:
        """Sum over the edges of each group: (edges, columns) or a table to (groups, columns)."""
        xp = array_namespace(x)
        if self.slots is not None:
            x = xp.reshape(x, (-1, x.shape[-1]))
            if x.shape[0] == 0:
                return xp.zeros((self.count, x.shape[-1]), dtype=x.dtype)
            x = rows_of(x, self.slots)
            if self.size == 1 and self.present is None:
                return x
        x = xp.reshape(x, (self.count, self.size, x.shape[-1]))
        if self.present is not None:
            x = x * self.present
        return xp.sum(x, axis=1, dtype=x.dtype)

    def spread(self, y: Array) -> Array:
        """Give each edge the row of its group, so that it multiplies an array over the edges."""
        return y[:, None, :] if self.owner is None else rows_of(y, self.owner)


def rows_of(x: Array, numbers: Array) -> Array:
    """Return the rows of a matrix that have these numbers.

    Long rows are taken in pieces. The C library copies what is longer by a string instruction,
    which some processors run ten times as slowly where a row and its copy begin at nearly the same
    place of their pages, and that is the rule for rows of whole pages.
    """
    xp = array_namespace(x)
    pieces = -(-x.shape[1] * xp.finfo(x.dtype).bits // (8 * PIECE))
    if pieces < 2 or x.shape[1] % pieces:
        return xp.take(x, numbers, axis=0)
    places = xp.reshape(numbers[:, None] * pieces + xp.arange(pieces), (-1,))
    taken = xp.take(xp.reshape(x, (-1, x.shape[1] // pieces)), places, axis=0)
    return xp.reshape(taken, (-1, x.shape[1]))


def groups(ends: Ints, count: int, *, place: Callable[[Any], Array], dtype: str) -> Groups:
    """Group edges by their `ends`, numbers below `count`; `place` brings arrays to a device."""
    size = np.bincount(ends, minlength=count)
    largest = int(size.max(initial=0))
    order = np.argsort(ends, kind="stable")
    regular = bool((size == largest).all())
    if regular and bool((order == np.arange(len(ends))).all()):
        return Groups(count, largest, None, None, None)
    start = np.cumsum(size) - size
    rank = np.arange(len(ends)) - start[ends[order]]
    slots = np.zeros((count, largest), dtype=np.int64)
    slots[ends[order], rank] = order
    present = None if regular else (np.arange(largest) < size[:, None])[..., None].astype(dtype)
    return Groups(
        count,
        largest,
        place(ends),
        place(slots.ravel()),
        None if present is None else place(present),
    )
