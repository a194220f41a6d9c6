"""Effective depth and width against the accuracies of NAS-Bench-201 (Fig. 5)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import spaces
from numpy.typing import NDArray

from topograph.analyzers import GroupMeans, group_means, multiple_correlation
from topograph.datasets import nasbench201_results
from topograph.search import CellSpace, connectivity_filter, effective

IMAGES = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "imagenet16": "ImageNet16-120"}
COSTS = ["params_M_cifar10", "flops_M_cifar10"]
RESAMPLES = 1000


@cache
def cells() -> pd.DataFrame:
    """Accuracies of all cells beside depth, width and whether the filter keeps them."""
    space = CellSpace.nasbench201()
    shape = effective(space)
    return nasbench201_results().assign(
        depth=shape.depth,
        width=shape.width,
        connected=shape.is_connected,
        three=spaces.three_convolutions(space),
        kept=connectivity_filter(space).mask,
    )


def subsets() -> dict[str, NDArray[np.bool_]]:
    """The sets of cells that are compared."""
    table = cells()
    deep = (table.depth > 0).to_numpy()
    three = table.three.to_numpy()
    return {
        "three convolutions": three,
        "three convolutions, depth above 0": three & deep,
        "all": np.ones(len(table), dtype=bool),
        "depth above 0": deep,
    }


def groups(images: str, subset: str) -> GroupMeans:
    """Mean accuracy of cells of equal depth and width."""
    table = cells()[subsets()[subset]]
    return group_means(table[["depth", "width"]], table[f"{images}_test"])


def correlations() -> pd.DataFrame:
    """R of depth and width with accuracy, beside that of parameters and operations."""
    rows = []
    for images in IMAGES:
        for name, mask in subsets().items():
            part = cells()[mask]
            found = multiple_correlation(
                part[["depth", "width"]],
                part[f"{images}_test"],
                control=part[COSTS],
                resamples=RESAMPLES,
                rng=0,
            )
            row = {
                "images": images,
                "cells": name,
                "n": found.n,
                "groups": found.groups,
                "r": found.r,
                "r_low": found.r_interval[0],
                "r_high": found.r_interval[1],
                "r_groups": found.r_groups,
                "r_groups_low": found.r_groups_interval[0],
                "r_groups_high": found.r_groups_interval[1],
                "chance_groups": found.chance_groups,
                "r_cost": found.control_r,
                "r_given_cost": found.partial_r,
                "rank_r": found.rank_r,
                "parameters_spearman": _spearman(part, images),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def _spearman(part: pd.DataFrame, images: str) -> float:
    """Rank correlation of the number of parameters with accuracy."""
    return float(part[COSTS[0]].rank().corr(part[f"{images}_test"].rank()))


def filtered() -> pd.DataFrame:
    """Accuracies inside and outside the window, and of as many cells of the most parameters."""
    rows = []
    for images in IMAGES:
        for name, mask in subsets().items():
            part = cells()[mask]
            accuracy, kept = part[f"{images}_test"], part.kept
            top = accuracy >= accuracy.quantile(0.99)
            largest = part[COSTS[0]].rank(method="first", ascending=False) <= kept.sum()
            rows.append(
                {
                    "images": images,
                    "cells": name,
                    "kept": kept.sum(),
                    "mean_kept": accuracy[kept].mean(),
                    "mean_removed": accuracy[~kept].mean(),
                    "median_kept": accuracy[kept].median(),
                    "median_removed": accuracy[~kept].median(),
                    "spread_kept": accuracy[kept].std(ddof=0),
                    "spread_removed": accuracy[~kept].std(ddof=0),
                    "best_kept": accuracy[kept].max(),
                    "best": accuracy.max(),
                    "best_hundredth_kept": kept[top].mean(),
                    "mean_largest": accuracy[largest].mean(),
                    "best_hundredth_largest": largest[top].mean(),
                }
            )
    return pd.DataFrame(rows)
