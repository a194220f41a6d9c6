"""Maximum matching of weights and pairs on a cascade without dead neurons, with its cover."""

from __future__ import annotations

from functools import partial

import numpy as np

from topograph.analyzers.cascades.augmenting import Reach, augment, search
from topograph.analyzers.cascades.displacing import displace
from topograph.analyzers.cascades.drawn_pairs import DrawnPairs, can_be_listed
from topograph.analyzers.cascades.live_links import LiveCascade
from topograph.analyzers.cascades.pairings import Pairings, among
from topograph.analyzers.cascades.random_walks import walk
from topograph.arrays.namespace import Array, array_namespace

__all__ = ["maximum_matching"]

PATIENCE = 3
"""A search takes over from random walks when fewer than one free weight in 3 finds a pair."""


def maximum_matching(live: LiveCascade, rng: np.random.Generator) -> tuple[Pairings, Array]:
    """Return a maximum matching, and for each pair whether its weight is in the cover.

    The cover holds that weight or else the pair; no weight may take a pair with neither in it.
    """
    xp = array_namespace(live.sources)
    pairs = live.widths[0] * live.widths[-1]
    reach = Reach.of(live) if _is_crowded(live) else None
    found, free = _displaced(live, reach, rng) if reach else _proposed(live, rng)
    reach = reach or (Reach.of(live) if free.shape[0] else None)
    while reach and free.shape[0]:
        if found.codes.shape[0] == pairs:
            return found, xp.zeros(pairs, dtype=xp.bool)
        trail = search(live, reach, found, free)
        if not trail.starts.shape[0]:
            return found, ~among(found.weights, trail.unseen)
        found, matched = augment(live, reach, found, trail, rng=rng)
        free = free[~among(free, matched)]
    return found, xp.ones(found.codes.shape[0], dtype=xp.bool)


def _is_crowded(live: LiveCascade) -> bool:
    """True if there are weights for a quarter of all pairs, and their sets can be listed."""
    return 4 * live.weights > live.widths[0] * live.widths[-1] and can_be_listed(live)


def _displaced(live: LiveCascade, reach: Reach, rng: np.random.Generator) -> tuple[Pairings, Array]:
    """Let weights displace each other, on the CPU; return also the weights that are left."""
    xp, empty = array_namespace(live.sources), nothing(live)
    inputs, outputs = live.widths[0], live.widths[-1]
    draw = DrawnPairs(live, reach, rng)
    owner, free = displace(draw, live.weights, inputs * outputs, numbers=inputs * live.stride)
    pairs = np.flatnonzero(owner >= 0)
    found = Pairings(xp.asarray(pairs << empty.bits | owner[pairs]), empty.bits)
    return found, xp.asarray(free)


def _proposed(live: LiveCascade, rng: np.random.Generator) -> tuple[Pairings, Array]:
    """Let random walks propose pairs; return also the weights that are left."""
    every = array_namespace(live.sources).arange(live.weights)
    return nothing(live).propose(every, partial(walk, live, rng=rng), patience=PATIENCE)


def nothing(live: LiveCascade) -> Pairings:
    """Return no pairings, in the library of the cascade."""
    return Pairings(live.sources[:0], max(1, live.weights - 1).bit_length())
