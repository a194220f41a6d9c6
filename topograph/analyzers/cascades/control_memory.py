"""How much memory trained controllability takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topograph.analyzers.cascades.pair_tiles import tiles
from topograph.analyzers.cascades.reach import Reach
from topograph.graph.wiring import Sparse

__all__ = ["needed"]

ROUTES, NEURONS, PASSING = 3, 5, 5
"""Numbers per routing weight (with two moments), per neuron and pair (also states and totals),
and per routing weight of the tile in work."""


def needed(
    wirings: Sequence[Sparse], reach: Sequence[Reach], *, side: int, dtype: str
) -> tuple[int, int]:
    """Estimate the bytes that training takes, and count the numbers that are trained."""
    leaving = [np.bincount(w.indices, minlength=w.sources) for w in wirings[1:]]
    sizes = [tile.size(leaving) for tile in tiles(reach, side)]
    neurons, links = (sum(part) for part in zip(*sizes, strict=True))
    widest = max(links_of for _, links_of in sizes)
    layers = max(len(wirings) - 1, 1)
    numbers = ROUTES * links + NEURONS * neurons + PASSING * widest // layers
    return numbers * np.dtype(dtype).itemsize, links + neurons
