"""Pairs proposed by random walks: from each weight back to an input and on to an output."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from topograph.analyzers._live_links import LiveCascade
from topograph.arrays.namespace import Array, array_namespace, to_host

FACTOR = 6364136223846793005
"""Multiplies odd numbers modulo 2^64; the upper bits of the products are good random bits."""

PART = 2**13
"""Walkers that the host moves at a time, so that their arrays stay in the cache."""


def noise_for(count: int, like: Array, rng: np.random.Generator) -> Array:
    """Draw an odd random number for each of several walkers, in the library of an array."""
    return array_namespace(like).asarray(rng.integers(2**64, size=count, dtype=np.uint64)) | 1


def stir(noise: Array) -> Array:
    """Return the next random bits of each walker."""
    return noise * FACTOR


def walk(live: LiveCascade, weights: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return for each weight (they ascend) an input before it and an output behind it."""
    xp = array_namespace(weights)
    count = weights.shape[0]
    noise = noise_for(count, weights, rng)
    size = PART if isinstance(weights, np.ndarray) else max(1, count)
    cuts = [*range(0, max(1, count), size), count]
    parts = [_walk(live, weights[a:b], noise[a:b], xp) for a, b in pairwise(cuts)]
    return xp.concat([inputs for inputs, _ in parts]), xp.concat([outputs for _, outputs in parts])


def _walk(live: LiveCascade, weights: Array, noise: Array, xp: Any) -> tuple[Array, Array]:
    """Walk layer by layer; in each step the weights of one layer more join in."""
    bounds = pairwise(layer_bounds(live, weights))
    runs = list(zip(live.steps, live.first[:-1], bounds, strict=True))
    inputs = outputs = weights[:0]
    for step, first, (begin, end) in reversed(runs):
        noise = stir(noise)
        stepped = _neighbours(step.behind, inputs, noise[end:], xp)
        inputs = xp.concat([xp.take(step.sources, weights[begin:end] - first), stepped])
    for step, first, (begin, end) in runs:
        noise = stir(noise)
        stepped = _neighbours(step.ahead, outputs, noise[:begin], xp)
        outputs = xp.concat([stepped, xp.take(step.targets, weights[begin:end] - first)])
    return inputs, outputs


def layer_bounds(live: LiveCascade, weights: Array) -> list[int]:
    """Return where the weights of each layer begin among ascending ones, and their number."""
    xp = array_namespace(weights)
    places = xp.searchsorted(weights, xp.asarray(live.first))
    return [int(place) for place in to_host(places)]


def _neighbours(table: Array, at: Array, noise: Array, xp: Any) -> Array:
    """Step from each place to a random entry of its row."""
    fan = table.shape[1]
    flat = xp.reshape(table, (-1,))
    if fan == 1:
        return xp.take(flat, at)
    return xp.take(flat, at * fan + xp.astype(((noise >> 33) * fan) >> 31, xp.int64))
