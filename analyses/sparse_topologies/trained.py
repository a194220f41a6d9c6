"""What is trained: errors of reconstruction by topology, and deep sparse networks on digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import pandas as pd
from networks import BY_SIZE, SMALL, N, bottleneck, by_degree, quietly

from topograph import Architecture, to_module
from topograph.analyzers import controllability, degrees_of_freedom
from topograph.datasets import Dataset, load
from topograph.generators.cascades import biregular, hypercube, sparsify, torus
from topograph.graph import Builder
from topograph.search import Reconstruction, count_ratios, random_targets, reconstruct
from topograph.training import Recipe, fit

WIDTH = 256
LAWS = ("sparse_xavier_uniform", "dense_xavier_uniform")


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is trained; the defaults take some half an hour of one core."""

    targets: int = 5
    starts: int = 2
    steps: int = 8000
    ratio_steps: int = 4000
    epochs: int = 10
    mnist_epochs: int = 1
    seeds: tuple[int, ...] = (0, 1)
    degrees: tuple[int, ...] = (64, 16, 4)
    depths: tuple[int, ...] = (2, 10, 20)


SMOKE = Effort(
    targets=2, starts=1, steps=2, ratio_steps=2, epochs=1, seeds=(0,), degrees=(4,), depths=(2,)
)


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
        cascade,
        targets,
        seeds=effort.starts,
        steps=effort.steps,
        progress=False,
        device="cpu",
        rng=1,
    )
    parts = ("links", "trainable", "mean", "std")
    sizes = {"layers": len(cascade.edges)}
    return {**sizes, **{part: getattr(found, part) for part in parts}}


def ratios(effort: Effort) -> pd.DataFrame:
    """Ratios that small cascades set, counted by training and exactly (Appendix A)."""
    rows = []
    for name, make in {"Fig. 7": partial(bottleneck, 2), **SMALL}.items():
        cascade = quietly(make, skip=True)
        outputs, inputs = cascade.nodes[-1].width, cascade.nodes[0].width
        targets = random_targets(effort.targets, (outputs, inputs), rng=0)
        found = count_ratios(
            cascade, targets, steps=effort.ratio_steps, progress=False, device="cpu", rng=1
        )
        # Without constant links the same matrices: a diagonal gives back what these take.
        free = degrees_of_freedom(cascade, trainable_only=False, rng=0)
        rows.append(
            {
                "network": name,
                "trainable": found.trainable,
                "exact": free - outputs,
                "mean": found.mean,
                "most": found.most,
            }
        )
    return pd.DataFrame(rows)


def initialisation(effort: Effort) -> pd.DataFrame:
    """Accuracies of deep sparse networks on digits, by the law of their weights (Fig. 2b)."""
    return _accuracies(load("digits").flatten(), effort, effort.epochs)


def initialisation_mnist(effort: Effort) -> pd.DataFrame:
    """The same on MNIST, whose folder TOPOGRAPH_DATA names."""
    return _accuracies(load("mnist").flatten(), effort, effort.mnist_epochs)


def _accuracies(data: Dataset, effort: Effort, epochs: int) -> pd.DataFrame:
    """Train by both laws at all densities and depths."""
    recipe = Recipe(epochs=epochs, evaluate_every=epochs)
    rows = []
    for degree, depth in product(effort.degrees, effort.depths):
        for law, seed in product(LAWS, effort.seeds):
            architecture = deep(degree, depth, seed, pixels=data.train_inputs.shape[1])
            network = to_module(architecture, init=law, rng=seed)
            record = fit(network, data, recipe, seed=seed, device="cpu", progress=False)
            key = {"density": degree / WIDTH, "depth": depth, "law": law, "seed": seed}
            rows.append({**key, "test_accuracy": record.final_test_accuracy})
    return pd.DataFrame(rows)


def deep(degree: int, depth: int, seed: int, *, pixels: int) -> Architecture:
    """Return sparse layers of 256 neurons between two dense layers, from pixels and to classes."""
    b = Builder(f"{depth} sparse layers")
    last = b.linear(b.input(pixels), WIDTH, activation="tanh", name="first")
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
