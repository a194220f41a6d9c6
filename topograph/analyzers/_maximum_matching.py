"""Maximum matching of weights and pairs on a cascade without dead neurons, with its cover."""

from __future__ import annotations

from functools import partial

import numpy as np

from topograph.analyzers._augmenting import Reach, augment, search
from topograph.analyzers._live_links import LiveCascade
from topograph.analyzers._pairings import Pairings, among
from topograph.analyzers._random_walks import walk
from topograph.arrays.namespace import Array, array_namespace

PATIENCE = 3
"""A search takes over from random walks when fewer than one free weight in 3 finds a pair."""


def maximum_matching(live: LiveCascade, rng: np.random.Generator) -> tuple[Pairings, Array]:
    """Return a maximum matching, and for each pair whether its weight is in the cover.

    The cover holds that weight or else the pair; no weight may take a pair with neither in it.
    """
    xp = array_namespace(live.sources)
    found, free = nothing(live).propose(
        xp.arange(live.weights), partial(walk, live, rng=rng), patience=PATIENCE
    )
    reach = Reach.of(live) if free.shape[0] else None
    while reach and free.shape[0]:
        trail = search(live, reach, found, free)
        if not trail.starts.shape[0]:
            return found, ~among(found.weights, trail.unseen)
        found, matched = augment(live, reach, found, trail, rng=rng)
        free = free[~among(free, matched)]
    return found, xp.ones(found.codes.shape[0], dtype=xp.bool)


def nothing(live: LiveCascade) -> Pairings:
    """Return no pairings, in the library of the cascade."""
    return Pairings(live.sources[:0], max(1, live.weights - 1).bit_length())
