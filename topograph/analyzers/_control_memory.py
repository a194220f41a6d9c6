"""How much memory trained controllability takes, and a refusal before it is taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topograph.analyzers._pair_tiles import tiles
from topograph.analyzers._reach import Reach
from topograph.arrays.device import Device
from topograph.arrays.memory import free_memory
from topograph.errors import BudgetError
from topograph.graph.wiring import Sparse

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


def check_memory(
    wirings: Sequence[Sparse],
    reach: Sequence[Reach],
    *,
    side: int,
    dtype: str,
    place: Device,
    memory: int | None,
) -> None:
    """Refuse to train tensors that exceed the memory, by default what is free on the device."""
    available = free_memory(place) if memory is None else memory
    asked, trained = needed(wirings, reach, side=side, dtype=dtype)
    if asked > available:
        raise BudgetError(
            "Trained controllability holds a number for each pair of inputs and each connection "
            f"that the pair reaches. Received a cascade with {trained:,} of these, which take "
            f"about {asked / 2**30:,.2f} GiB of the {available / 2**30:,.2f} GiB there are. "
            "Use the method 'uniform', which needs no pairs, or precision='float32', or a larger "
            "device."
        )
