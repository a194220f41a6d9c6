"""The training loop of many networks at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import nan
from pathlib import Path
from time import perf_counter
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from topograph._checks import whole
from topograph.datasets import Dataset
from topograph.errors import BudgetError
from topograph.exporter.population import Population
from topograph.training.batches import check_arguments, cut_batches
from topograph.training.checkpoint import read_checkpoint, write_checkpoint
from topograph.training.device import choose_device, deterministic, private_randomness
from topograph.training.evaluation import Samples
from topograph.training.population_run import PopulationRun
from topograph.training.recipe import Recipe
from topograph.training.record import TrainingRecord
from topograph.training.schedules import learning_rates

__all__ = ["fit_population"]


def fit_population(
    population: Population,
    data: Dataset,
    recipe: Recipe,
    *,
    seed: int | None = None,
    device: str | torch.device = "auto",
    progress: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = True,
) -> list[TrainingRecord]:
    """Train many networks at once to classify a data set, in place.

    Each network learns as it would by `fit` with this seed: the same recipe, the same samples in
    the same order, its own loss.

    Parameters
    ----------
    population : Population
        Networks as `topograph.exporter.population` puts them together. They start from the weights
        that they have, and are left on the device.
    data : Dataset
        What to learn; its samples are vectors.
    recipe : Recipe
        How to learn.
    seed : int or None
        Seeds the order of the samples; None takes the first seed of the recipe.
    device : str or torch.device
        "auto" is a CUDA device where there is one, else the CPU.
    progress : bool
        Show a progress bar, with mean loss and mean test accuracy of the networks.
    checkpoint : path or None
        A file, by custom ``*.safetensors``, written before the first epoch and after every
        evaluation. An interrupted run leaves the last one behind.
    resume : bool
        Take up the run of the checkpoint file if it exists. False begins anew and overwrites it.

    Returns
    -------
    list of TrainingRecord
        One for each network, in order. The record of a network whose loss is no longer finite ends
        with that epoch and says ``diverged=True``; the others go on.

    Raises
    ------
    ShapeError
        If the networks do not fit the data.
    BudgetError
        If the device cannot be used, or the seed is refused.
    FormatError
        If the checkpoint is damaged or belongs to another run.

    Notes
    -----
    All networks read the same batches, which is what makes them fast together. For another order
    of the samples, train another population with another seed.

    Weights agree with those of `fit` up to rounding. Where a network has diverged, they go on
    moving until the others are done, and mean nothing. The seconds of a record are the equal share
    of the network in the time of all.

    Examples
    --------
    >>> from topograph.datasets import synthetic
    >>> from topograph.exporter import population
    >>> from topograph.generators import dense_mlp
    >>> rings = synthetic("rings", pieces=2, train=200, test=100)
    >>> networks = [dense_mlp(8, 4, candidates=t, inputs=2, classes=2, rng=0) for t in (4, 8)]
    >>> recipe = Recipe(learning_rate=0.02, epochs=20, batch=20)
    >>> together = population(networks, rng=(0, 1))
    >>> records = fit_population(together, rings, recipe, device="cpu", progress=False)
    >>> [record.final_train_loss < record.train_loss[0] for record in records]
    [True, True]
    """
    if not isinstance(population, Population):
        raise TypeError(
            "fit_population trains a Population, which holds many networks. "
            f"Received a {type(population).__name__}. "
            "Make one by topograph.exporter.population, or train a single module by fit."
        )
    check_arguments(population, data, recipe)
    because = "it seeds the order of the samples"
    seed = (
        recipe.seeds[0] if seed is None else whole("seed", seed, error=BudgetError, because=because)
    )
    place = choose_device(device)
    order_seed, noise_seed = np.random.SeedSequence(seed).generate_state(2, np.uint64).tolist()
    with deterministic(place), private_randomness(place, noise_seed):
        run = PopulationRun(
            population, data, recipe=recipe, seed=seed, order_seed=order_seed, device=place
        )
        path = None if checkpoint is None else Path(checkpoint)
        if path is not None and resume and path.exists():
            run.restore(read_checkpoint(path))
        _train(run, path=path, progress=progress)
    population.eval()
    return run.records()


def _train(run: PopulationRun, *, path: Path | None, progress: bool) -> None:
    """Train the epochs that are left, with a checkpoint after each evaluation."""
    joint = run.joint
    steps = len(cut_batches(torch.arange(len(joint.train)), joint.recipe.batch))
    rates = learning_rates(joint.recipe, steps).tolist()
    if path is not None and joint.epoch == 0:
        write_checkpoint(path, run.snapshot())
    with tqdm(
        desc=f"{joint.data.name}, {len(run.population)} networks",
        total=joint.recipe.epochs * steps,
        initial=joint.epoch * steps,
        unit="step",
        disable=not progress,
    ) as bar:
        while not joint.is_over:
            is_evaluated = _epoch(run, rates[joint.epoch], bar)
            if path is not None and is_evaluated:
                write_checkpoint(path, run.snapshot())


def _epoch(run: PopulationRun, rates: Sequence[float], bar: tqdm[NoReturn]) -> bool:
    """Train one epoch, evaluate if its turn has come, and note the curves."""
    start = perf_counter()
    train = _pass(run, rates, bar)
    due = run.is_due(run.joint.epoch + 1)
    run.note(train, run.evaluate() if due else torch.full_like(train, nan))
    run.joint.seconds += perf_counter() - start
    loss, _, _, accuracy = (curve[-1] for curve in run.joint.curves.values())
    bar.set_postfix(epoch=run.joint.epoch, loss=f"{loss:.4f}", test=f"{accuracy:.4f}")
    return due or run.joint.diverged


def _pass(run: PopulationRun, rates: Sequence[float], bar: tqdm[NoReturn]) -> Tensor:
    """Take one step per batch; return loss and accuracy by network, while the weights move."""
    joint = run.joint
    inputs, targets = joint.train.inputs, joint.train.targets
    (group,) = joint.optimiser.param_groups
    order = torch.randperm(len(joint.train), generator=joint.order).to(joint.device)
    scores = []
    for rows, rate in zip(cut_batches(order, joint.recipe.batch), rates, strict=True):
        group["lr"] = rate
        batch = Samples(inputs.index_select(0, rows), targets.index_select(0, rows))
        losses, hits = run.score(batch)
        for parameter in joint.parameters:
            parameter.grad = None
        # Networks share no weights, so the gradient of the sum is that of each loss.
        torch.autograd.backward(losses.sum() / len(rows))
        joint.optimiser.step()
        scores.append(torch.stack([losses.detach(), hits]))
        bar.update()
    return torch.stack(scores).double().sum(dim=0).cpu() / len(order)
