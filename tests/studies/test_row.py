"""A row: plain outcomes whatever library they come from, and names that do not clash."""

from __future__ import annotations

import json
import pickle
from datetime import date

import numpy as np
import pytest
import torch

from topograph.errors import FormatError
from topograph.studies import Row, Trial

TRIAL = Trial("tour", 1, {"depth": 16}, {}, repeat=0, seed=0)


def test_outcome_becomes_plain_values() -> None:
    outcome = {
        "accuracy": np.float32(0.5),
        "epochs": np.int64(3),
        "curve": np.array([0.25, 0.5]),
        "loss": torch.tensor(1.5),
        "loses": (1, 2),
        "name": "tour",
        "diverged": np.bool_(False),
    }
    row = Row(TRIAL, outcome)
    assert row.outcome == {
        "accuracy": 0.5,
        "epochs": 3,
        "curve": [0.25, 0.5],
        "loss": 1.5,
        "loses": [1, 2],
        "name": "tour",
        "diverged": False,
    }
    assert {type(value) for value in row.outcome.values()} == {float, int, list, str, bool}
    assert pickle.loads(pickle.dumps(row)) == row


def test_numbers_that_are_not_finite_survive() -> None:
    columns = Row(TRIAL, {"loss": float("nan"), "rate": float("inf")}).columns()
    kept = json.loads(columns[7])
    assert np.isnan(kept["loss"])
    assert np.isinf(kept["rate"])


def test_columns_hold_the_trial_and_the_conditions() -> None:
    row = Row(TRIAL, message="late", seconds=2.0, started="a", finished="b", versions={"x": "1"})
    assert row.columns() == (
        TRIAL.key,
        "tour",
        1,
        '{"depth": 16}',
        "{}",
        0,
        0,
        None,
        "late",
        2.0,
        "a",
        "b",
        '{"x": "1"}',
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (0.9, "Received 0.9"),
        ([("accuracy", 0.9)], "mapping of names"),
        ({1: 0.9}, "mapping of names"),
        ({"depth": 3}, "Received depth"),
        ({"seconds": 3, "key": 1}, "Received key, seconds"),
        ({"day": date(2020, 1, 1)}, "of type date"),
        ({"found": {1, 2}}, "of type set"),
    ],
)
def test_what_is_no_row_of_a_table_is_refused(outcome: object, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        Row(TRIAL, outcome)  # type: ignore[arg-type]
