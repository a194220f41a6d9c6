from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from topograph.datasets import Dataset, digits, synthetic
from topograph.errors import BudgetError, FormatError, ShapeError
from topograph.training import Recipe, TrainingRecord, fit
from topograph.training.record import CURVES

DATA = synthetic("rings", pieces=3, train=90, test=30)
RECIPE = Recipe(learning_rate=0.02, epochs=4, batch=20, schedule="cosine", warmup_epochs=1)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep small products on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network(*, dropout: float = 0.3, seed: int = 0) -> nn.Module:
    """Build a network with everything that has a state of its own."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 2)
        )


def train(module: nn.Module, **options: object) -> TrainingRecord:
    arguments: dict[str, object] = {"device": "cpu", "progress": False, "recipe": RECIPE}
    return fit(module, DATA, **arguments | options)


def curves(record: TrainingRecord) -> list[tuple[float, ...]]:
    return [getattr(record, name) for name in CURVES]


def equal_weights(first: nn.Module, second: nn.Module) -> bool:
    others = second.state_dict()
    return all(torch.equal(value, others[name]) for name, value in first.state_dict().items())


class InterruptedAt(nn.Module):
    """Passes its input on, and interrupts at one of its forward passes."""

    def __init__(self, passes: int) -> None:
        super().__init__()
        self.left = passes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return x


def test_a_linear_model_learns_digits_as_logistic_regression_does() -> None:
    from sklearn.linear_model import LogisticRegression

    data = digits().flatten()
    peer = LogisticRegression(max_iter=500).fit(data.train_inputs, data.train_targets)
    expected = peer.score(data.test_inputs, data.test_targets)
    torch.manual_seed(0)
    module = nn.Linear(64, 10)
    recipe = Recipe(learning_rate=0.02, epochs=30, schedule="cosine")
    record = fit(module, data, recipe, device="cpu", progress=False)
    assert record.final_test_accuracy == pytest.approx(expected, abs=0.02)
    assert record.final_train_accuracy > 0.97


def test_the_curves_are_those_of_a_loop_written_by_hand() -> None:
    module, twin = network(dropout=0.0), network(dropout=0.0)
    recipe = Recipe(optimiser="sgd", learning_rate=0.1, epochs=2, batch=20)
    record = train(module, recipe=recipe, seed=3)

    inputs, targets = torch.tensor(DATA.train_inputs), torch.tensor(DATA.train_targets)
    order_seed = int(np.random.SeedSequence(3).generate_state(2, np.uint64)[0])
    generator = torch.Generator().manual_seed(order_seed)
    optimiser = torch.optim.SGD(twin.parameters(), lr=0.1)
    for epoch in range(2):
        loss_sum, hits = 0.0, 0
        twin.train()
        for rows in torch.randperm(90, generator=generator).split(20):
            outputs = twin(inputs[rows])
            loss = nn.functional.cross_entropy(outputs, targets[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss_sum += loss.item() * len(rows)
            hits += (outputs.argmax(1) == targets[rows]).sum().item()
        twin.eval()
        outputs = twin(torch.tensor(DATA.test_inputs))
        expected = nn.functional.cross_entropy(outputs, torch.tensor(DATA.test_targets)).item()
        assert record.train_loss[epoch] == pytest.approx(loss_sum / 90, rel=1e-5)
        assert record.train_accuracy[epoch] == hits / 90
        assert record.test_loss[epoch] == pytest.approx(expected, rel=1e-5)


def test_a_seed_gives_the_same_bits_whatever_the_global_generators_hold() -> None:
    first, second = network(), network()
    torch.manual_seed(1)
    one = train(first)
    torch.manual_seed(2)
    other = train(second)
    assert curves(one) == curves(other)
    assert equal_weights(first, second)
    third = network()
    assert curves(train(third, seed=1)) != curves(one)
    assert not equal_weights(first, third)


def test_global_generators_are_left_as_they_were() -> None:
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    train(network())
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_seed_is_the_first_of_the_recipe_unless_given() -> None:
    recipe = replace(RECIPE, epochs=2, seeds=(7, 8))
    assert train(network(), recipe=recipe).seed == 7
    assert train(network(), recipe=recipe, seed=8).seed == 8


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("passes", [3, 10, 16, 25])
def test_an_interrupted_run_resumes_to_the_same_bits(
    optimiser: str, passes: int, tmp_path: Path
) -> None:
    momentum = 0.9 if optimiser == "sgd" else 0.0
    recipe = replace(RECIPE, optimiser=optimiser, momentum=momentum, weight_decay=0.01)
    path = tmp_path / "run.safetensors"
    whole = nn.Sequential(network(), nn.Identity())
    expected = train(whole, recipe=recipe)

    with pytest.raises(KeyboardInterrupt):
        train(nn.Sequential(network(), InterruptedAt(passes)), recipe=recipe, checkpoint=path)
    assert os.listdir(tmp_path) == [path.name]

    # Other weights to begin with: all that matters comes from the checkpoint.
    resumed = nn.Sequential(network(seed=9), nn.Identity())
    record = train(resumed, recipe=recipe, checkpoint=path)
    assert curves(record) == curves(expected)
    assert equal_weights(resumed, whole)
    assert os.listdir(tmp_path) == [path.name]


def test_a_finished_run_returns_its_record_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    module = nn.Sequential(network(), nn.Identity())
    record = train(module, checkpoint=path)
    # With the first pass two samples are tried; the second one would belong to training.
    again = nn.Sequential(network(seed=5), InterruptedAt(2))
    assert train(again, checkpoint=path) == record
    assert equal_weights(module, again)
    assert not again.training


def test_without_resume_a_run_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    path.write_text("no checkpoint")
    with pytest.raises(FormatError, match="resume=False"):
        train(network(), checkpoint=path)
    record = train(network(), checkpoint=path, resume=False)
    assert curves(record) == curves(train(network()))
    assert curves(train(network(seed=1), checkpoint=path)) == curves(record)


def test_the_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    train(network(), checkpoint=path)
    with pytest.raises(FormatError, match="another recipe"):
        train(network(), checkpoint=path, recipe=replace(RECIPE, epochs=5))


def test_evaluation_follows_its_rhythm_and_always_ends_the_run() -> None:
    record = train(network(), recipe=replace(RECIPE, epochs=5, evaluate_every=2))
    assert [isnan(value) for value in record.test_loss] == [True, False, True, False, False]
    assert not any(isnan(value) for value in record.train_loss)
    # Evaluating less often changes nothing but what is noted.
    full = train(network(), recipe=replace(RECIPE, epochs=5))
    assert record.train_loss == full.train_loss
    assert record.final_test_loss == full.final_test_loss


@pytest.mark.parametrize("rate", [1e10, 1e30])
def test_divergence_is_recorded(rate: float, tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(2, 8), nn.Linear(8, 8), nn.Linear(8, 2))
    recipe = Recipe(optimiser="sgd", learning_rate=rate, epochs=9, batch=10)
    path = tmp_path / "run.safetensors"
    record = train(module, recipe=recipe, checkpoint=path)
    assert record.diverged
    assert len(record.epochs) < 9
    assert isnan(record.final_test_loss)
    assert isnan(record.final_test_accuracy)
    assert train(module, recipe=recipe, checkpoint=path) == record


def test_weights_that_are_lost_in_the_last_step_are_noticed() -> None:
    # One step only: its loss is finite, the weights after it are not.
    recipe = Recipe(optimiser="sgd", learning_rate=1e38, epochs=1, batch=90)
    record = train(nn.Sequential(nn.Linear(2, 8), nn.Linear(8, 2)), recipe=recipe)
    assert not isnan(record.final_train_loss)
    assert record.diverged
    assert isnan(record.final_test_accuracy)


def test_the_progress_bar_is_shown_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    train(network())
    assert capsys.readouterr() == ("", "")
    train(network(), progress=True)
    assert "rings3" in (shown := capsys.readouterr().err)
    assert "20/20" in shown


def test_the_module_is_left_in_evaluation_mode_with_the_seconds_noted() -> None:
    module = network()
    assert train(module).seconds > 0
    assert not module.training


def test_batch_normalisation_survives_a_sample_left_over() -> None:
    record = fit(network(), DATA.subset(train=41, rng=0), RECIPE, device="cpu", progress=False)
    assert len(record.epochs) == 4


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((DATA, DATA, RECIPE), TypeError, "Received a Dataset as module"),
        ((network(), DATA.train_inputs, RECIPE), TypeError, "Received a ndarray as data"),
        ((network(), DATA, {"epochs": 3}), TypeError, "Received a dict as recipe"),
        ((network(), digits(), RECIPE), ShapeError, "flatten"),
        ((nn.Linear(2, 3), DATA, RECIPE), ShapeError, "classes=2"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    arguments: tuple[nn.Module, Dataset, Recipe], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        fit(*arguments, device="cpu", progress=False)


@pytest.mark.parametrize("options", [{"seed": -1}, {"seed": 0.5}, {"device": "quantum"}])
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BudgetError):
        train(network(), **options)


@pytest.mark.gpu
def test_a_gpu_gives_the_same_bits_twice_and_resumes(tmp_path: Path) -> None:
    first, second = network().cuda(), network().cuda()
    assert curves(train(first, device="cuda")) == curves(train(second, device="cuda"))
    assert equal_weights(first, second)
    path = tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(nn.Sequential(network(), InterruptedAt(16)), device="cuda", checkpoint=path)
    resumed = nn.Sequential(network(seed=9), nn.Identity())
    train(resumed, device="cuda", checkpoint=path)
    assert equal_weights(resumed[0], first)
