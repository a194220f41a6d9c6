"""The store: round trips, whole transactions, and files that are not one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from topograph.errors import FormatError
from topograph.studies import Plan, Row, Store

PLAN = Plan("tour", grid={"depth": [16, 24], "candidates": [0, 2]}, repeats=2)


def rows(plan: Plan = PLAN) -> list[Row]:
    return [
        Row(trial, {"accuracy": trial.design["depth"] / 100 + trial.repeat}, seconds=1.5)
        for trial in plan.trials()
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "trials.sqlite"


def test_rows_come_back_after_the_file_was_closed(path: Path) -> None:
    with Store(path) as store:
        store.write(rows()[:3])
        store.write(rows()[3:])
    with Store(path) as store:
        assert store.finished() == {trial.key for trial in PLAN.trials()}
        frame = store.to_frame()
    assert list(frame) == ["study", "depth", "candidates", "repeat", "accuracy", "seconds", "key"]
    assert frame["accuracy"].tolist() == [0.16, 0.16, 0.24, 0.24, 1.16, 1.16, 1.24, 1.24]
    assert frame["repeat"].tolist() == [0] * 4 + [1] * 4
    assert set(frame["seconds"]) == {1.5}


def test_table_follows_the_plan_whatever_the_order_of_writing(path: Path) -> None:
    with Store(path) as store:
        store.write(reversed(rows()))
        assert store.to_frame(PLAN)["key"].tolist() == [trial.key for trial in PLAN.trials()]
        assert store.to_frame()["key"].tolist() == [trial.key for trial in PLAN.trials()][::-1]


def test_a_later_row_takes_the_place_of_a_failure(path: Path) -> None:
    first = PLAN.trials()[0]
    with Store(path) as store:
        store.write([Row(first, message="ValueError: no")])
        assert store.finished() == set()
        assert store.failures() == {first.key: "ValueError: no"}
        assert store.to_frame().empty
        store.write([Row(first, {"accuracy": 0.5})])
        assert store.finished() == {first.key}
        assert store.failures() == {}


def test_plans_do_not_mix(path: Path) -> None:
    other = PLAN.override({"recipe": {"epochs": 1}})
    with Store(path) as store:
        store.write(rows() + rows(other)[:2])
        assert len(store.to_frame(PLAN)) == 8
        assert len(store.to_frame(other)) == 2
        with pytest.raises(FormatError, match="trials of 2 plans"):
            store.to_frame()


def test_a_write_is_whole_or_nothing(path: Path) -> None:
    with Store(path) as store:
        store.write(rows()[:1])
        broken = Row(PLAN.trials()[2], {"accuracy": 1.0}, started=None)  # type: ignore[arg-type]
        with pytest.raises(FormatError, match="NOT NULL constraint failed"):
            store.write([rows()[1], broken])
        assert store.finished() == {PLAN.trials()[0].key}


def test_the_ledger_is_durable(path: Path) -> None:
    with Store(path) as store:
        (mode,) = store._connection.execute("PRAGMA journal_mode").fetchone()
        (level,) = store._connection.execute("PRAGMA synchronous").fetchone()
    assert (mode, level) == ("wal", 2)


def test_outcome_survives_when_the_program_dies_without_closing(path: Path) -> None:
    store = Store(path)
    store.write(rows())
    copy = path.with_name("copy.sqlite")
    for suffix in ("", "-wal"):  # what a crash leaves on the disk
        copy.with_name(copy.name + suffix).write_bytes(Path(f"{path}{suffix}").read_bytes())
    with Store(copy) as other:
        assert len(other.to_frame()) == 8
    store.close()


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_export_reads_back_equal(suffix: str, path: Path, tmp_path: Path) -> None:
    with Store(path) as store:
        store.write(rows())
        target = store.export(tmp_path / "out" / f"trials{suffix}", PLAN)
        expected = store.to_frame(PLAN)
    read = pd.read_parquet if suffix == ".parquet" else pd.read_csv
    pd.testing.assert_frame_equal(read(target), expected, check_dtype=False)
    assert [file.name for file in target.parent.iterdir()] == [target.name]


def test_failed_export_leaves_the_old_file_and_no_other(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "trials.csv"
    target.write_text("old")

    def fail(frame: pd.DataFrame, file: Path, **_: object) -> None:
        file.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with Store(path) as store, pytest.raises(OSError, match="disk full"):
        store.export(target, PLAN)
    assert target.read_text() == "old"
    assert {file.name for file in tmp_path.iterdir()} == {"trials.csv", "runs"}


def test_unknown_suffix_is_refused(path: Path, tmp_path: Path) -> None:
    with Store(path) as store, pytest.raises(FormatError, match=r"ends in \.parquet or \.csv"):
        store.export(tmp_path / "trials.xlsx")


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def later(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()


def damaged(path: Path) -> None:
    with Store(path) as store:
        store.write(rows())
    content = bytearray(path.read_bytes())
    content[4096 + 8 : 8192] = np.random.default_rng(0).bytes(4096 - 8)
    path.write_bytes(content)


def text(path: Path) -> None:
    path.write_text("depth,accuracy\n16,0.9\n" * 100)


def cut(path: Path) -> None:
    with Store(path) as store:
        store.write(rows())
    path.write_bytes(path.read_bytes()[:6000])


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "another program"),
        (later, "later version 9"),
        (damaged, "malformed|damaged"),
        (text, "not a database"),
        (cut, "malformed|damaged"),
        (folder, "unable to open"),
    ],
)
def test_a_file_that_is_no_store_is_refused_and_left_alone(
    make: object, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "trials.sqlite"
    make(path)  # type: ignore[operator]
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(FormatError, match=words) as caught:
        Store(path)
    assert "Name another file" in str(caught.value)
    assert before == (path.read_bytes() if path.is_file() else b"")


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "trials.sqlite"
    path.touch()
    with Store(path) as store:
        store.write(rows())
        assert len(store.to_frame()) == 8


def test_two_stores_of_one_file_see_each_other(path: Path) -> None:
    with Store(path) as one, Store(path) as two:
        one.write(rows()[:2])
        two.write(rows()[1:])
        assert one.finished() == two.finished() == {trial.key for trial in PLAN.trials()}
