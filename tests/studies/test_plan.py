"""A plan: the product of its grid, stable trials, its quick version, and what it refuses."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import BudgetError, FormatError
from topograph.studies import Plan
from topograph.studies.plan import read_toml

TEXT = """
[study]
name = "nn_mass"
version = 2
seed = 5
repeats = 3

[grid]
depth = [16, 24]
candidates = [0, 2, 4]

[recipe]
data = "digits"
training = { epochs = 20, batch = 100 }

[smoke.study]
repeats = 1
[smoke.grid]
depth = [16]
[smoke.recipe]
training = { epochs = 1, batch = 100 }
"""
GRIDS = st.dictionaries(
    st.text("abcdef", min_size=1),
    st.lists(st.integers(), min_size=1, max_size=3, unique=True),
    min_size=1,
    max_size=3,
)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "study.toml").write_text(TEXT, encoding="utf-8")
    return Plan.read(tmp_path / "study.toml")


def test_file_becomes_the_plan_it_describes(plan: Plan) -> None:
    assert (plan.name, plan.version, plan.seed, plan.repeats) == ("nn_mass", 2, 5, 3)
    assert plan.recipe == {"data": "digits", "training": {"epochs": 20, "batch": 100}}
    pairs = [(design["depth"], design["candidates"]) for design in plan.designs]
    assert pairs == list(product([16, 24], [0, 2, 4]))


def test_trials_are_all_designs_once_and_then_again(plan: Plan) -> None:
    trials = plan.trials()
    assert [trial.repeat for trial in trials] == [0] * 6 + [1] * 6 + [2] * 6
    assert [trial.design for trial in trials[6:12]] == plan.designs
    assert len({trial.key for trial in trials}) == 18
    assert {trial.seed for trial in trials} == {5}


def test_quick_version_changes_what_it_names(plan: Plan) -> None:
    quick = plan.quick()
    assert (quick.name, quick.version, quick.seed, quick.repeats) == ("nn_mass", 2, 5, 1)
    assert quick.grid == {"depth": [16], "candidates": [0, 2, 4]}
    assert quick.recipe["data"] == "digits"
    assert quick.recipe["training"]["epochs"] == 1
    assert quick.quick() == quick
    assert not {trial.key for trial in quick.trials()} & {trial.key for trial in plan.trials()}


def test_quick_trials_are_those_of_the_plan_where_the_recipe_stays() -> None:
    plan = Plan("tour", grid={"depth": [8, 9]}, smoke={"grid": {"depth": [9]}})
    assert {trial.key for trial in plan.quick().trials()} < {t.key for t in plan.trials()}


@given(GRIDS, st.integers(1, 3))
def test_number_of_trials_is_the_product_of_the_lists(
    grid: dict[str, list[int]], repeats: int
) -> None:
    plan = Plan("tour", grid=grid, repeats=repeats)
    trials = plan.trials()
    assert len(trials) == repeats * np.prod([len(values) for values in grid.values()])
    assert len({trial.key for trial in trials}) == len(trials)


@given(GRIDS, st.data())
def test_what_stands_beside_a_design_changes_neither_its_key_nor_its_stream(
    grid: dict[str, list[int]], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(grid)))
    more = data.draw(st.integers().filter(lambda value: value not in grid[name]))
    before = {trial.key: trial for trial in Plan("tour", grid=grid).trials()}
    larger = Plan("tour", grid={**grid, name: [more, *grid[name]]}).trials()
    after = {trial.key: trial for trial in larger}
    assert before.keys() < after.keys()
    for key, trial in before.items():
        assert trial.generator().random() == after[key].generator().random()


def test_a_range_is_a_list() -> None:
    assert (
        Plan("tour", grid={"t": range(3)}).trials() == Plan("tour", grid={"t": [0, 1, 2]}).trials()
    )


def test_a_plan_does_not_follow_the_tables_it_was_made_from() -> None:
    recipe = {"epochs": 1}
    plan = Plan("tour", grid={"t": [0]}, recipe=recipe)
    recipe["epochs"] = 2
    assert plan.trials()[0].recipe == {"epochs": 1}


def tables(**change: object) -> dict[str, object]:
    return {"study": {"name": "tour"}, "grid": {"t": [0, 1]}, **change}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"grids": {}}, FormatError, "Received 'grids'.*study, grid, recipe, smoke"),
        ({"study": {"name": "tour", "seeds": 3}}, FormatError, "Received 'seeds'"),
        ({"study": {}}, FormatError, "names its study"),
        ({"study": {"name": ""}}, FormatError, "Received ''"),
        ({"study": "tour"}, FormatError, "Received 'tour' as study"),
        ({"study": {"name": "tour", "repeats": 0}}, BudgetError, "repeats must be"),
        ({"study": {"name": "tour", "seed": -1}}, BudgetError, "seed must be"),
        ({"study": {"name": "tour", "version": 1.5}}, BudgetError, "version must be"),
        ({"study": {"name": "tour", "seed": True}}, BudgetError, "seed must be"),
        ({"grid": {}}, FormatError, "an empty grid"),
        ({"grid": {"t": []}}, FormatError, r"Received t = \[\]"),
        ({"grid": {"t": 3}}, FormatError, "single value"),
        ({"grid": {"t": "abc"}}, FormatError, "single value"),
        ({"grid": {"t": [1, 1]}}, FormatError, "stands once"),
        ({"grid": {"t": [float("nan")]}}, FormatError, "Received t = nan"),
        ({"grid": {"t": [np.int64(3)]}}, FormatError, "booleans, finite numbers"),
        ({"grid": {"repeat": [1]}}, FormatError, "Received repeat"),
        ({"grid": {"a": list(range(2000)), "b": list(range(2000))}}, BudgetError, "4000000"),
        ({"recipe": {"t": 3}}, FormatError, "Received t in both"),
        ({"recipe": {"rate": float("inf")}}, FormatError, "Received rate = inf"),
        ({"smoke": {"grid": {"s": [1]}}}, FormatError, "Received 's'"),
        ({"smoke": {"study": {"name": "x"}}}, FormatError, "Received 'name'"),
        ({"smoke": {"plan": {}}}, FormatError, "Received 'plan'"),
        ({"smoke": {"study": {"repeats": 0}}}, BudgetError, "repeats must be"),
        ({"smoke": []}, FormatError, "as smoke"),
    ],
)
def test_what_no_plan_holds_is_refused_in_words(
    change: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Plan.from_dict(tables(**change))


def test_a_plan_without_a_grid_is_refused() -> None:
    with pytest.raises(FormatError, match="Received the tables study"):
        Plan.from_dict({"study": {"name": "tour"}})


@pytest.mark.parametrize(
    "content",
    [
        b"[study",
        b"\xff\xfe",
        b"a = 1\na = 2",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 5000,
        b"[study]\nname = 'x'\n[grid]\nday = [2020-01-01]",
    ],
    ids=["cut", "bytes", "twice", "deep", "huge", "date"],
)
def test_hostile_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(FormatError):
        Plan.read(path)


def test_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_toml(tmp_path / "study.toml")
