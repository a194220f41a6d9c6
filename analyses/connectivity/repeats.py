"""Searches of the scored pool, repeated, and the intervals of their means."""

from __future__ import annotations

import numpy as np
from cell_pool import Pool
from cell_scores import SEED
from numpy.typing import NDArray

from topograph.search import (
    Budget,
    CellCosts,
    pruning_search,
    random_search,
    rank_sum,
    subspace_mean,
)

DRAWN = 100  # cells that a search draws, which gives the published 30 seconds
PRUNINGS = 100


def sampled(
    pool: Pool, score: str, keep: NDArray[np.bool_] | None, *, repeats: int, first: int = 0
) -> NDArray[np.float64]:
    """Repeat a random search: accuracies on three data sets, cells scored, costs of the best."""
    rows = []
    for seed in range(first, first + repeats):
        values = pool.scores[score] if score in pool.scores else _chance(pool, seed)
        budget = Budget(drawn=DRAWN)
        found = random_search(
            pool.space,
            values.__getitem__,
            budget=budget,
            keep=keep,
            costs=pool.costs,
            rng=seed,
        )
        best = found.best
        costs = (pool.costs.parameters[best], pool.costs.macs[best])
        rows.append([*pool.accuracy[best], found.scored, *costs])
    return np.array(rows, dtype=float)


def _chance(pool: Pool, seed: int) -> NDArray[np.float64]:
    """Return scores that say nothing, others in each search."""
    return np.random.default_rng([SEED, seed]).random((len(pool.space), 1))


def pruned(pool: Pool, score: str, keep: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    """Repeat a search by pruning, each time on a half of the pool; columns as in `sampled`."""
    rows = []
    ranks = np.column_stack([-rank_sum(part) for part in pool.scores[score].T]).astype(float)
    for seed in range(PRUNINGS):
        half = np.random.default_rng(seed).permutation(len(pool.space))[: len(pool.space) // 2]
        part, mask = pool.space[half], None if keep is None else keep[half]
        costs = CellCosts(pool.costs.parameters[half], pool.costs.macs[half])
        found = pruning_search(part, subspace_mean(part, ranks[half]), keep=mask, costs=costs)
        best = half[found.best]
        shown = (pool.costs.parameters[best], pool.costs.macs[best])
        rows.append([*pool.accuracy[best], found.scored, *shown])
    return np.array(rows, dtype=float)


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Bootstrap the 95% interval of a mean over repeats."""
    rng = np.random.default_rng(SEED)
    means = rng.choice(values, size=(2000, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
