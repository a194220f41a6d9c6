"""What is trained: errors of reconstruction by topology, and deep sparse networks on digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from networks import BY_SIZE, N, by_degree, quietly

from topograph import Architecture, to_module
from topograph.analyzers import controllability
from topograph.datasets import digits
from topograph.generators.cascades import biregular, hypercube, sparsify, torus
from topograph.graph import Builder
from topograph.search import Reconstruction, random_targets, reconstruct
from topograph.training import Recipe, fit

WIDTH = 256
LAWS = ("sparse_xavier_uniform", "dense_xavier_uniform")


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is trained; the defaults take some ten minutes of one core."""

    targets: int = 3
    steps: int = 1500
    epochs: int = 10
    seeds: tuple[int, ...] = (0, 1)
    degrees: tuple[int, ...] = (64, 16, 4)
    depths: tuple[int, ...] = (2, 10, 20)


SMOKE = Effort(targets=2, steps=2, epochs=1, seeds=(0,), degrees=(4,), depths=(2,))


def reconstruction(effort: Effort) -> pd.DataFrame:
    """Errors of all topologies and sizes, without and with constant links (Figs. 3 and 4)."""
    rows = [
        {"topology": topology, "skip": skip, **_error(quietly(make, skip=skip), effort)}
        for skip in (False, True)
        for topology, makes in BY_SIZE.items()
        for make in makes
    ]
    return pd.DataFrame(rows)


def prediction(effort: Effort) -> pd.DataFrame:
    """Spread of uniform control and error, for cascades of equal size, degree and depth."""
    groups = {
        "degree 6, 3 layers": by_degree(6, 3, partial(hypercube, N, 3)),
        "degree 5, 7 layers": by_degree(5, 7, partial(torus, 8, 4, layers=7)),
    }
    rows = []
    for group, cascades in groups.items():
        for name, cascade in cascades.items():
            control = controllability(cascade)
            spread = {"variation": control.std / control.mean}
            rows.append({"group": group, "cascade": name, **spread, **_error(cascade, effort)})
    return pd.DataFrame(rows)


def _error(cascade: Architecture, effort: Effort) -> dict[str, Any]:
    """Approximate random matrices by a cascade."""
    targets = random_targets(effort.targets, (N, N), rng=0)
    found: Reconstruction = reconstruct(
        cascade, targets, steps=effort.steps, progress=False, device="cpu", rng=1
    )
    parts = ("links", "trainable", "mean", "std")
    return {part: getattr(found, part) for part in parts}


def initialisation(effort: Effort) -> pd.DataFrame:
    """Accuracies of deep sparse networks on digits, by the law of their weights (Fig. 2b)."""
    data = digits().flatten()
    recipe = Recipe(epochs=effort.epochs, evaluate_every=effort.epochs)
    rows = []
    for degree in effort.degrees:
        for depth in effort.depths:
            for law in LAWS:
                for seed in effort.seeds:
                    network = to_module(deep(degree, depth, seed), init=law, rng=seed)
                    record = fit(network, data, recipe, seed=seed, device="cpu", progress=False)
                    key = {"density": degree / WIDTH, "depth": depth, "law": law, "seed": seed}
                    rows.append({**key, "test_accuracy": record.final_test_accuracy})
    return pd.DataFrame(rows)


def deep(degree: int, depth: int, seed: int) -> Architecture:
    """Return sparse layers of 256 neurons between two dense layers, from pixels and to classes."""
    b = Builder(f"{depth} sparse layers")
    last = b.linear(b.input(64), WIDTH, activation="tanh", name="first")
    for _ in range(depth):
        last = b.linear(last, WIDTH, activation="tanh")
    b.linear(last, 10, name="classifier")
    streams = iter(range(depth))

    def layer(inputs: int, _: int) -> Architecture:
        """Return random links; one layer of them joins few pairs, and need not join more."""
        return quietly(
            partial(biregular, inputs, degree, layers=1, rng=1000 * seed + next(streams))
        )

    return sparsify(b.build(), layer, keep=["first", "classifier"])
