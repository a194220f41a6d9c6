"""A matching under construction as one sorted array of codes, and how proposals enter it."""

from __future__ import annotations

from dataclasses import dataclass

from topograph.arrays.namespace import Array, array_namespace


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
        return self.codes & ((1 << self.bits) - 1)

    def owners(self, pairs: Array) -> Array:
        """Return the weights of pairs that are matched."""
        xp = array_namespace(self.codes)
        return xp.take(self.weights, xp.searchsorted(self.pairs, pairs))

    def holds(self, pairs: Array) -> Array:
        """Tell which pairs are matched."""
        return among(pairs, self.pairs)

    def accept(self, weights: Array, pairs: Array) -> tuple[Pairings, Array]:
        """Match weights with pairs that they propose; return also the weights that won one.

        A pair that is matched stays so. Of several weights that propose one pair the first wins;
        a weight that wins several pairs gets the first.
        """
        xp = array_namespace(self.codes)
        codes = xp.sort((pairs << self.bits) | weights, stable=False)
        wanted = codes >> self.bits
        wins = is_first(wanted) & ~self.holds(wanted)
        turned = xp.sort(_turn(codes[wins], self.bits), stable=False)
        turned = turned[is_first(turned >> (63 - self.bits))]
        return self._with(_turn(turned, 63 - self.bits)), turned >> (63 - self.bits)

    def reassign(self, weights: Array, pairs: Array) -> Pairings:
        """Match weights with pairs, each once; pairs that are matched change their weight."""
        kept = self.codes[~among(self.pairs, array_namespace(pairs).sort(pairs, stable=False))]
        return Pairings(kept, self.bits)._with((pairs << self.bits) | weights)

    def _with(self, codes: Array) -> Pairings:
        xp = array_namespace(self.codes)
        return Pairings(xp.sort(xp.concat([self.codes, codes]), stable=False), self.bits)


def _turn(codes: Array, bits: int) -> Array:
    """Swap the lowest `bits` of codes with the other ones; there are 63 in all."""
    return ((codes & ((1 << bits) - 1)) << (63 - bits)) | (codes >> bits)


def among(values: Array, ascending: Array) -> Array:
    """Tell which values are in an ascending array."""
    xp = array_namespace(values)
    if not ascending.shape[0]:
        return xp.zeros(values.shape[0], dtype=xp.bool)
    place = xp.searchsorted(ascending, values)
    return xp.take(ascending, xp.clip(place, 0, ascending.shape[0] - 1)) == values


def is_first(ascending: Array) -> Array:
    """Mark the first of each run of equal values."""
    xp = array_namespace(ascending)
    if not ascending.shape[0]:
        return xp.zeros(0, dtype=xp.bool)
    return xp.concat([xp.ones(1, dtype=xp.bool), ascending[1:] != ascending[:-1]])
