from __future__ import annotations

import json
from dataclasses import replace
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import FormatError, ShapeError
from topograph.training import Recipe, TrainingRecord
from topograph.training.record import CURVES

NUMBERS = st.floats(0, 1e6) | st.just(nan)


def record(**changes: object) -> TrainingRecord:
    """Return a record of three epochs of which the second was not evaluated."""
    parts: dict[str, object] = {
        "name": "net",
        "digest": "ab12",
        "data": "points",
        "data_digest": "cd34",
        "recipe": Recipe(epochs=3, evaluate_every=2),
        "seed": 5,
        "train_loss": (0.9, 0.6, 0.4),
        "train_accuracy": (0.5, 0.7, 0.8),
        "test_loss": (0.8, nan, 0.9),
        "test_accuracy": (0.75, nan, 0.5),
        "seconds": 1.5,
        "device": "cpu",
        "versions": {"torch": "2"},
    }
    return TrainingRecord(**parts | changes)


def test_final_and_best_figures() -> None:
    found = record()
    assert found.epochs == (1, 2, 3)
    assert (found.final_train_loss, found.final_train_accuracy) == (0.4, 0.8)
    assert (found.final_test_loss, found.final_test_accuracy) == (0.9, 0.5)
    assert (found.best_epoch, found.best_test_accuracy) == (1, 0.75)


def test_the_first_of_equal_epochs_is_the_best() -> None:
    assert record(test_accuracy=(0.5, 0.7, 0.7)).best_epoch == 2


def test_without_evaluation_there_is_no_best() -> None:
    found = record(test_accuracy=(nan, nan, nan))
    assert found.best_epoch is None
    assert isnan(found.best_test_accuracy)


def test_a_record_of_no_epoch_has_no_figures() -> None:
    found = record(**dict.fromkeys(CURVES, ()))
    assert found.epochs == ()
    assert isnan(found.final_train_loss)
    assert isnan(found.final_test_accuracy)
    assert len(found.to_frame()) == 0


def test_the_frame_has_one_row_per_epoch() -> None:
    frame = record().to_frame()
    assert list(frame.columns) == ["name", "digest", "data", "seed", "epoch", *CURVES]
    assert frame["epoch"].tolist() == [1, 2, 3]
    assert frame["train_loss"].tolist() == [0.9, 0.6, 0.4]
    assert frame["test_loss"].isna().tolist() == [False, True, False]
    assert set(frame["seed"]) == {5}


def test_the_summary_is_one_flat_row() -> None:
    row = record().summary()
    assert row["final_test_accuracy"] == 0.5
    assert row["epochs"] == 3
    assert not any(isinstance(value, dict | list | tuple) for value in row.values())


@given(curves=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=4))
def test_a_record_survives_json(curves: list[tuple[float, ...]]) -> None:
    columns = zip(*curves, strict=True) if curves else [()] * 4
    found = record(**dict(zip(CURVES, columns, strict=True)))
    text = found.to_json()
    assert TrainingRecord.from_json(text) == found
    assert hash(TrainingRecord.from_json(text)) == hash(found)
    assert TrainingRecord.from_json(text).to_json() == text


def test_json_has_no_word_that_json_does_not_know() -> None:
    text = record(train_loss=(0.9, float("inf"), nan), diverged=True).to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert json.loads(text)["train_loss"] == [0.9, None, None]


def test_values_that_are_not_finite_are_one_and_the_same() -> None:
    assert record(train_loss=(0.9, float("inf"), 1.0)) == record(train_loss=(0.9, -nan, 1.0))


def test_curves_of_different_length_are_refused() -> None:
    with pytest.raises(ShapeError, match="one entry per epoch"):
        replace(record(), train_loss=(0.1,))


def changed(**changes: object) -> str:
    return json.dumps(json.loads(record().to_json()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        record().to_json()[:-5],
        "[" * 100_000,
        changed(version=2),
        changed(format="topograph.architecture"),
        changed(stranger=1),
        changed(recipe={"epochs": -1}),
        changed(recipe=[]),
        changed(train_loss=3),
        changed(train_loss=["a", 1, 2]),
        changed(train_loss=[0.5]),
        changed(seed="5"),
        changed(diverged="no"),
        changed(versions=[]),
        changed(name=None),
        record().to_json().replace("0.9", "NaN"),
    ],
)
def test_a_text_that_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"TrainingRecord\.to_json"):
        TrainingRecord.from_json(text)
