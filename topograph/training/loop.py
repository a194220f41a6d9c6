"""The training loop."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import isfinite, nan
from pathlib import Path
from time import perf_counter
from typing import NoReturn

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from topograph._checks import whole
from topograph.datasets import Dataset
from topograph.errors import BudgetError
from topograph.training.batches import check_arguments, cut_batches
from topograph.training.checkpoint import read_checkpoint, write_checkpoint
from topograph.training.device import choose_device, deterministic, private_randomness
from topograph.training.evaluation import evaluate
from topograph.training.recipe import Recipe
from topograph.training.record import TrainingRecord
from topograph.training.run import Run
from topograph.training.schedules import learning_rates

__all__ = ["fit"]


def fit(
    module: nn.Module,
    data: Dataset,
    recipe: Recipe,
    *,
    seed: int | None = None,
    device: str | torch.device = "auto",
    progress: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = True,
) -> TrainingRecord:
    """Train a module to classify a data set, in place.

    The loss is the mean cross-entropy of each batch. All samples lie on the device and are
    shuffled anew for each epoch.

    Parameters
    ----------
    module : torch.nn.Module
        Reads batches of the data's shape and gives one output (logit) per class. It starts from
        the weights it has, and is left on the device in evaluation mode, without
        gradients.
    data : Dataset
        What to learn.
    recipe : Recipe
        How to learn.
    seed : int or None
        Seeds the order of the samples and random layers such as dropout; None takes the first
        seed of the recipe.
    device : str or torch.device
        "auto" is a CUDA device where there is one, else the CPU.
    progress : bool
        Show a progress bar.
    checkpoint : path or None
        A file, by custom ``*.safetensors``, written before the first epoch and after every
        evaluation. An interrupted run leaves the last one behind.
    resume : bool
        Take up the run of the checkpoint file if it exists; a finished one returns its record at
        once. False begins anew and overwrites the file.

    Returns
    -------
    TrainingRecord
        Curves, final figures and conditions. A loss that is no longer finite ends the run with
        ``diverged=True``.

    Raises
    ------
    ShapeError
        If the module does not fit the data.
    ArchitectureError
        If the module has no trainable parameter.
    BudgetError
        If the device cannot be used, or the seed is refused.
    FormatError
        If the checkpoint is damaged or belongs to another run.

    Notes
    -----
    The same weights, data, recipe, seed, device and number of threads give the same bits, also
    when the run is interrupted and resumed. Random numbers come from generators of the run's own:
    torch's default generators are found afterwards as they were before. Torch is asked for
    deterministic algorithms; where it has none, it says so in a warning.

    The last batch of an epoch is smaller if the samples do not divide evenly. A single sample left
    over joins the batch before it, since batch normalisation has no variance to divide by.

    Examples
    --------
    >>> from torch import nn
    >>> from topograph.datasets import synthetic
    >>> line = synthetic("segments", pieces=2, train=200, test=100)
    >>> recipe = Recipe(learning_rate=0.5, epochs=3, batch=20)
    >>> record = fit(nn.Linear(2, 2), line, recipe, device="cpu", progress=False)
    >>> len(record.test_accuracy), record.final_test_accuracy > 0.9
    (3, True)
    """
    check_arguments(module, data, recipe)
    because = "it seeds the generators of the run"
    seed = (
        recipe.seeds[0] if seed is None else whole("seed", seed, error=BudgetError, because=because)
    )
    place = choose_device(device)
    order_seed, noise_seed = np.random.SeedSequence(seed).generate_state(2, np.uint64).tolist()
    with deterministic(place), private_randomness(place, noise_seed):
        run = Run(module, data, recipe=recipe, seed=seed, order_seed=order_seed, device=place)
        path = None if checkpoint is None else Path(checkpoint)
        if path is not None and resume and path.exists():
            run.restore(read_checkpoint(path))
        _train(run, path=path, progress=progress)
    module.eval().zero_grad()
    return run.record()


def _train(run: Run, *, path: Path | None, progress: bool) -> None:
    """Train the epochs that are left, with a checkpoint after each evaluation."""
    steps = len(cut_batches(torch.arange(len(run.train)), run.recipe.batch))
    rates = learning_rates(run.recipe, steps).tolist()
    if path is not None and run.epoch == 0:
        write_checkpoint(path, run.snapshot())
    with tqdm(
        desc=run.data.name,
        total=run.recipe.epochs * steps,
        initial=run.epoch * steps,
        unit="step",
        disable=not progress,
    ) as bar:
        while not run.is_over:
            is_evaluated = _epoch(run, rates[run.epoch], bar)
            if path is not None and is_evaluated:
                write_checkpoint(path, run.snapshot())


def _epoch(run: Run, rates: Sequence[float], bar: tqdm[NoReturn]) -> bool:
    """Train one epoch, evaluate if its turn has come, and note the curves."""
    start = perf_counter()
    train_loss, train_accuracy = _pass(run, rates, bar)
    number = run.epoch + 1
    due = number % run.recipe.evaluate_every == 0 or number == run.recipe.epochs
    test = evaluate(run.module, run.test) if due else (nan, nan)
    if not isfinite(train_loss) or (due and not isfinite(test[0])):
        run.diverged, test = True, (nan, nan)
    for curve, value in zip(run.curves.values(), (train_loss, train_accuracy, *test), strict=True):
        curve.append(value)
    run.seconds += perf_counter() - start
    bar.set_postfix(epoch=number, loss=f"{train_loss:.4f}", test=f"{test[1]:.4f}")
    return due or run.diverged


def _pass(run: Run, rates: Sequence[float], bar: tqdm[NoReturn]) -> tuple[float, float]:
    """Take one step per batch; return mean loss and accuracy, measured while the weights move."""
    module, optimiser, parameters = run.module.train(), run.optimiser, run.parameters
    inputs, targets = run.train.inputs, run.train.targets
    (group,) = optimiser.param_groups
    order = torch.randperm(len(run.train), generator=run.order).to(run.device)
    batches = cut_batches(order, run.recipe.batch)
    losses, outputs = [], []
    for rows, rate in zip(batches, rates, strict=True):
        group["lr"] = rate
        logits = module(inputs.index_select(0, rows))
        loss = cross_entropy(logits, targets.index_select(0, rows))
        for parameter in parameters:
            parameter.grad = None
        torch.autograd.backward(loss)
        optimiser.step()
        # Kept on the device: reading them here would make each step wait for it.
        losses.append(loss.detach())
        outputs.append(logits.detach())
        bar.update()
    shares = torch.tensor([len(rows) for rows in batches], dtype=torch.float64) / len(order)
    hits = torch.cat(outputs).argmax(dim=1) == targets.index_select(0, order)
    mean_loss = torch.stack(losses).double().cpu() @ shares
    return mean_loss.item(), hits.double().mean().item()
