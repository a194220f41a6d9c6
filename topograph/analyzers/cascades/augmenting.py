"""Augmenting paths between weights and pairs, found for all free pairs at once.

A weight from neuron u to neuron v may take every pair (i, o) of an input before u and an output
behind v: a rectangle. These are never listed. A set of pairs is a row of outputs per input, and
its union along the layers tells for every neuron at once which outputs it offers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from topograph.analyzers.cascades.bit_rows import (
    WORD,
    from_sorted,
    pick,
    single_bits,
    union,
    words_for,
)
from topograph.analyzers.cascades.live_links import LiveCascade
from topograph.analyzers.cascades.pairings import Pairings, among, is_first
from topograph.arrays.namespace import Array, array_namespace

__all__ = ["Reach", "augment", "search"]

CHUNK = 2**20
"""Words of sets that are gathered at a time."""

TRIES = 8
"""Walks from each free weight, where there are few."""


PATIENCE = 8
"""Free weights choose among free pairs as long as one in 8 finds one that no other took."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Which inputs and outputs each neuron joins, as sets of bits.

    Row n of `before` holds the inputs before neuron n, which is no output; row n of `behind` the
    outputs behind neuron :math:`n_0 + n`, which is no input.
    """

    before: Array
    behind: Array

    @classmethod
    def of(cls, live: LiveCascade) -> Reach:
        """Unite along the layers, both ways."""
        xp = array_namespace(live.sources)
        behind = [single_bits(live.widths[-1], live.sources)]
        for table in live.ahead[:0:-1]:
            behind.append(union(behind[-1], table))
        before = offered(live, single_bits(live.widths[0], live.sources))
        return cls(before, xp.concat(behind[::-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Pairs at one distance from the free ones.

    `offers` holds for each neuron that is no output the outputs of the pairs whose inputs lie
    before it, `inputs` for each output the inputs of its pairs, both as sets of bits.
    """

    offers: Array
    inputs: Array


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a breadth-first search from the free pairs found.

    `levels[t]` are the pairs at distance 2 t, `starts` the free weights next to the last of them.
    Where there are none the search saw all that it could reach, and of the matched weights
    `unseen` are out of its reach.
    """

    levels: list[Level]
    starts: Array
    unseen: Array


def search(live: LiveCascade, reach: Reach, found: Pairings, free: Array) -> Search:
    """Go from the free pairs to weights, to their pairs, to weights, until one is free."""
    xp = array_namespace(free)
    unseen, pairs = found.by_weight()
    levels = [_level(live, found.pairs, others=True)]
    while True:
        starts = free[_may_take(live, reach, levels[-1], free)]
        hit = _may_take(live, reach, levels[-1], unseen[:0] if starts.shape[0] else unseen)
        if not xp.any(hit):
            return Search(levels, starts, unseen)
        levels.append(_level(live, xp.sort(pairs[hit])))
        unseen, pairs = unseen[~hit], pairs[~hit]


def augment(
    live: LiveCascade, reach: Reach, found: Pairings, trail: Search, *, rng: np.random.Generator
) -> tuple[Pairings, Array]:
    """Walk back from free weights to free pairs and switch what no two walks share.

    Returns the new pairings and the weights that are not free any more.
    """
    xp = array_namespace(found.codes)
    free = live.widths[0] * live.widths[-1] - found.codes.shape[0]
    most = max(1, min(4 * free, CHUNK // words_for(live.widths[-1])))
    starts = _at_most(most, trail.starts, rng)
    if len(trail.levels) == 1:
        choose = partial(_choose, live, reach, trail.levels[0], rng=rng)
        found, left = found.propose(starts, choose, patience=PATIENCE)
        return found, starts[~among(starts, left)]
    walkers = [xp.repeat(starts, min(TRIES, most // starts.shape[0]))]
    for level in reversed(trail.levels):
        pairs = _choose(live, reach, level, walkers[-1], rng=rng)
        walkers = _differing(pairs, [*walkers, pairs])
        if level is not trail.levels[0]:
            walkers.append(found.owners(walkers[-1]))
    walkers = _differing(walkers[0], walkers)
    weights, pairs = xp.concat(walkers[::2]), xp.concat(walkers[1::2])
    return found.reassign(weights, pairs), walkers[0]


def _differing(keys: Array, parts: list[Array]) -> list[Array]:
    """Keep of the walkers with one key the first, by ascending keys."""
    xp = array_namespace(keys)
    order = xp.argsort(keys)
    chosen = order[is_first(xp.take(keys, order))]
    return [xp.take(part, chosen) for part in parts]


def offered(live: LiveCascade, rows: Array) -> Array:
    """Return for each neuron that is no output the union of the rows of the inputs before it."""
    layers = [rows]
    for table in live.behind[:-1]:
        layers.append(union(layers[-1], table))
    return array_namespace(rows).concat(layers)


def _level(live: LiveCascade, pairs: Array, *, others: bool = False) -> Level:
    """Write down pairs (they ascend), or all others."""
    xp = array_namespace(pairs)
    inputs, outputs = live.widths[0], live.widths[-1]
    words = words_for(inputs)
    first = pairs // live.stride
    turned = xp.sort((pairs - first * live.stride) * (words * WORD) + first, stable=False)
    rows = from_sorted(pairs, (inputs, words_for(outputs)))
    columns = from_sorted(turned, (outputs, words))
    if others:
        rows, columns = ~rows, ~columns
    return Level(offered(live, rows), columns)


def _may_take(live: LiveCascade, reach: Reach, level: Level, weights: Array) -> Array:
    """Tell which weights may take a pair of a level."""
    xp = array_namespace(weights)
    count, size = weights.shape[0], max(1, CHUNK // words_for(live.widths[-1]))
    parts = (weights[at : min(at + size, count)] for at in range(0, max(1, count), size))
    return xp.concat([xp.any(_common(live, reach, level, part) != 0, axis=1) for part in parts])


def _common(live: LiveCascade, reach: Reach, level: Level, weights: Array) -> Array:
    """Return the outputs of the pairs of a level that each weight may take."""
    xp = array_namespace(weights)
    offers = xp.take(level.offers, xp.take(live.sources, weights), axis=0)
    targets = xp.take(live.targets, weights) - live.widths[0]
    return offers & xp.take(reach.behind, targets, axis=0)


def _choose(
    live: LiveCascade, reach: Reach, level: Level, weights: Array, *, rng: np.random.Generator
) -> Array:
    """Return for each weight a random pair of the level that it may take."""
    xp = array_namespace(weights)
    noise = xp.asarray(rng.integers(2**61, size=(2, weights.shape[0])))
    outputs = pick(_common(live, reach, level, weights), noise[0, :])
    before = xp.take(reach.before, xp.take(live.sources, weights), axis=0)
    inputs = pick(before & xp.take(level.inputs, outputs, axis=0), noise[1, :])
    return inputs * live.stride + outputs


def _at_most(count: int, weights: Array, rng: np.random.Generator) -> Array:
    """Return a random part of ascending weights, ascending."""
    if weights.shape[0] <= count:
        return weights
    chosen = np.sort(rng.choice(weights.shape[0], count, replace=False))
    xp: Any = array_namespace(weights)
    return xp.take(weights, xp.asarray(chosen))
