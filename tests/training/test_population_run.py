from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from topograph.datasets import synthetic
from topograph.exporter import population
from topograph.generators import dense_mlp
from topograph.training import Recipe
from topograph.training.population_run import MeanOutput, PopulationRun

DATA = synthetic("rings", pieces=2, train=40, test=30)
NETWORKS = [dense_mlp(3, 3, candidates=t, inputs=2, classes=2, rng=t) for t in (0, 2, 4)]


def run(**changes: object) -> PopulationRun:
    recipe = Recipe(epochs=4, batch=20, **changes)  # type: ignore[arg-type]
    return PopulationRun(
        population(NETWORKS, rng=0),
        DATA,
        recipe=recipe,
        seed=0,
        order_seed=0,
        device=torch.device("cpu"),
    )


def test_scores_are_cross_entropies_and_hits_of_each_network() -> None:
    one = run()
    losses, hits = one.score(one.joint.test)
    targets = one.joint.test.targets
    for member, outputs in enumerate(one.population(one.joint.test.inputs)):
        expected = cross_entropy(outputs, targets, reduction="sum")
        torch.testing.assert_close(losses[member], expected)
        assert hits[member] == (outputs.argmax(dim=1) == targets).sum()


def test_evaluation_is_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    one = run()
    whole = one.evaluate()
    monkeypatch.setattr("topograph.training.population_run.NUMBERS_AT_ONCE", 14)
    torch.testing.assert_close(one.evaluate(), whole)
    assert whole.shape == (2, 3)


def test_the_mean_output_is_the_mean_of_the_outputs() -> None:
    networks = population(NETWORKS, rng=0).double()
    inputs = torch.rand(5, 2)
    outputs = MeanOutput(networks)(inputs)
    torch.testing.assert_close(outputs, networks(inputs.double()).sum(dim=0) / 3)


def note(one: PopulationRun, *epochs: tuple[list[float], list[float]]) -> None:
    """Note epochs by their losses in training and test; accuracies are a half."""
    for train, test in epochs:
        half = torch.full((3,), 0.5, dtype=torch.float64)
        parts = (torch.tensor(losses, dtype=torch.float64) for losses in (train, test))
        one.note(*(torch.stack([losses, half]) for losses in parts))


def test_records_end_with_the_first_loss_that_is_not_finite() -> None:
    one = run()
    note(one, ([3, inf, 3], [2, 2, 2]), ([3, 3, 3], [2, 2, nan]), ([3, nan, 3], [2, 2, 2]))
    assert one.lost_at().tolist() == [0, 1, 2]
    first, second, third = one.records()
    assert not first.diverged
    assert first.test_loss == (2, 2, 2)
    assert second.diverged
    np.testing.assert_equal(second.test_accuracy, (nan,))
    np.testing.assert_equal(second.train_loss, (nan,))
    assert third.diverged
    assert third.train_loss == (3, 3)
    np.testing.assert_equal(third.test_loss, (2, nan))
    assert not one.joint.diverged


def test_epochs_without_evaluation_lose_nobody() -> None:
    one = run(evaluate_every=2)
    note(one, ([3, 3, 3], [nan] * 3), ([3, 3, 3], [2, 2, inf]), ([3, 3, 3], [nan] * 3))
    assert one.lost_at().tolist() == [0, 0, 2]


def test_the_joint_curves_are_means_of_those_that_are_left() -> None:
    one = run()
    note(one, ([1, 3, 5], [2, 4, 6]), ([2, inf, 4], [1, 1, 3]))
    assert one.joint.curves["train_loss"] == [3, 3]
    assert one.joint.curves["test_loss"] == [4, 2]
    note(one, ([nan] * 3, [nan] * 3))
    assert one.joint.diverged
    assert one.joint.is_over


def test_nothing_is_recorded_before_the_first_epoch() -> None:
    assert [record.epochs for record in run().records()] == [(), (), ()]


def test_a_snapshot_holds_the_curves_of_each_network() -> None:
    one, other = run(), run()
    note(one, ([1, 3, 5], [2, 4, 6]))
    other.restore(one.snapshot())
    assert torch.equal(other.curves, one.curves)
    assert other.joint.epoch == 1
    assert other.records() == one.records()
