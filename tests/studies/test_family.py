from functools import partial
from math import log

import numpy as np
import pandas as pd
import pytest

import topograph as tg
from topograph.errors import FormatError, TopographError
from topograph.rng import streams
from topograph.studies import FamilyStudy, Plan
from topograph.studies import family as module
from topograph.studies.family import train_group
from topograph.training import Recipe, fit

RECIPE = {
    "generator": "dense_mlp",
    "data": "digits",
    "measures": ["nn_mass", "parameters"],
    "network": {"width": 4},
    "training": {"epochs": 1, "batch": 200},
    "relations": {"nn_mass": "log", "candidates": ["linear", "log"]},
}


def study(repeats=2, **recipe):
    grid = {"depth": [4, 5], "candidates": [0, 1, 3]}
    return FamilyStudy(Plan("small", grid=grid, recipe={**RECIPE, **recipe}, repeats=repeats))


def made_up(plan):
    """A table of trials whose accuracy is a known function of mass, with repeats about it."""
    rows = [
        {
            "depth": trial.design["depth"],
            "candidates": trial.design["candidates"],
            "repeat": trial.repeat,
            "nn_mass": 2.0 * trial.design["candidates"] + trial.design["depth"] / 100,
            "test_accuracy": 0.5
            + 0.1 * log(2.0 * trial.design["candidates"] + trial.design["depth"] / 100)
            + (0.01 if trial.repeat else -0.01),
            "seconds": 1.0,
        }
        for trial in plan.trials()
    ]
    return pd.DataFrame(rows)


def test_means_are_taken_over_the_repeats_of_a_design():
    family = study()
    means = family.means(made_up(family.plan))
    assert len(means) == 6
    expected = 0.5 + 0.1 * np.log(means["nn_mass"])
    np.testing.assert_allclose(means["test_accuracy"], expected, rtol=1e-12)
    np.testing.assert_allclose(means["test_accuracy_std"], 0.01 * np.sqrt(2))


def test_relations_find_the_line_that_was_put_in():
    family = study()
    found = family.relation(made_up(family.plan), "nn_mass", scale="log")
    assert (found.slope, found.intercept) == pytest.approx((0.1, 0.5))
    assert found.r_squared == pytest.approx(1)


def test_relations_are_compared_on_designs_where_all_are_defined():
    family = study()
    table = made_up(family.plan)
    found = family.relations(table).set_index("measure")
    assert found.index.tolist() == ["log nn_mass", "candidates", "log candidates"]
    assert found["designs"].tolist() == [4, 4, 4]
    assert found["designs_all"].tolist() == [6, 6, 4]
    means = family.means(table)
    shared = means[means.candidates > 0]
    pd.testing.assert_frame_equal(family.shared(table), shared)
    expected = np.corrcoef(shared.candidates, shared.test_accuracy)[0, 1] ** 2
    assert found.loc["candidates", "r_squared"] == pytest.approx(expected)


@pytest.mark.parametrize("together", [[], ["depth"], ["depth", "candidates"]])
def test_outcomes_are_those_of_training_by_hand(together):
    family = study(repeats=1, together=together)
    trials = [trial for trial in family.plan.trials() if trial.design["depth"] == 4]
    outcomes = train_group(trials, device="cpu")
    data = tg.datasets.digits().flatten()
    for trial, outcome in zip(trials, outcomes, strict=True):
        wiring, weights = streams(trial.generator(), 2)
        network = tg.generators.dense_mlp(4, **trial.design, inputs=64, classes=10, rng=wiring)
        by_hand = tg.to_module(network, rng=int(weights.integers(2**31)))
        recipe = Recipe(epochs=1, batch=200)
        record = fit(by_hand, data, recipe, seed=0, device="cpu", progress=False)
        assert outcome["digest"] == network.digest
        assert outcome["nn_mass"] == tg.analyzers.nn_mass(network)
        assert outcome["train_loss"] == pytest.approx(record.final_train_loss, rel=1e-4)
        assert outcome["test_accuracy"] == pytest.approx(record.final_test_accuracy, abs=0.01)


def test_a_study_resumes_and_writes_its_table(tmp_path, monkeypatch):
    family = study(repeats=1)
    first = family.run(tmp_path, device="cpu", progress=False)
    assert len(first) == 6
    assert pd.read_csv(tmp_path / "trials.csv").test_accuracy.tolist() == pytest.approx(
        first.test_accuracy.tolist()
    )

    def forbidden(trials, device):
        raise AssertionError("a stored trial ran again")

    monkeypatch.setattr(module, "train_group", forbidden)
    pd.testing.assert_frame_equal(family.run(tmp_path, device="cpu", progress=False), first)


def test_a_failed_trial_is_told_and_the_others_are_kept(tmp_path, monkeypatch):
    real = module.train_group

    def sometimes(trials, device):
        if trials[0].design["candidates"] == 1:
            raise ValueError("no luck")
        return real(trials, device=device)

    monkeypatch.setattr(module, "train_group", sometimes)
    with pytest.raises(TopographError, match="2 of them failed(.|\n)*no luck"):
        study(repeats=1).run(tmp_path, device="cpu", progress=False)
    monkeypatch.setattr(module, "train_group", partial(real))
    assert len(study(repeats=1).run(tmp_path, device="cpu", progress=False)) == 6


def test_convolutional_families_get_images():
    network = {"widths": [4], "cell_depth": 4}
    plan = Plan(
        "images",
        grid={"candidates": [2]},
        recipe={**RECIPE, "generator": "dense_cnn", "network": network},
    )
    (outcome,) = train_group(plan.trials(), device="cpu")
    assert 0 <= outcome["test_accuracy"] <= 1


def test_a_recipe_without_its_parts_is_refused():
    incomplete = {name: value for name, value in RECIPE.items() if name != "measures"}
    with pytest.raises(FormatError, match="Received none for measures"):
        FamilyStudy(Plan("small", grid={"depth": [4]}, recipe=incomplete))


def test_an_unknown_generator_is_refused():
    with pytest.raises(FormatError, match="Received 'dense_rnn'"):
        study(generator="dense_rnn")


def test_a_study_is_read_with_another_seed_and_data(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\nname = "s"\n[grid]\ndepth = [4]\n[recipe]\ngenerator = "dense_mlp"\n'
        'data = "digits"\nmeasures = []\ntraining = {}\nrelations = {}\n'
        "[smoke.grid]\ndepth = [3]\n"
    )
    family = FamilyStudy.read(path, smoke=True, data="mnist", seed=9)
    assert (family.plan.recipe["data"], family.plan.seed) == ("mnist", 9)
    assert family.plan.designs == [{"depth": 3}]
