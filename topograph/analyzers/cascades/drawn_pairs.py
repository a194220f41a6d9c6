"""Pairs drawn evenly from all that a weight may take, where their sets can be listed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.augmenting import Reach
from topograph.analyzers.cascades.bit_rows import WORD, words_for
from topograph.analyzers.cascades.live_links import LiveCascade
from topograph.arrays.namespace import to_host

__all__ = ["LISTED", "DrawnPairs", "can_be_listed"]

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]

LISTED = 2**23
"""Bits of sets that are listed at most: together the lists take 24 bytes for each that is set."""


def can_be_listed(live: LiveCascade) -> bool:
    """True if the inputs before and the outputs behind all neurons make short lists."""
    ends = live.widths[0], live.widths[-1]
    return sum(live.widths) * WORD * max(map(words_for, ends)) <= LISTED


class DrawnPairs:
    """Random pairs of the weights of a cascade, each of a weight's pairs as likely as the others.

    An input before the weight and an output behind it are drawn from lists of the bits of all sets,
    counted through all rows. What comes before a weight's own rows is taken off its pairs.
    """

    def __init__(self, live: LiveCascade, reach: Reach, rng: np.random.Generator) -> None:
        sources = to_host(live.sources)
        targets = to_host(live.targets) - live.widths[0]
        self._rng = rng
        self._inputs, begins, self._ways = _listed(to_host(reach.before), sources)
        self._inputs *= live.stride
        self._outputs, ends, self._goals = _listed(to_host(reach.behind), targets)
        self._begins = begins, ends
        width = WORD * words_for(live.widths[0])
        self._offsets = (sources * width + targets) * live.stride

    def __call__(self, weights: Ints, times: int) -> Ints:
        """Return so many pairs of each weight, shape (times, weights)."""
        noise = _noise(2 * times * len(weights), self._rng).reshape(2, times, -1)
        inputs, outputs = noise[0] * self._ways[weights], noise[1] * self._goals[weights]
        inputs >>= 16
        inputs += self._begins[0][weights]
        outputs >>= 16
        outputs += self._begins[1][weights]
        pairs = self._inputs[inputs]
        pairs += self._outputs[outputs]
        pairs -= self._offsets[weights]
        return pairs


def _listed(rows: Bits, owners: Ints) -> tuple[Ints, Ints, Ints]:
    """List the bits of all sets; return also where the sets of owners begin, and their sizes."""
    flags = np.unpackbits(rows.astype("<u8", copy=False).view(np.uint8), bitorder="little")
    sizes = np.bitwise_count(rows).sum(axis=1, dtype=np.int64)
    return np.flatnonzero(flags.view(bool)), (np.cumsum(sizes) - sizes)[owners], sizes[owners]


def _noise(count: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Draw 16 random bits, so many times."""
    words = rng.integers(2**64, size=-(-count // 4), dtype=np.uint64)
    return words.view(np.uint16)[:count]
