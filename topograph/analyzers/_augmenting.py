"""Augmenting paths between weights and pairs, found for all free pairs at once.

A weight from neuron u to neuron v may take every pair (i, o) of an input before u and an output
behind v: a rectangle. These are never listed. A set of pairs is a row of outputs per input, and
its union along the layers tells for every neuron at once which outputs it offers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from topograph.analyzers._bit_rows import (
    WORD,
    favourite,
    from_sorted,
    has_bit,
    pick,
    single_bits,
    union,
    words_for,
)
from topograph.analyzers._live_links import LiveCascade
from topograph.analyzers._pairings import Pairings, among, is_first
from topograph.analyzers._random_walks import layer_bounds, noise_for, stir
from topograph.arrays.namespace import Array, array_namespace

CHUNK = 2**23
"""Words of sets that are gathered at a time."""

Rows = list[Array]
"""Sets of outputs, one per neuron, layer by layer."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a breadth-first search from the free pairs found.

    `levels[t]` holds for the neurons of each layer the outputs of the pairs at distance 2 t that
    end there; `starts` are the free weights at the last distance, `seen` all weights reached.
    """

    levels: list[Rows]
    starts: Array
    seen: Array


def outputs_behind(live: LiveCascade) -> Rows:
    """Return the outputs that each neuron of the layers 1, ..., L reaches."""
    rows = [single_bits(live.widths[-1], live.steps[-1].ahead)]
    for step in live.steps[:0:-1]:
        rows.append(union(rows[-1], step.ahead))
    return rows[::-1]


def offered(live: LiveCascade, pairs: Array) -> Rows:
    """Return for the neurons of each layer the outputs of the pairs whose inputs lie before."""
    rows = [pairs]
    for step in live.steps[:-1]:
        rows.append(union(rows[-1], step.behind))
    return rows


def search(live: LiveCascade, behind: Rows, found: Pairings, free: Array) -> Search:
    """Go from the free pairs to weights, to their pairs, to weights, until one is free."""
    xp = array_namespace(free)
    shape = (live.widths[0], words_for(live.widths[-1]))
    order = xp.argsort(found.weights)
    weights, pairs = xp.take(found.weights, order), xp.take(found.pairs, order)
    frontier, unseen, levels = ~from_sorted(found.pairs, shape), xp.arange(live.weights), []
    while True:
        levels.append(offered(live, frontier))
        hit = _may_take(live, levels[-1], behind, unseen)
        reached, unseen = unseen[hit], unseen[~hit]
        starts = reached[among(reached, free)]
        if starts.shape[0] or not reached.shape[0]:
            seen = xp.ones(live.weights, dtype=xp.bool) & ~among(xp.arange(live.weights), unseen)
            return Search(levels, starts, seen)
        frontier = from_sorted(xp.sort(xp.take(pairs, xp.searchsorted(weights, reached))), shape)


def augment(
    live: LiveCascade, behind: Rows, found: Pairings, trail: Search, *, rng: np.random.Generator
) -> tuple[Pairings, Array]:
    """Walk back from free weights to free pairs and switch what no two walks share.

    Returns the new pairings and the weights that are not free any more.
    """
    xp = array_namespace(found.codes)
    most = min(4 * _free_pairs(live, found), max(1, CHUNK // words_for(live.widths[-1])))
    walkers: list[Array] = [_at_most(most, trail.starts, rng)]
    for level in reversed(trail.levels):
        pairs = _descend(live, level, behind, walkers[-1], rng)
        order = xp.argsort(pairs)
        chosen = order[is_first(xp.take(pairs, order))]
        walkers = [xp.take(part, chosen) for part in (*walkers, pairs)]
        if level is not trail.levels[0]:
            owners = found.owners(walkers[-1])
            order = xp.argsort(owners)
            walkers = [xp.take(part, order) for part in (*walkers, owners)]
    weights, pairs = xp.concat(walkers[::2]), xp.concat(walkers[1::2])
    return found.reassign(weights, pairs), xp.sort(walkers[0])


def _may_take(live: LiveCascade, level: Rows, behind: Rows, weights: Array) -> Array:
    """Tell which of the ascending weights may take a pair that a level offers."""
    xp = array_namespace(weights)
    size = max(1, CHUNK // words_for(live.widths[-1]))
    common = [
        xp.any(rows != 0, axis=1)
        for part in _parts(weights, size)
        for rows in _common(live, level, behind, part)
    ]
    return xp.concat(common)


def _parts(weights: Array, size: int) -> Iterator[Array]:
    """Cut weights into parts of at most a size; of no weights there is one."""
    count = weights.shape[0]
    for begin in range(0, max(1, count), size):
        yield weights[begin : min(begin + size, count)]


def _common(live: LiveCascade, level: Rows, behind: Rows, weights: Array) -> Rows:
    """Return layer by layer the outputs that a level offers to each of the ascending weights."""
    xp = array_namespace(weights)
    rows = []
    bounds = pairwise(layer_bounds(live, weights))
    for layer, (step, (begin, end)) in enumerate(zip(live.steps, bounds, strict=True)):
        place = weights[begin:end] - live.first[layer]
        before = xp.take(level[layer], xp.take(step.sources, place), axis=0)
        rows.append(before & xp.take(behind[layer], xp.take(step.targets, place), axis=0))
    return rows


def _descend(
    live: LiveCascade, level: Rows, behind: Rows, weights: Array, rng: np.random.Generator
) -> Array:
    """Return for each of the ascending weights a random pair of the level that it may take."""
    xp = array_namespace(weights)
    noise = noise_for(weights.shape[0], weights, rng)
    bounds = list(pairwise(layer_bounds(live, weights)))
    goals = pick(xp.concat(_common(live, level, behind, weights)), noise >> 20)
    at = weights[:0]
    for layer, step in reversed(list(enumerate(live.steps))):
        begin, end = bounds[layer]
        if end < weights.shape[0]:
            noise = stir(noise)
            at = _step_back(step.behind, level[layer], at, goals[end:], noise[end:])
        sources = xp.take(step.sources, weights[begin:end] - live.first[layer])
        at = xp.concat([sources, at])
    return at * (WORD * words_for(live.widths[-1])) + goals


def _step_back(table: Array, rows: Array, at: Array, goals: Array, noise: Array) -> Array:
    """Step from each neuron to a neuron before it that also offers the goal."""
    xp = array_namespace(table)
    sources = xp.take(table, at, axis=0)
    choice = favourite(has_bit(rows, sources, goals[:, None]), noise >> 40)
    fan = table.shape[1]
    return xp.take(xp.reshape(sources, (-1,)), xp.arange(at.shape[0]) * fan + choice)


def _free_pairs(live: LiveCascade, found: Pairings) -> int:
    """Number of pairs without a weight, also those that none can take."""
    return live.widths[0] * live.widths[-1] - int(found.codes.shape[0])


def _at_most(count: int, weights: Array, rng: np.random.Generator) -> Array:
    """Return a random part of ascending weights, ascending."""
    if weights.shape[0] <= count:
        return weights
    chosen = np.sort(rng.choice(weights.shape[0], count, replace=False))
    xp: Any = array_namespace(weights)
    return xp.take(weights, xp.asarray(chosen))
