"""Search without training on NAS-Bench-201, with and without the connectivity filter.

``python search_study.py score`` scores a pool of cells once and can be stopped and resumed;
``python search_study.py search`` repeats searches on that pool and judges Tables 2 and 3;
``python search_study.py supernet`` prunes the supernet itself, a few times.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm.auto import tqdm

from topograph.analyzers import multiple_correlation
from topograph.datasets import cifar10, nasbench201_results
from topograph.errors import TopographError
from topograph.exporter import to_module
from topograph.generators import nasbench201, nasbench201_network
from topograph.search import (
    Budget,
    CellCosts,
    CellSpace,
    cell_costs,
    connectivity_filter,
    effective,
    linear_regions,
    nas_wot,
    ntk_condition,
    pruning_search,
    random_search,
    rank_sum,
    subspace_mean,
)

HERE = Path(__file__).parent
SCORES = HERE / "results" / "scores.csv"
COLUMNS = ["index", "nas_wot", "ntk_condition", "regions", "depth", "width", "parameters", "macs"]
SEED = 4
POOL = 1000
CHANNELS, REPEATS = 16, 1  # published 16 and 5, which takes five times as long
WOT_BATCH = 128  # as released
NTK_CHANNELS, NTK_BATCH = 3, 32  # released 3 and 64
DRAWN = 100  # cells that a search draws, which gives the published 30 seconds
SUPERNETS, SUPERNET_BATCH = 25, 16
SEARCHES, PRUNINGS, RESAMPLES = 500, 100, 200
PATCHES = 3000  # as released, of one channel and 3 x 3 pixels
IMAGES = ("cifar10", "cifar100", "imagenet16")
MEAN, SPREAD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def pool() -> NDArray[np.int64]:
    """Return the indices of the cells of the pool, in the order in which they are scored."""
    return np.random.default_rng(SEED).permutation(len(CellSpace.nasbench201()))[:POOL]


def images() -> Tensor:
    """Return the normalised training images of the CIFAR-10 subset, in a fixed random order."""
    data = torch.tensor(cifar10().train_inputs)
    mean, spread = (torch.tensor(part).view(1, 3, 1, 1) for part in (MEAN, SPREAD))
    order = np.random.default_rng(SEED).permutation(len(data))
    return (data[order] - mean) / spread


def patches(data: Tensor) -> Tensor:
    """Cut one patch of 3 x 3 pixels out of one channel of each of the last images."""
    rng = np.random.default_rng(SEED)
    places = rng.integers(0, (3, 30, 30), size=(PATCHES, 3))
    cut = [
        one[c : c + 1, y : y + 3, x : x + 3]
        for one, (c, y, x) in zip(data[-PATCHES:], places, strict=True)
    ]
    return torch.stack(cut)


def thin(cell: int | Sequence[Sequence[str]], rng: np.random.Generator) -> nn.Module:
    """Return one cell of one channel with a last normalisation and ReLU, as released."""
    module = to_module(nasbench201(cell, channels=1, size=3), init="kaiming_normal", rng=rng)
    return nn.Sequential(module, nn.BatchNorm2d(1), nn.ReLU())


def scores(cells: list[int]) -> Iterator[list[float]]:
    """Score cells one by one: NAS-WOT, condition number, linear regions."""
    data = images()
    small = patches(data)
    for cell in cells:
        rngs = np.random.default_rng([SEED, cell]).spawn(3)
        wide = nasbench201_network(cell, channels=CHANNELS, repeats=REPEATS)
        narrow = nasbench201_network(cell, channels=NTK_CHANNELS, repeats=1)
        yield [
            nas_wot(wide, data[:WOT_BATCH], rng=rngs[0]),
            ntk_condition(narrow, data[:NTK_BATCH], biases=False, rng=rngs[1]),
            linear_regions(thin(cell, rngs[2]), small),
        ]


def score() -> None:
    """Score what is left of the pool; each cell is written as soon as it is done."""
    space = CellSpace.nasbench201()
    shape, costs = effective(space), cell_costs(space)
    known = set(pd.read_csv(SCORES)["index"]) if SCORES.is_file() else set()
    left = [int(cell) for cell in pool() if cell not in known]
    SCORES.parent.mkdir(exist_ok=True)
    with SCORES.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not known:
            writer.writerow(COLUMNS)
        for cell, found in zip(left, tqdm(scores(left), total=len(left)), strict=True):
            rest = (shape.depth, shape.width, costs.parameters, costs.macs)
            numbers = [*found, *(float(part[cell]) for part in rest)]
            writer.writerow([cell, *(f"{number:.10g}" for number in numbers)])
            file.flush()


@dataclass(frozen=True)
class Pool:
    """The cells that were scored, with the accuracies that they reached after training."""

    table: pd.DataFrame
    space: CellSpace
    costs: CellCosts
    scores: dict[str, NDArray[np.float64]]
    accuracy: NDArray[np.float64]

    @classmethod
    def read(cls) -> Pool:
        """Join the scores with the table of accuracies in the data folder."""
        table = pd.read_csv(SCORES)
        results = nasbench201_results().loc[table["index"]]
        trained = results[[f"{name}_test" for name in IMAGES]].to_numpy()
        te_nas = np.stack([-table.ntk_condition, table.regions], axis=1)
        scores = {
            "NAS-WOT": table[["nas_wot"]].to_numpy(),
            "TE-NAS": te_nas,
            "parameters": table[["parameters"]].to_numpy(),
            "MACs": table[["macs"]].to_numpy(),
        }
        space = CellSpace.nasbench201()[table["index"].to_numpy()]
        costs = CellCosts(table.parameters.to_numpy(), table.macs.to_numpy())
        return cls(table, space, costs, scores, trained)

    def filters(self) -> dict[str, NDArray[np.bool_] | None]:
        """Return what each filter keeps of the pool, with windows of the whole space."""
        whole = CellSpace.nasbench201()
        own = connectivity_filter(whole).window
        found: dict[str, NDArray[np.bool_] | None] = {"none": None}
        for name, radius in (("1", 1.0), ("3/4", 0.75), ("1/2", 0.5), ("1/4", 0.25)):
            found[name] = connectivity_filter(self.space, window=own, radius=radius).mask
        found["released"] = connectivity_filter(self.space, window="released").mask
        return found


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


def supernet_scores(seed: int) -> Callable[[NDArray[np.bool_]], list[float]]:
    """Return the scores of TE-NAS for what is left of the space, as one network of all of it."""
    data, names = images(), CellSpace.nasbench201().operations
    small = patches(data)

    def found(left: NDArray[np.bool_]) -> list[float]:
        choices = [[names[place] for place in np.flatnonzero(edge)] for edge in left]
        # One seed and one batch for a whole search.
        rngs = np.random.default_rng([SEED, seed]).spawn(2)
        network = nasbench201_network(choices, channels=NTK_CHANNELS, repeats=1)
        first = seed * SUPERNET_BATCH
        batch = data[first : first + SUPERNET_BATCH]
        condition = ntk_condition(network, batch, biases=False, rng=rngs[0])
        return [-condition, linear_regions(thin(choices, rngs[1]), small)]

    return found


def supernet() -> None:
    """Prune the supernet with TE-NAS, with and without the filter; written search by search."""
    space = CellSpace.nasbench201()
    file = SCORES.with_name("supernet.csv")
    known = pd.read_csv(file) if file.is_file() else pd.DataFrame()
    for seed, name in product(range(SUPERNETS), ("none", "1/2")):
        if len(known) and ((known["seed"] == seed) & (known["filter"] == name)).any():
            continue
        keep = None if name == "none" else connectivity_filter(space).mask
        start = perf_counter()
        score = supernet_scores(seed)
        found = pruning_search(space, score, keep=keep, without=("none",), progress=True)
        if found.best < 0:
            raise KeyboardInterrupt
        costs = cell_costs(space[[found.best]])
        row = {
            "seed": seed,
            "filter": name,
            "index": found.best,
            "scored": found.scored,
            "skipped": found.skipped,
            "parameters": costs.parameters[0],
            "macs": costs.macs[0],
            "seconds": round(perf_counter() - start, 1),
        }
        known = pd.concat([known, pd.DataFrame([row])])
        known.to_csv(file, index=False)
    trained = nasbench201_results().loc[known["index"], [f"{name}_test" for name in IMAGES]]
    shown = pd.concat([known.reset_index(drop=True), trained.reset_index(drop=True)], axis=1)
    print(shown.to_string())
    columns = ["scored", *trained.columns, "parameters", "macs"]
    print(shown.groupby("filter")[columns].agg(["mean", "std"]).T.to_string())
    by_seed = shown.pivot(index="seed", columns="filter", values=list(trained.columns))
    for images in trained.columns:
        gain = (by_seed[images]["1/2"] - by_seed[images]["none"]).to_numpy()
        low, high = interval(gain)
        print(f"{images}: gain {gain.mean():.2f}, 95% interval {low:.2f} to {high:.2f}")


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Bootstrap the 95% interval of a mean over repeats."""
    rng = np.random.default_rng(SEED)
    means = rng.choice(values, size=(2000, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


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
    {"score": score, "search": search, "supernet": supernet}[parser.parse_args().part]()


if __name__ == "__main__":
    try:
        main()
    except TopographError as error:
        sys.exit(f"search study: {error}")
    except KeyboardInterrupt:
        sys.exit("\nsearch study: stopped; what was scored is kept")
