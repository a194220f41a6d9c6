"""Sums over the pairs of each input: half of the control of a pair is of either input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph.arrays import Array, array_namespace

__all__ = ["PairEnds"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PairEnds:
    """The inputs of pairs, which are the columns of arrays.

    Attributes
    ----------
    members : int array
        Inputs that are in some pair, ascending.
    grid : (int, int) or None
        Where each of the first so many members is in a pair with each of the others, and the pairs
        stand in this order, no matrix is needed.
    halves : array, shape (members, pairs), or None
        1/2 where the input is in the pair; None for a grid.
    """

    members: Ints
    grid: tuple[int, int] | None
    halves: Any

    @classmethod
    def of(cls, one: Ints, other: Ints, *, place: Callable[[Any], Array], dtype: str) -> PairEnds:
        """Look at pairs; `place` brings arrays to a device."""
        first, last = np.unique(one), np.unique(other)
        members = np.union1d(first, last)
        in_order = np.array_equal(one, np.repeat(first, len(last)))
        if first[-1] < last[0] and in_order and np.array_equal(other, np.tile(last, len(first))):
            return cls(members, (len(first), len(last)), None)
        halves = np.zeros((len(members), len(one)), dtype=dtype)
        halves[np.searchsorted(members, [one, other]), np.arange(len(one))] = 0.5
        return cls(members, None, place(halves))

    def total(self, x: Array) -> Array:
        """Sum half of each pair over the pairs of each member: (n, pairs) to (n, members)."""
        xp = array_namespace(x)
        if self.grid is None:
            return xp.matmul(x, self.halves.T)
        count, (rows, columns) = x.shape[0], self.grid
        first, last = (xp.full(size, 0.5, dtype=x.dtype) for size in self.grid)
        # Products with a vector are several times as fast as sums over short rows.
        one = xp.matmul(xp.reshape(x, (count * rows, columns)), last)
        other = xp.matmul(first, xp.reshape(x, (count, rows, columns)))
        return xp.concat([xp.reshape(one, (count, rows)), other], axis=1)

    def spread(self, y: Array) -> Array:
        """Give each pair the mean of its members: (n, members) to (n, pairs)."""
        xp = array_namespace(y)
        if self.grid is None:
            return xp.matmul(y, self.halves)
        half, (rows, columns) = y / 2, self.grid
        table = half[:, :rows, None] + half[:, None, rows:]
        return xp.reshape(table, (y.shape[0], rows * columns))
