"""Maximum matching of weights and pairs on a cascade without dead neurons, with its cover."""

from __future__ import annotations

import numpy as np

from topograph.analyzers._augmenting import augment, outputs_behind, search
from topograph.analyzers._bit_rows import WORD, words_for
from topograph.analyzers._live_links import LiveCascade
from topograph.analyzers._pairings import Pairings, among
from topograph.analyzers._random_walks import walk
from topograph.arrays.namespace import Array, array_namespace

PROPOSALS, MOST = 4096, 8
"""Where few weights are left, each proposes up to 8 pairs, about 4096 in all."""

PATIENCE = 4
"""A search takes over from random walks when fewer than one free weight in 4 finds a pair."""


def maximum_matching(live: LiveCascade, rng: np.random.Generator) -> tuple[Pairings, Array]:
    """Return a maximum matching, and for each pair whether its weight is in the cover.

    The cover holds that weight or else the pair; no weight may take a pair with neither in it.
    """
    xp = array_namespace(live.steps[0].sources)
    found, free = propose(live, rng)
    behind = outputs_behind(live) if free.shape[0] else []
    while free.shape[0]:
        trail = search(live, behind, found, free)
        if not trail.starts.shape[0]:
            return found, xp.take(trail.seen, found.weights)
        found, matched = augment(live, behind, found, trail, rng=rng)
        free = free[~among(free, matched)]
    return found, xp.ones(found.codes.shape[0], dtype=xp.bool)


def propose(live: LiveCascade, rng: np.random.Generator) -> tuple[Pairings, Array]:
    """Match weights with pairs at the ends of random walks while that pays; return who is left."""
    xp = array_namespace(live.steps[0].sources)
    stride = WORD * words_for(live.widths[-1])
    free = xp.arange(live.weights)
    found = Pairings(free[:0], max(1, live.weights - 1).bit_length())
    while free.shape[0]:
        walkers = xp.repeat(free, max(1, min(MOST, PROPOSALS // free.shape[0])))
        inputs, outputs = walk(live, walkers, rng)
        found, matched = found.accept(walkers, inputs * stride + outputs)
        before, free = free.shape[0], free[~among(free, matched)]
        if matched.shape[0] * PATIENCE < before:
            break
    return found, free
