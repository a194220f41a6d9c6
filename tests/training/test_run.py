from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from topograph.datasets import Dataset, synthetic
from topograph.errors import ArchitectureError, FormatError
from topograph.exporter import to_module
from topograph.graph import Architecture, Builder
from topograph.training import Recipe
from topograph.training.checkpoint import Checkpoint
from topograph.training.run import Run

CPU = torch.device("cpu")
DATA = synthetic("segments", pieces=4, train=40, test=12)
RECIPE = Recipe(epochs=3, batch=10)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


def run(
    module: nn.Module | None = None,
    data: Dataset = DATA,
    *,
    recipe: Recipe = RECIPE,
    seed: int = 0,
    order_seed: int = 5,
) -> Run:
    return Run(
        network() if module is None else module,
        data,
        recipe=recipe,
        seed=seed,
        order_seed=order_seed,
        device=CPU,
    )


def advance(run: Run) -> None:
    """Take one step and note an epoch."""
    run.module.train()
    run.module(run.train.inputs).square().sum().backward()
    run.optimiser.step()
    for curve in run.curves.values():
        curve.append(0.5)


def architecture() -> Architecture:
    builder = Builder("tiny")
    builder.linear(builder.input(2, name="x"), 2, name="y")
    return builder.build()


def test_a_new_run_has_done_nothing() -> None:
    fresh = run()
    assert (fresh.epoch, fresh.is_over, fresh.seconds) == (0, False, 0.0)
    assert fresh.record().epochs == ()


def test_a_run_is_over_at_its_last_epoch_or_when_it_diverged() -> None:
    going = run()
    advance(going)
    assert not going.is_over
    going.diverged = True
    assert going.is_over
    last = run(recipe=replace(RECIPE, epochs=1))
    advance(last)
    assert last.is_over


def test_the_record_names_data_conditions_and_architecture() -> None:
    record = run(to_module(architecture(), rng=0)).record()
    assert (record.name, record.digest) == ("tiny", architecture().digest)
    assert (record.data, record.data_digest) == ("segments4", DATA.digest)
    assert record.versions.keys() == {"python", "torch", "topograph", "numpy"}
    assert record.versions["torch"] == torch.__version__
    assert record.device.startswith("cpu")
    assert run().record().digest == ""


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_restored_run_has_the_state_of_the_one_that_was_left(
    optimiser: str, momentum: float
) -> None:
    if optimiser != "sgd":
        momentum = 0.0
    recipe = replace(RECIPE, optimiser=optimiser, momentum=momentum)
    left = run(recipe=recipe)
    advance(left)
    torch.randperm(9, generator=left.order)
    taken_up = run(nn.Sequential(*network()), recipe=recipe, order_seed=99)
    taken_up.restore(left.snapshot())
    before, after = left.snapshot(), taken_up.snapshot()
    assert before.tensors.keys() == after.tensors.keys()
    for name, tensor in before.tensors.items():
        assert torch.equal(after.tensors[name], tensor), name
    assert after.record == before.record


def test_the_generator_of_torch_is_restored_too() -> None:
    left = run()
    saved = left.snapshot()
    drawn = torch.rand(3)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        run().restore(saved)
        assert torch.equal(torch.rand(3), drawn)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: run(seed=1), "another seed: 0 instead of 1"),
        (lambda: run(recipe=replace(RECIPE, batch=5)), "another recipe"),
        (lambda: run(data=DATA.subset(train=20, rng=0)), "another data digest"),
        (lambda: run(nn.Linear(2, 2)), "state of another one"),
        (lambda: run(nn.Sequential(*network(), nn.Linear(2, 2))), "state of another one"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(other: Callable[[], Run], words: str) -> None:
    left = run()
    advance(left)
    with pytest.raises(FormatError, match=words):
        other().restore(left.snapshot())


def test_the_checkpoint_of_another_architecture_is_refused() -> None:
    saved = run(to_module(architecture(), rng=0)).snapshot()
    with pytest.raises(FormatError, match="another digest"):
        run(nn.Linear(2, 2)).restore(saved)


@pytest.mark.parametrize(
    "change",
    [
        {"random/order": None},
        {"random/cpu": torch.zeros(3, dtype=torch.uint8)},
        {"optimiser/0/exp_avg": torch.zeros(5)},
        {"optimiser/99/exp_avg": torch.zeros(5)},
        {"optimiser/first/exp_avg": torch.zeros(5)},
        {"optimiser/0": torch.zeros(5)},
    ],
)
def test_a_crafted_checkpoint_is_refused(change: dict[str, torch.Tensor | None]) -> None:
    left = run()
    advance(left)
    saved = left.snapshot()
    tensors = {name: value for name, value in (saved.tensors | change).items() if value is not None}
    with pytest.raises(FormatError, match="state of another one"):
        run().restore(Checkpoint(tensors, saved.record))


def test_frozen_parameters_are_left_out() -> None:
    module = network()
    module[0].requires_grad_(False)
    assert len(run(module).parameters) == 4


def test_a_module_without_trainable_parameters_is_refused() -> None:
    with pytest.raises(ArchitectureError, match="unfreeze one"):
        run(network().requires_grad_(False))


def test_the_arrays_of_the_data_set_are_not_shared() -> None:
    fresh = run()
    fresh.train.inputs.zero_()
    assert np.any(DATA.train_inputs)
