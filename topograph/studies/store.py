"""Where finished trials are kept: an SQLite ledger that survives being killed."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topograph._atomic import replacing
from topograph.errors import FormatError
from topograph.studies.row import Row

if TYPE_CHECKING:
    from types import TracebackType

    import pandas as pd

    from topograph.studies.plan import Plan

__all__ = ["Store"]

_APPLICATION = 0x746F706F  # "topo", in the header of the file
_VERSION = 1
_TABLE = """
    CREATE TABLE IF NOT EXISTS trials (
        key TEXT PRIMARY KEY,
        study TEXT NOT NULL,
        version INTEGER NOT NULL,
        design TEXT NOT NULL,    -- JSON
        recipe TEXT NOT NULL,    -- JSON
        repeat INTEGER NOT NULL,
        seed INTEGER NOT NULL,
        outcome TEXT,            -- JSON; NULL where the trial failed
        message TEXT NOT NULL,   -- why it failed
        seconds REAL,
        started TEXT NOT NULL,   -- ISO 8601, UTC
        finished TEXT NOT NULL,
        versions TEXT NOT NULL   -- JSON
    )
"""


class Store:
    """The finished trials of studies, in one SQLite file.

    Each `write` is one transaction: after a crash, a kill or a power cut the file holds all
    rows written before and no half of one. Only one process writes at a time; the file lies on a
    local disk, since SQLite's write-ahead log does not work across a network.

    Parameters
    ----------
    path : str or path-like
        The file; it is made, with its folders, where there is none.

    Raises
    ------
    FormatError
        If the file is no store: damaged, of another program, or of a later version.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from topograph.studies import Plan
    >>> plan = Plan("tour", grid={"depth": [16, 24]})
    >>> with TemporaryDirectory() as folder, Store(f"{folder}/runs.sqlite") as store:
    ...     store.write([Row(plan.trials()[0], outcome={"accuracy": 0.9})])
    ...     print(store.to_frame()[["depth", "repeat", "accuracy"]].to_string(index=False))
     depth  repeat  accuracy
        16       0       0.9
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._told():
            self._connection = sqlite3.connect(self.path, timeout=30)
        try:
            with self._told():
                self._open()
        except FormatError:
            self._connection.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the store cannot be used any more."""
        self._connection.close()

    def write(self, rows: Iterable[Row]) -> None:
        """Keep what became of some trials, all of them or none.

        A row takes the place of an earlier one of the same trial.

        Raises
        ------
        FormatError
            If the file cannot be written.
        """
        records = [row.columns() for row in rows]
        marks = ", ".join("?" * 13)
        with self._told(), self._connection:
            self._connection.executemany(f"INSERT OR REPLACE INTO trials VALUES ({marks})", records)

    def finished(self) -> set[str]:
        """Return the keys of all trials that have an outcome."""
        return {key for (key,) in self._read("SELECT key FROM trials WHERE outcome IS NOT NULL")}

    def failures(self) -> dict[str, str]:
        """Return the messages of the failed trials by their keys."""
        return dict(self._read("SELECT key, message FROM trials WHERE outcome IS NULL"))

    def to_frame(self, plan: Plan | None = None) -> pd.DataFrame:
        """Return the outcomes as a tidy table, one row per finished trial.

        Parameters
        ----------
        plan : Plan, optional
            Only its trials, in its order. It can be left out as long as all trials come from one
            recipe, version and seed of one study.

        Returns
        -------
        pandas.DataFrame
            Columns ``study``, those of the design, ``repeat``, those of the outcome,
            ``seconds`` and ``key``.

        Raises
        ------
        FormatError
            If trials of several plans would be mixed.
        """
        import pandas as pd

        if plan is None:
            self._check_one_plan()
        found = {
            key: {
                "study": study,
                **json.loads(design),
                "repeat": repeat,
                **json.loads(outcome),
                "seconds": seconds,
                "key": key,
            }
            for study, design, repeat, outcome, seconds, key in self._read(
                "SELECT study, design, repeat, outcome, seconds, key FROM trials "
                "WHERE outcome IS NOT NULL ORDER BY rowid"
            )
        }
        keys = found if plan is None else [trial.key for trial in plan.trials()]
        return pd.DataFrame([found[key] for key in keys if key in found])

    def export(self, path: str | os.PathLike[str], plan: Plan | None = None) -> Path:
        """Write the table of `to_frame` to a Parquet or CSV file, chosen by its suffix.

        The file appears complete or not at all: it is written under a temporary name
        in the same folder and then takes the place of whatever was there.

        Raises
        ------
        FormatError
            If the suffix is neither ``.parquet`` nor ``.csv``, or trials of several plans
            would be mixed.
        """
        path = Path(path)
        if path.suffix not in (".parquet", ".csv"):
            raise FormatError(
                "A table is written as Parquet or CSV, which other programs read. "
                f"Received {path.name!r}. Choose a name that ends in .parquet or .csv."
            )
        frame = self.to_frame(plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            write = frame.to_parquet if path.suffix == ".parquet" else frame.to_csv
            write(partial, index=False)
        return path

    def _open(self) -> None:
        """Make the table in a new file, or make sure that the file is a sound store."""
        (application,), (version,), (tables,) = (
            self._connection.execute(question).fetchone()
            for question in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
        if application != _APPLICATION and (application or tables):
            raise _refusal(self.path, "a database of another program")
        if version > _VERSION:
            raise _refusal(self.path, f"a store of the later version {version}")
        ((state, *_), *_) = self._connection.execute("PRAGMA quick_check(1)")
        if state != "ok":
            raise _refusal(self.path, f"a damaged file: {state}")
        if not tables:
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {_TABLE}; PRAGMA application_id = {_APPLICATION}; "
                f"PRAGMA user_version = {_VERSION}; COMMIT"
            )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")

    def _read(self, question: str) -> list[Any]:
        """Return all rows of an SQL question."""
        with self._told():
            return self._connection.execute(question).fetchall()

    def _check_one_plan(self) -> None:
        """Refuse to put trials of several plans into one table."""
        plans = self._read("SELECT DISTINCT study, version, recipe, seed FROM trials")
        if len(plans) > 1:
            raise FormatError(
                "The rows of a table come from one plan, since their accuracies cannot be compared "
                f"otherwise. Received a store with trials of {len(plans)} plans. "
                "Pass the plan whose trials you want."
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what SQLite refuses in this package's words."""
        try:
            yield
        except sqlite3.Error as error:
            raise _refusal(self.path, f"SQLite's error: {error}") from error


def _refusal(path: Path, found: str) -> FormatError:
    """Return the error for a file that is no usable store."""
    return FormatError(
        "The trials of a study are kept in a sound SQLite file of its own, since they cost hours. "
        f"Received {found}, at {str(path)!r}. Name another file, or restore this one."
    )
