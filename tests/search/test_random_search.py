from __future__ import annotations

import numpy as np

from topograph.search import Budget, CellSpace, connectivity_filter, random_search

SPACE = CellSpace.nasbench201()
KEEP = connectivity_filter(SPACE).mask
VALUES = np.random.default_rng(0).permutation(len(SPACE))


def test_the_best_of_what_was_drawn():
    found = random_search(SPACE, VALUES.__getitem__, budget=200, rng=1)
    assert VALUES[found.best] == VALUES[found.indices].max()
    assert (found.scored, found.drawn, found.skipped) == (200, 200, 0)
    assert len(set(found.indices.tolist())) == 200


def test_a_filter_skips_some_of_the_same_draws():
    budget = Budget(drawn=200)
    free = random_search(SPACE, VALUES.__getitem__, budget=budget, rng=2)
    kept = random_search(SPACE, VALUES.__getitem__, budget=budget, keep=KEEP, rng=2)
    assert kept.indices.tolist() == free.indices[KEEP[free.indices]].tolist()
    assert kept.scored + kept.skipped == kept.drawn == 200


def test_it_ends_where_the_cells_end():
    few = SPACE[:5]
    assert random_search(few, lambda cell: cell, budget=9, rng=0).best == 4
    alone = random_search(few, lambda cell: cell, budget=9, keep=np.arange(5) == 2, rng=0)
    assert (alone.best, alone.scored) == (2, 1)


def test_several_scores_are_joined_by_ranks():
    scores = {0: (9.0, 0.0), 1: (5.0, 5.0), 2: (4.0, 6.0), 3: (8.0, 5.5)}
    assert random_search(SPACE[:4], scores.__getitem__, budget=4, rng=0).best == 3
