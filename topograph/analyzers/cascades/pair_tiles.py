"""Pairs of inputs in tiles, each with the part of a cascade that any pair of the tile reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.reach import Reach
from topograph.graph.wiring import Sparse

__all__ = ["Tile", "tiles"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """Unordered pairs of inputs, and the neurons that both inputs of some pair may reach.

    Attributes
    ----------
    one, other : int array, shape (pairs,)
        The inputs of each pair.
    live : list of int array
        Live neurons of each layer, ascending.
    """

    one: Ints
    other: Ints
    live: list[Ints]

    def links(self, wirings: Sequence[Sparse]) -> list[tuple[Ints, Ints]]:
        """Return the links that leave each layer but the last, as places among live neurons.

        They are sorted by their source; a pair (sources, targets) for each layer.
        """
        return [
            _links(wiring, before, after)
            for wiring, before, after in zip(wirings[1:], self.live, self.live[1:], strict=False)
        ]

    def size(self, leaving: Sequence[Ints]) -> tuple[int, int]:
        """Return how many live neurons and links to other layers there are, times the pairs.

        `leaving` has the links that leave each neuron of each layer; none leave the last.
        """
        neurons = sum(map(len, self.live))
        links = sum(int(out[live].sum()) for out, live in zip(leaving, self.live, strict=False))
        return neurons * len(self.one), links * len(self.one)


def tiles(reach: Sequence[Reach], side: int) -> Iterator[Tile]:
    """Yield tiles of up to `side` x `side` pairs that together hold every pair once."""
    inputs = reach[0].inputs.shape[1]
    runs = [np.arange(start, min(start + side, inputs)) for start in range(0, inputs, side)]
    for place, rows in enumerate(runs):
        for columns in runs[place:]:
            one, other = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
            kept = one < other
            if kept.any():
                live = [_live(layer, rows, columns) for layer in reach]
                yield Tile(one[kept], other[kept], live)


def _live(reach: Reach, rows: Ints, columns: Ints) -> Ints:
    """Return the neurons that some input of the rows and another of the columns reach."""
    if rows[0] == columns[0]:
        return np.flatnonzero(np.count_nonzero(reach.inputs[:, rows], axis=1) > 1)
    return np.flatnonzero(reach.inputs[:, rows].any(axis=1) & reach.inputs[:, columns].any(axis=1))


def _links(wiring: Sparse, before: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Return the links between live neurons, sorted by source."""
    place = np.full(wiring.sources, -1)
    place[before] = np.arange(len(before))
    sources = place[wiring.indices]
    # A target of a live source is live: what reaches the source reaches it too.
    targets = np.searchsorted(after, wiring.rows())
    kept = np.flatnonzero(sources >= 0)
    kept = kept[np.argsort(sources[kept], kind="stable")]
    return sources[kept], targets[kept]
