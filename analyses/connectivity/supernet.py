"""TE-NAS prunes the supernet of NAS-Bench-201 itself, with and without the filter."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from time import perf_counter

import numpy as np
import pandas as pd
from cell_pool import IMAGES
from cell_scores import NTK_CHANNELS, SCORES, SEED, patches, thin, training_images
from numpy.typing import NDArray
from repeats import interval

from topograph.datasets import nasbench201_results
from topograph.generators import nasbench201_network
from topograph.search import (
    CellSpace,
    cell_costs,
    connectivity_filter,
    linear_regions,
    ntk_condition,
    pruning_search,
)

SUPERNETS, SUPERNET_BATCH = 25, 16


def supernet_scores(seed: int) -> Callable[[NDArray[np.bool_]], list[float]]:
    """Return the scores of TE-NAS for what is left of the space, as one network of all of it."""
    data, names = training_images(), CellSpace.nasbench201().operations
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
    """Prune with and without the filter, write search by search, and report."""
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
    report(known)


def report(known: pd.DataFrame) -> None:
    """Print what the searches found beside its accuracy after training, and the filter's gain."""
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
