"""Fig. 4: the three graphs as fully connected networks that learn to read digits."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
import pandas as pd
from graphs import PUBLISHED

import topograph as tg
from topograph.analyzers import ntk
from topograph.datasets import Dataset, cifar10, digits, mnist
from topograph.training import Recipe, TrainingRecord, fit

Records = dict[str, list[TrainingRecord]]

LEARNT = 1e-5 * 1000 * 422 * 1024
"""Rate x steps x width as published: 1e-5, 1000 epochs of 422 batches, width 1024."""
LOADERS = {"mnist": mnist, "cifar10": cifar10, "digits": digits}


@dataclass(frozen=True)
class Scale:
    """How much smaller than published the training is."""

    width: int = 256
    images: int = 10_000
    epochs: int = 20
    batch: int = 128
    seeds: int = 3

    @property
    def learning_rate(self) -> float:
        """The rate at which rate x steps x width is as published.

        Kaiming's networks learn as fast as rate x width, so the curves span the same time.
        """
        steps = self.epochs * -(-self.images // self.batch)
        return LEARNT / (steps * self.width)


def network(name: str, data: Dataset, width: int) -> tg.Architecture:
    """A graph of Fig. 3 with a stem and a readout."""
    return tg.generators.dag(PUBLISHED[name], width=width, inputs=data.inputs, classes=data.classes)


def learn(data_name: str, scale: Scale, *, rate: str = "one rate") -> Records:
    """Train the three graphs; at "equal trace" with rates divided by the trace of their NTK.

    The rates are those of DAG#1 times the NTK's diagonal of DAG#1 over that of the graph.
    """
    data = LOADERS[data_name]()
    kept = min(scale.images, len(data.train_targets)), min(scale.images, len(data.test_targets))
    data = data.subset(train=kept[0], test=kept[1], rng=0).standardise().flatten()
    units = {name: _diagonal(network(name, data, 8)) for name in PUBLISHED}
    found: Records = {}
    for name in PUBLISHED:
        slower = units["DAG#1"] / units[name] if rate == "equal trace" else 1.0
        recipe = Recipe(
            optimiser="sgd",
            learning_rate=scale.learning_rate * slower,
            epochs=scale.epochs,
            batch=scale.batch,
            evaluate_every=scale.epochs,
        )
        found[name] = [
            _run(network(name, data, scale.width), data, recipe, seed=seed)
            for seed in range(scale.seeds)
        ]
    return found


def _run(
    architecture: tg.Architecture, data: Dataset, recipe: Recipe, *, seed: int
) -> TrainingRecord:
    """Train one network on the CPU."""
    module = tg.to_module(architecture, init="kaiming_normal", rng=seed)
    return fit(module, data, recipe, seed=seed, device="cpu", progress=False)


def _diagonal(architecture: tg.Architecture) -> float:
    """Diagonal of the tangent kernel at an input of length 1."""
    return float(ntk(architecture, np.eye(2)).diagonal[0])


def curves(records: Records, **labels: str) -> pd.DataFrame:
    """Means and standard deviations over seeds, one row per network and epoch."""
    rows = []
    for name, runs in records.items():
        for epoch in runs[0].epochs:
            row: dict[str, object] = {**labels, "graph": name, "epoch": epoch}
            for curve in ("train_loss", "train_accuracy"):
                values = [getattr(run, curve)[epoch - 1] for run in runs]
                row[curve] = fmean(values)
                row[f"{curve}_std"] = stdev(values) if len(values) > 1 else 0.0
            rows.append(row)
    return pd.DataFrame(rows)
