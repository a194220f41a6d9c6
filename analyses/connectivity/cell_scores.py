"""Scores without training of a pool of cells of NAS-Bench-201."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm.auto import tqdm

from topograph.datasets import cifar10
from topograph.exporter import to_module
from topograph.generators import nasbench201, nasbench201_network
from topograph.search import (
    CellSpace,
    cell_costs,
    effective,
    linear_regions,
    nas_wot,
    ntk_condition,
)

SCORES = Path(__file__).parent / "results" / "scores.csv"
COLUMNS = ["index", "nas_wot", "ntk_condition", "regions", "depth", "width", "parameters", "macs"]
SEED = 4
POOL = 1000
CHANNELS, REPEATS = 16, 1  # published 16 and 5, which takes five times as long
WOT_BATCH = 128  # as released
NTK_CHANNELS, NTK_BATCH = 3, 32  # released 3 and 64
PATCHES = 3000  # as released, of one channel and 3 x 3 pixels
MEAN, SPREAD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def pool() -> NDArray[np.int64]:
    """Return the indices of the cells of the pool, in the order in which they are scored."""
    return np.random.default_rng(SEED).permutation(len(CellSpace.nasbench201()))[:POOL]


def training_images() -> Tensor:
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
    data = training_images()
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


def score_pool() -> None:
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
