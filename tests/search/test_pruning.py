from __future__ import annotations

import numpy as np
import pytest

from topograph.errors import ArchitectureError, BudgetError
from topograph.search import CellSpace, connectivity_filter, pruning_search, subspace_mean
from topograph.search.pruning import inside

SPACE = CellSpace.nasbench201()
KEEP = connectivity_filter(SPACE).mask
WEIGHTS = np.random.default_rng(3).random((6, 5))
ADDITIVE = WEIGHTS[np.arange(6), SPACE.cells].sum(axis=1)


def test_an_additive_score_leads_to_the_best_cell():
    found = pruning_search(SPACE, subspace_mean(SPACE, ADDITIVE))
    assert found.best == ADDITIVE.argmax()
    assert found.scored == 6 * (5 + 4 + 3 + 2)
    assert (found.is_pruned.sum(), found.skipped) == (6 * 4, 0)
    assert (found.rank_sum >= 0).all()


def test_operations_left_out_beforehand():
    found = pruning_search(SPACE, subspace_mean(SPACE, ADDITIVE), without=("none",))
    assert found.scored == 6 * (4 + 3 + 2)  # as in the released program
    none = SPACE.operations.index("none")
    assert none not in SPACE.cells[found.best]


def test_a_filter_keeps_the_result_and_saves_scores():
    found = pruning_search(SPACE, subspace_mean(SPACE, ADDITIVE), keep=KEEP)
    assert KEEP[found.best]
    assert found.scored < 84
    assert found.skipped > 0


@pytest.mark.parametrize("seed", range(5))
def test_on_a_pool_a_cell_of_the_pool_is_left(seed):
    rng = np.random.default_rng(seed)
    pool = SPACE[rng.permutation(len(SPACE))[:40]]
    keep = rng.random(40) < 0.2
    keep[0] = True
    found = pruning_search(pool, subspace_mean(pool, rng.random(40)), keep=keep)
    assert keep[found.best]


def test_means_and_costs_of_what_is_left():
    left = np.zeros((6, 5), dtype=bool)
    left[:, [1, 3]] = True
    cells = inside(SPACE, left)
    assert cells.sum() == 2**6
    assert subspace_mean(SPACE, ADDITIVE)(left) == [pytest.approx(ADDITIVE[cells].mean())]
    unknown = np.where(cells, np.nan, ADDITIVE)
    assert subspace_mean(SPACE, unknown)(left) == [-np.inf]


def test_several_scores_and_an_interrupt():
    calls = iter(range(100))

    def score(left):
        if next(calls) == 40:
            raise KeyboardInterrupt
        return [float(left.sum()), float(left[0, 0])]

    found = pruning_search(SPACE, score)
    assert (found.best, found.scored) == (-1, 30)  # one whole round
    assert found.scores.shape == (30, 2)
    assert len(found.to_dict()["macs"]) == 30


def test_the_first_round_by_hand():
    space = CellSpace.nasbench201()[[0, 1, 2]]
    scored = []
    pruning_search(space, lambda left: scored.append(left) or 0.0)
    assert all(left.any(axis=1).all() for left in scored)


def test_nothing_left_is_refused():
    with pytest.raises(BudgetError, match="that leave none"):
        pruning_search(SPACE, lambda left: 0.0, without=SPACE.operations)
    with pytest.raises(ArchitectureError, match="operations of this space"):
        pruning_search(SPACE, lambda left: 0.0, without=("conv",))
