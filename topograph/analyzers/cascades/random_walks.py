"""Pairs proposed by random walks: from each weight back to an input and on to an output."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from topograph.analyzers.cascades.live_links import LiveCascade
from topograph.arrays.namespace import Array, array_namespace, to_host

__all__ = ["walk"]

FEW = 2**13
"""So many weights walk on their own in any case; some may be the same."""


def walk(live: LiveCascade, weights: Array, *, rng: np.random.Generator) -> Array:
    """Return for each weight (they ascend) a pair of an input before it and an output behind it.

    Where there are many more weights than neurons, those of a neuron share its walk.
    """
    xp = array_namespace(weights)
    sources, targets = xp.take(live.sources, weights), xp.take(live.targets, weights)
    second, last, end = (live.begins[at] for at in (1, -2, -1))
    if weights.shape[0] <= max(FEW, end):
        bounds = to_host(xp.searchsorted(weights, xp.asarray(live.first))).tolist()
        inputs, outputs = _back(live, sources, bounds, rng), _on(live, targets, bounds, rng)
        return inputs * live.stride + outputs
    inputs = _back(live, xp.arange(last), live.begins[:-1], rng)
    bounds = [begin - second for begin in live.begins[1:]]
    outputs = _on(live, xp.arange(second, end), bounds, rng)
    return xp.take(inputs, sources) * live.stride + xp.take(outputs, targets - second)


def _back(
    live: LiveCascade, neurons: Array, bounds: Sequence[int], rng: np.random.Generator
) -> Array:
    """Walk back to inputs; those of layer l, from `bounds[l]` on, join in at their layer."""
    xp, at = array_namespace(neurons), neurons[:0]
    parts = list(zip(live.behind, live.begins[:-2], pairwise(bounds), strict=True))[::-1]
    noise = noise_for([bounds[-1] - end for _, _, (_, end) in parts], neurons, rng)
    for (table, first, (begin, end)), bits in zip(parts, noise, strict=True):
        at = xp.concat([neurons[begin:end] - first, _neighbours(table, at, bits)])
    return at


def _on(
    live: LiveCascade, neurons: Array, bounds: Sequence[int], rng: np.random.Generator
) -> Array:
    """Walk on to outputs; those of layer l + 1, from `bounds[l]` on, join in at their layer."""
    xp, at = array_namespace(neurons), neurons[:0]
    parts = list(zip(live.ahead, live.begins[1:-1], pairwise(bounds), strict=True))
    noise = noise_for(bounds[:-1], neurons, rng)
    for (table, first, (begin, end)), bits in zip(parts, noise, strict=True):
        at = xp.concat([_neighbours(table, at, bits), neurons[begin:end] - first])
    return at


def noise_for(counts: Sequence[int], like: Array, rng: np.random.Generator) -> list[Array]:
    """Draw 16 random bits for each walker of each step, in the library of an array."""
    ends = list(accumulate(counts, initial=0))
    words = rng.integers(2**64, size=-(-ends[-1] // 4), dtype=np.uint64).view(np.uint16)
    noise = array_namespace(like).asarray(words)
    return [noise[begin:end] for begin, end in pairwise(ends)]


def _neighbours(table: Array, at: Array, noise: Array) -> Array:
    """Step from each place to a random entry of its row."""
    xp = array_namespace(table)
    fan, flat = table.shape[1], xp.reshape(table, (-1,))
    if fan == 1:
        return xp.take(flat, at)
    choice = (xp.astype(noise, xp.int64) * fan) >> 16
    return xp.take(flat, at * fan + choice)
