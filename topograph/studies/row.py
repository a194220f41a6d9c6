"""What became of a trial: its outcome, or why it failed, and under which conditions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from topograph.errors import FormatError
from topograph.studies.plan import RESERVED
from topograph.studies.trial import Trial, canonical

__all__ = ["Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one trial.

    Parameters
    ----------
    trial : Trial
        The trial.
    outcome : mapping, optional
        What it found, by name: numbers, strings, and lists of them; kept as plain Python
        values. None if it failed.
    message : str
        Why it failed.
    seconds : float, optional
        Wall time of the trial in s.
    started, finished : str
        Times in ISO 8601, UTC.
    versions : mapping of str to str
        Of the programs that computed it.

    Raises
    ------
    FormatError
        If the outcome is no mapping of such values, or has the name of another column.
    """

    trial: Trial
    outcome: Mapping[str, Any] | None = field(default=None, hash=False)
    message: str = ""
    seconds: float | None = None
    started: str = ""
    finished: str = ""
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.outcome is not None:
            object.__setattr__(self, "outcome", _plain_outcome(self.outcome, self.trial))

    def columns(self) -> tuple[Any, ...]:
        """Return the row as the ledger keeps it: numbers and strings, the rest as JSON."""
        trial = self.trial
        return (
            trial.key,
            trial.study,
            trial.version,
            json.dumps(trial.design),
            canonical(trial.recipe),
            trial.repeat,
            trial.seed,
            None if self.outcome is None else json.dumps(self.outcome),
            self.message,
            self.seconds,
            self.started,
            self.finished,
            json.dumps(self.versions),
        )


def _plain_outcome(outcome: Any, trial: Trial) -> dict[str, Any]:
    """Return an outcome as plain Python values, or refuse it."""
    if not isinstance(outcome, Mapping) or not all(isinstance(name, str) for name in outcome):
        raise FormatError(
            "The outcome of a trial is a mapping of names to values, which become columns. "
            f"Received {outcome!r:.80}. Return a dict such as {{'accuracy': 0.9}}."
        )
    if taken := sorted(set(outcome) & {*RESERVED, *trial.design}):
        raise FormatError(
            "An outcome has names of its own, since it stands beside the design in one table. "
            f"Received {', '.join(taken)}, which the table has already. Choose other names."
        )
    columns: dict[str, Any] = json.loads(json.dumps(dict(outcome), default=_plain))
    return columns


def _plain(value: Any) -> Any:
    """Turn scalars and arrays of NumPy and its like into plain Python values."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise FormatError(
        "An outcome holds numbers, strings, and lists of them, so that it becomes a table. "
        f"Received {value!r:.80} of type {type(value).__name__}. Return plain values."
    )
