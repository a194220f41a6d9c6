"""Search without training on NAS-Bench-201, with and without the connectivity filter.

``python search_study.py score`` scores a pool of cells once and can be stopped and resumed;
``python search_study.py search`` repeats searches on that pool and judges Tables 2 and 3;
``python search_study.py supernet`` prunes the supernet itself, a few times.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from cell_pool import IMAGES, Pool
from cell_scores import POOL, SCORES, SEED, score_pool
from numpy.typing import NDArray
from repeats import interval, pruned, sampled
from supernet import supernet

from topograph.analyzers import multiple_correlation
from topograph.errors import TopographError
from topograph.search import CellCosts, rank_sum

SEARCHES, RESAMPLES = 500, 200


def rows_of(
    search: str, score: str, name: str, found: NDArray[np.float64], base: NDArray[np.float64]
) -> Iterator[dict[str, object]]:
    """One row per data set: accuracy, its gain over no filter on the same draws, and costs."""
    for place, images in enumerate(IMAGES):
        accuracy, gain = found[:, place], found[:, place] - base[:, place]
        low, high = interval(accuracy)
        gain_low, gain_high = interval(gain)
        yield {
            "search": search,
            "score": score,
            "filter": name,
            "data": images,
            "repeats": len(found),
            "accuracy": accuracy.mean(),
            "accuracy_sd": accuracy.std(ddof=1),
            "accuracy_low": low,
            "accuracy_high": high,
            "gain": gain.mean(),
            "gain_low": gain_low,
            "gain_high": gain_high,
            "scored": found[:, 3].mean(),
            "saved": 1 - found[:, 3].mean() / base[:, 3].mean(),
            "parameters": found[:, 4].mean(),
            "macs": found[:, 5].mean(),
        }


def searches(pool: Pool) -> pd.DataFrame:
    """Search with every score and filter."""
    rows: list[dict[str, object]] = []
    filters = pool.filters()
    for score in (*pool.scores, "chance"):
        base = sampled(pool, score, None, repeats=SEARCHES)
        for name, keep in filters.items():
            found = base if keep is None else sampled(pool, score, keep, repeats=SEARCHES)
            rows.extend(rows_of("random", score, name, found, base))
    for score in ("NAS-WOT", "TE-NAS"):
        base = pruned(pool, score, None)
        for name in ("none", "1/2", "released"):
            found = base if name == "none" else pruned(pool, score, filters[name])
            rows.extend(rows_of("pruning", score, name, found, base))
    return pd.DataFrame(rows)


def resampled(pool: Pool) -> pd.DataFrame:
    """Gain of the filter at half the radius, with the pool itself drawn anew with repetition."""
    rows = []
    for score in ("NAS-WOT", "TE-NAS"):
        gains = []
        for seed in range(RESAMPLES):
            drawn = np.random.default_rng([SEED, seed]).integers(len(pool.space), size=POOL)
            part = Pool(
                pool.table.iloc[drawn],
                pool.space[drawn],
                CellCosts(pool.costs.parameters[drawn], pool.costs.macs[drawn]),
                {score: pool.scores[score][drawn]},
                pool.accuracy[drawn],
            )
            options = {"repeats": 20, "first": 1000 * seed}
            with_filter = sampled(part, score, part.filters()["1/2"], **options)
            gains.append((with_filter - sampled(part, score, None, **options))[:, :3].mean(axis=0))
        for images, values in zip(IMAGES, np.array(gains).T, strict=True):
            low, high = np.quantile(values, [0.025, 0.975])
            rows.append([score, images, values.mean(), low, high])
    return pd.DataFrame(rows, columns=["score", "data", "gain", "gain_low", "gain_high"])


def correlations(pool: Pool) -> pd.DataFrame:
    """Rank correlation of each score with accuracy, in the pool and in the filter."""
    rows = []
    values = {name: -rank_sum(score).astype(float) for name, score in pool.scores.items()}
    values["NTK condition"] = -rank_sum(-pool.table.ntk_condition).astype(float)
    values["linear regions"] = pool.table.regions.to_numpy(dtype=float)
    kept = pool.filters()["1/2"]
    for cells, mask in (("all", np.ones(len(pool.space), dtype=bool)), ("1/2", kept)):
        for score, value in values.items():
            for place, images in enumerate(IMAGES):
                rows.append(_correlation(pool, cells, mask, score, value, place, images))
    return pd.DataFrame(rows)


def _correlation(
    pool: Pool,
    cells: str,
    mask: NDArray[np.bool_],
    score: str,
    value: NDArray[np.float64],
    place: int,
    images: str,
) -> dict[str, object]:
    """Rank correlation with accuracy, and what parameters leave of it."""
    ranks = pd.DataFrame({"x": value, "y": pool.accuracy[:, place], "z": pool.costs.parameters})
    ranks = ranks[mask].rank()
    baseline = score == "parameters"
    found = multiple_correlation(
        ranks[["x"]], ranks["y"], control=None if baseline else ranks["z"], rng=SEED
    )
    return {
        "cells": cells,
        "score": score,
        "data": images,
        "spearman": found.pearson[0],
        "partial_given_parameters": found.partial[0],
        "n": int(mask.sum()),
    }


def search() -> None:
    """Repeat all searches and write the tables."""
    pool = Pool.read()
    for name, make in (
        ("searches", searches),
        ("pool_resampled", resampled),
        ("search_correlations", correlations),
    ):
        table = make(pool)
        table.round(6).to_csv(SCORES.with_name(f"{name}.csv"), index=False)
        print(f"\n{name}, {len(pool.space)} cells\n{table.to_string(float_format='{:.4g}'.format)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("score", "search", "supernet"))
    {"score": score_pool, "search": search, "supernet": supernet}[parser.parse_args().part]()


if __name__ == "__main__":
    try:
        main()
    except TopographError as error:
        sys.exit(f"search study: {error}")
    except KeyboardInterrupt:
        sys.exit("\nsearch study: stopped; what was scored is kept")
