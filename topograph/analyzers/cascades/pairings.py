"""A matching under construction as one sorted array of codes, and how proposals enter it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from topograph.arrays.namespace import Array, array_namespace

__all__ = ["Pairings", "among", "is_first"]

PROPOSALS, MOST = 4096, 16
"""Where few weights are left, each proposes up to 16 pairs, about 4096 in all."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairings:
    """Pairs (of an input and an output, as one number) and their weights.

    `codes` ascend: the upper bits are the pair, the lowest `bits` are the weight.
    """

    codes: Array
    bits: int

    @property
    def pairs(self) -> Array:
        """Matched pairs, ascending."""
        return self.codes >> self.bits

    @property
    def weights(self) -> Array:
        """The weight of each matched pair."""
        return self._weights(self.codes)

    def owners(self, pairs: Array) -> Array:
        """Return the weights of pairs that are matched."""
        xp = array_namespace(self.codes)
        return xp.take(self.weights, xp.searchsorted(self.pairs, pairs))

    def holds(self, pairs: Array) -> Array:
        """Tell which pairs are matched."""
        return among(pairs, self.pairs)

    def propose(
        self, free: Array, choose: Callable[[Array], Array], *, patience: int
    ) -> tuple[Pairings, Array]:
        """Let ascending weights choose pairs, as long as one in `patience` finds one.

        Where few weights are left each chooses several pairs at once. Return also who is left.
        """
        xp = array_namespace(self.codes)
        found = self
        while free.shape[0]:
            before = free.shape[0]
            walkers = xp.repeat(free, max(1, min(MOST, PROPOSALS // before)))
            found, free = found.accept(walkers, choose(walkers))
            if (before - free.shape[0]) * patience < before:
                break
        return found, free

    def accept(self, weights: Array, pairs: Array) -> tuple[Pairings, Array]:
        """Match ascending weights with pairs that they propose; return also who won no pair.

        A pair that is matched stays so. Of several weights that propose one pair the first wins;
        a weight that wins several pairs gets the first.
        """
        xp = array_namespace(self.codes)
        codes = xp.sort((pairs << self.bits) | weights, stable=False)
        wanted = codes >> self.bits
        wins = is_first(wanted) & ~self.holds(wanted)
        won, left = codes[wins], xp.sort(self._weights(codes[~wins]), stable=False)
        if not xp.all(is_first(weights)):
            turned = xp.sort(_turn(won, self.bits), stable=False)
            matched = turned >> (63 - self.bits)
            won = xp.sort(_turn(turned[is_first(matched)], 63 - self.bits), stable=False)
            left = left[is_first(left) & ~among(left, matched)]
        return self._with(won), left

    def reassign(self, weights: Array, pairs: Array) -> Pairings:
        """Match weights with pairs, each once; pairs that are matched change their weight."""
        kept = self.codes[~among(self.pairs, array_namespace(pairs).sort(pairs, stable=False))]
        return Pairings(kept, self.bits)._with((pairs << self.bits) | weights)

    def by_weight(self) -> tuple[Array, Array]:
        """Return the weights, ascending, and their pairs."""
        xp = array_namespace(self.codes)
        turned = xp.sort(_turn(self.codes, self.bits), stable=False)
        weights = turned >> (63 - self.bits)
        return weights, turned - (weights << (63 - self.bits))

    def _weights(self, codes: Array) -> Array:
        return codes & ((1 << self.bits) - 1)

    def _with(self, codes: Array) -> Pairings:
        xp = array_namespace(self.codes)
        # A stable sort merges runs that ascend in linear time.
        return Pairings(xp.sort(xp.concat([self.codes, codes])), self.bits)


def _turn(codes: Array, bits: int) -> Array:
    """Swap the lowest `bits` of codes with the other ones; there are 63 in all."""
    return ((codes & ((1 << bits) - 1)) << (63 - bits)) | (codes >> bits)


def among(values: Array, ascending: Array) -> Array:
    """Tell which values are in an ascending array."""
    xp = array_namespace(values)
    if not ascending.shape[0]:
        return xp.zeros(values.shape[0], dtype=xp.bool)
    # The last place is the first that the others leave.
    return xp.take(ascending, xp.searchsorted(ascending[:-1], values)) == values


def is_first(ascending: Array) -> Array:
    """Mark the first of each run of equal values."""
    xp = array_namespace(ascending)
    if not ascending.shape[0]:
        return xp.zeros(0, dtype=xp.bool)
    return xp.concat([xp.ones(1, dtype=xp.bool), ascending[1:] != ascending[:-1]])
