from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from topograph.datasets import digits, synthetic
from topograph.errors import BudgetError, FormatError, ShapeError
from topograph.exporter import Population, population, to_module
from topograph.generators import dense_mlp
from topograph.training import Recipe, TrainingRecord, fit, fit_population
from topograph.training.record import CURVES

DATA = synthetic("rings", pieces=3, train=90, test=30)
RECIPE = Recipe(learning_rate=0.02, epochs=4, batch=20, schedule="cosine", warmup_epochs=1)
NETWORKS = [dense_mlp(4, 4, candidates=t, inputs=2, classes=2, rng=t) for t in (0, 2, 9)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep small products on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def together(seed: int = 0) -> Population:
    return population(NETWORKS, rng=seed)


def train(networks: Population, **options: object) -> list[TrainingRecord]:
    arguments: dict[str, object] = {"device": "cpu", "progress": False, "recipe": RECIPE}
    return fit_population(networks, DATA, **arguments | options)


def curves(record: TrainingRecord) -> np.ndarray:
    return np.array([getattr(record, name) for name in CURVES])


def all_curves(records: list[TrainingRecord]) -> list[list[tuple[float, ...]]]:
    return [[getattr(record, name) for name in CURVES] for record in records]


def equal_weights(first: Population, second: Population) -> bool:
    return all(map(torch.equal, first.parameters(), second.parameters()))


class InDouble(nn.Module):
    """A network that computes in double precision, whatever it is given."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.double()

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x.double())


@pytest.mark.parametrize(
    "recipe",
    [
        RECIPE,
        replace(RECIPE, optimiser="sgd", momentum=0.9, weight_decay=0.01, batch=89),
        replace(RECIPE, optimiser="adamw", weight_decay=0.1, evaluate_every=3),
    ],
    ids=["adam", "sgd", "adamw"],
)
def test_each_network_learns_as_it_does_by_itself(recipe: Recipe) -> None:
    side_by_side = together().double()
    alone = [InDouble(to_module(network)) for network in NETWORKS]
    for module, state in zip(alone, side_by_side.members(), strict=True):
        module.network.load_state_dict(state)
    records = train(side_by_side, recipe=recipe, seed=5)
    for member, module in enumerate(alone):
        expected = fit(module, DATA, recipe, seed=5, device="cpu", progress=False)
        np.testing.assert_allclose(curves(records[member]), curves(expected), rtol=1e-9)
        state = side_by_side.state_dict_of(member)
        for name, value in module.network.state_dict().items():
            torch.testing.assert_close(state[name], value, rtol=1e-8, atol=1e-10)


def test_records_say_what_was_trained() -> None:
    records = train(together(), seed=3)
    alone = fit(to_module(NETWORKS[0]), DATA, RECIPE, seed=3, device="cpu", progress=False)
    for network, record in zip(NETWORKS, records, strict=True):
        assert (record.name, record.digest) == (network.name, network.digest)
        assert (record.seed, record.recipe, record.diverged) == (3, RECIPE, False)
        for name in ("data", "data_digest", "device", "versions"):
            assert getattr(record, name) == getattr(alone, name)
        assert record.seconds == records[0].seconds > 0
        assert TrainingRecord.from_json(record.to_json()) == record


def test_digits_are_learnt() -> None:
    networks = [dense_mlp(8, 4, candidates=t, inputs=64, rng=t) for t in (0, 8)]
    recipe = Recipe(learning_rate=0.01, epochs=15)
    records = fit_population(
        population(networks, rng=0), digits().flatten(), recipe, device="cpu", progress=False
    )
    assert all(record.final_test_accuracy > 0.85 for record in records)


def test_a_seed_gives_the_same_bits_whatever_the_global_generators_hold() -> None:
    first, second, third = together(), together(), together()
    torch.manual_seed(1)
    one = train(first)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert all_curves(train(second)) == all_curves(one)
    assert torch.equal(torch.get_rng_state(), state)
    assert equal_weights(first, second)
    assert all_curves(train(third, seed=1)) != all_curves(one)


def test_the_company_of_others_does_not_matter() -> None:
    whole = together().double()
    few = population(NETWORKS[1:], rng=0).double()
    for member in (0, 1):
        few.load_member(member, whole.state_dict_of(member + 1))
    for record, expected in zip(train(few), train(whole)[1:], strict=True):
        np.testing.assert_allclose(curves(record), curves(expected), rtol=1e-9)


def spoilt(*members: int) -> Population:
    """Return a population in which some networks have weights beyond measure."""
    networks = together()
    for member in members:
        state = networks.state_dict_of(member)
        networks.load_member(member, {name: value * 1e25 for name, value in state.items()})
    return networks


def test_a_network_that_diverges_does_not_spoil_the_others() -> None:
    expected = train(together())
    records = train(spoilt(1))
    assert [record.diverged for record in records] == [False, True, False]
    assert len(records[1].epochs) == 1
    assert isnan(records[1].final_test_loss)
    assert isnan(records[1].final_test_accuracy)
    for member in (0, 2):
        assert curves(records[member]).tolist() == curves(expected[member]).tolist()


def test_a_network_that_diverged_stays_lost(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    with_file = train(spoilt(1), checkpoint=path, recipe=replace(RECIPE, evaluate_every=2))
    again = train(together(), checkpoint=path, recipe=replace(RECIPE, evaluate_every=2))
    assert again == with_file


def test_the_run_ends_when_all_have_diverged() -> None:
    records = train(spoilt(0, 1, 2))
    assert all(record.diverged and len(record.epochs) == 1 for record in records)


def test_weights_that_are_lost_in_the_last_step_are_noticed() -> None:
    recipe = Recipe(optimiser="sgd", learning_rate=1e38, epochs=1, batch=90)
    records = train(together(), recipe=recipe)
    assert all(record.diverged for record in records)
    assert not any(isnan(record.final_train_loss) for record in records)


def interrupted_after(passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the population interrupt at one of its passes."""
    left = [passes]

    def forward(self: Population, inputs: Tensor) -> Tensor:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return original(self, inputs)

    original = Population.forward
    monkeypatch.setattr(Population, "forward", forward)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
@pytest.mark.parametrize("passes", [3, 9, 22])
def test_an_interrupted_run_resumes_to_the_same_bits(
    optimiser: str, passes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(RECIPE, optimiser=optimiser, momentum=0.9 * (optimiser == "sgd"))
    path = tmp_path / "run.safetensors"
    whole = together()
    expected = train(whole, recipe=recipe)
    with monkeypatch.context() as patch:
        interrupted_after(passes, patch)
        with pytest.raises(KeyboardInterrupt):
            train(together(), recipe=recipe, checkpoint=path)
    assert os.listdir(tmp_path) == [path.name]
    # Other weights to begin with: all that matters comes from the checkpoint.
    resumed = together(seed=9)
    records = train(resumed, recipe=recipe, checkpoint=path)
    assert all_curves(records) == all_curves(expected)
    assert equal_weights(resumed, whole)
    assert train(together(), recipe=recipe, checkpoint=path) == records


def test_without_resume_a_run_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    path.write_text("no checkpoint")
    with pytest.raises(FormatError, match="resume=False"):
        train(together(), checkpoint=path)
    assert all_curves(train(together(), checkpoint=path, resume=False)) == all_curves(
        train(together())
    )


def test_checkpoints_of_other_runs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    train(together(), checkpoint=path)
    with pytest.raises(FormatError, match="Received another recipe"):
        train(together(), checkpoint=path, recipe=replace(RECIPE, epochs=5))
    with pytest.raises(FormatError, match="of other networks"):
        train(population(NETWORKS[::-1]), checkpoint=path)
    fit(nn.Linear(2, 2), DATA, RECIPE, device="cpu", progress=False, checkpoint=tmp_path / "one")
    with pytest.raises(FormatError, match="of other networks"):
        train(together(), checkpoint=tmp_path / "one")


def test_evaluation_follows_its_rhythm() -> None:
    recipe = replace(RECIPE, epochs=5, evaluate_every=2)
    for record in train(together(), recipe=recipe):
        assert [isnan(value) for value in record.test_loss] == [True, False, True, False, False]
        assert not record.diverged


def test_the_progress_bar_is_shown_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    train(together())
    assert capsys.readouterr() == ("", "")
    train(together(), progress=True)
    shown = capsys.readouterr().err
    assert "rings3, 3 networks" in shown
    assert "20/20" in shown


def test_networks_that_do_not_fit_the_data_are_refused() -> None:
    other = population([dense_mlp(4, 4, candidates=0, inputs=3, classes=2)], rng=0)
    with pytest.raises(ShapeError, match="Received a module that refuses them"):
        train(other)
    other = population([dense_mlp(4, 4, candidates=0, inputs=2, classes=3)], rng=0)
    with pytest.raises(ShapeError, match="classes=2"):
        train(other)


def test_arguments_of_another_kind_are_refused() -> None:
    with pytest.raises(TypeError, match="fit_population trains a Population"):
        fit_population(nn.Linear(2, 2), DATA, RECIPE)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="recipe"):
        fit_population(together(), DATA, {"epochs": 2})  # type: ignore[arg-type]
    with pytest.raises(BudgetError, match="seed"):
        train(together(), seed=-1)
