"""Sums over the edges that share an end, for arrays of one row per edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph.arrays import Array, array_namespace

Ints = NDArray[np.int64]


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
            x = xp.take(x, self.slots, axis=0)
        x = xp.reshape(x, (self.count, self.size, x.shape[-1]))
        if self.present is not None:
            x = x * self.present
        return xp.sum(x, axis=1, dtype=x.dtype)

    def spread(self, y: Array) -> Array:
        """Give each edge the row of its group, so that it multiplies an array over the edges."""
        xp = array_namespace(y)
        if self.owner is None:
            return y[:, None, :]
        return xp.take(y, self.owner, axis=0)


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
