"""What a training run did: its curves, its final figures, and the conditions of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite, nan
from types import UnionType
from typing import TYPE_CHECKING, Any, NoReturn

from topograph.errors import FormatError, ShapeError
from topograph.result import Result
from topograph.training.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CURVES", "TrainingRecord"]

FORMAT = "topograph.training-record"
VERSION = 1
KINDS: dict[str, type | UnionType] = {
    **dict.fromkeys(("name", "digest", "data", "data_digest", "device"), str),
    "recipe": dict,
    "seed": int,
    "diverged": bool,
    "seconds": int | float,
    "versions": dict,
}
CURVES = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord(Result):
    """The record of one training run.

    Attributes
    ----------
    name, digest : str
        Of the architecture, if the module was made by `topograph.to_module`; else empty.
    data, data_digest : str
        Name and content hash of the data set.
    recipe : Recipe
        What was asked for.
    seed : int
        The seed of this run.
    train_loss, train_accuracy : tuple of float
        One entry per epoch: mean over its batches while the weights move, so measured in training
        mode (with dropout, with the batch's own statistics).
    test_loss, test_accuracy : tuple of float
        One entry per epoch, measured after it; NaN where the recipe skips the evaluation.
    diverged : bool
        True if the loss was no longer finite; the run then ends with that epoch.
    seconds : float
        Wall time of training and evaluation, checkpoints included.
    device : str
        Hardware of the run (of its last part if it was resumed).
    versions : mapping of str to str
        Versions of python, torch, topograph and numpy.

    Notes
    -----
    Losses are mean cross-entropies in nats, accuracies are shares between 0 and 1. A value that
    is not finite is kept as NaN, and as null in JSON.

    Examples
    --------
    >>> record = TrainingRecord(
    ...     data="points", recipe=Recipe(epochs=2), seed=0,
    ...     train_loss=(0.7, 0.5), train_accuracy=(0.5, 0.75),
    ...     test_loss=(0.6, 0.55), test_accuracy=(1.0, 0.5),
    ... )
    >>> record.final_test_accuracy, record.best_test_accuracy, record.best_epoch
    (0.5, 1.0, 1)
    >>> TrainingRecord.from_json(record.to_json()) == record
    True
    """

    name: str = ""
    digest: str = ""
    data: str = ""
    data_digest: str = ""
    recipe: Recipe
    seed: int
    train_loss: tuple[float, ...] = field(metadata={"unit": "nats"})
    train_accuracy: tuple[float, ...]
    test_loss: tuple[float, ...] = field(metadata={"unit": "nats"})
    test_accuracy: tuple[float, ...]
    diverged: bool = False
    seconds: float = field(default=0.0, metadata={"unit": "s"})
    device: str = ""
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in CURVES:
            # One NaN object for all, so that equal records compare equal.
            values = tuple(float(v) if isfinite(v) else nan for v in getattr(self, name))
            object.__setattr__(self, name, values)
        if len({len(getattr(self, name)) for name in CURVES}) > 1:
            lengths = {name: len(getattr(self, name)) for name in CURVES}
            raise ShapeError(
                "The curves of a record have one entry per epoch each. "
                f"Received {lengths}. Give NaN for an epoch without evaluation."
            )

    @property
    def epochs(self) -> tuple[int, ...]:
        """Numbers of the epochs, from 1."""
        return tuple(range(1, len(self.train_loss) + 1))

    @property
    def final_train_loss(self) -> float:
        """Training loss of the last epoch, in nats."""
        return self.train_loss[-1] if self.train_loss else nan

    @property
    def final_train_accuracy(self) -> float:
        """Training accuracy of the last epoch."""
        return self.train_accuracy[-1] if self.train_accuracy else nan

    @property
    def final_test_loss(self) -> float:
        """Test loss after the last epoch, in nats; NaN if the run diverged."""
        return self.test_loss[-1] if self.test_loss else nan

    @property
    def final_test_accuracy(self) -> float:
        """Test accuracy after the last epoch; NaN if the run diverged."""
        return self.test_accuracy[-1] if self.test_accuracy else nan

    @property
    def best_epoch(self) -> int | None:
        """The first epoch of the highest test accuracy; None if there was no evaluation."""
        measured = [(-a, epoch) for epoch, a in enumerate(self.test_accuracy, 1) if isfinite(a)]
        return min(measured)[1] if measured else None

    @property
    def best_test_accuracy(self) -> float:
        """The highest test accuracy; chosen by the test part itself, so it flatters."""
        return nan if self.best_epoch is None else self.test_accuracy[self.best_epoch - 1]

    def summary(self) -> dict[str, Any]:
        """Return the final figures as one row: what a table of many runs holds."""
        return {
            "name": self.name,
            "digest": self.digest,
            "data": self.data,
            "seed": self.seed,
            "epochs": len(self.train_loss),
            **{f"final_{name}": getattr(self, f"final_{name}") for name in CURVES},
            "best_test_accuracy": self.best_test_accuracy,
            "best_epoch": self.best_epoch,
            "diverged": self.diverged,
            "seconds": self.seconds,
            "device": self.device,
        }

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy table, one row per epoch."""
        import pandas as pd

        labels = {name: getattr(self, name) for name in ("name", "digest", "data", "seed")}
        curves = {name: list(getattr(self, name)) for name in CURVES}
        return pd.DataFrame(
            {**labels, "epoch": self.epochs, **curves}, index=range(len(self.epochs))
        )

    def to_json(self) -> str:
        """Write the record as JSON; `from_json` gives it back loss-free."""
        document = {"format": FORMAT, "version": VERSION, **self.to_dict()}
        for name in CURVES:
            document[name] = [value if isfinite(value) else None for value in document[name]]
        return json.dumps(document, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> TrainingRecord:
        """Read a record from JSON.

        Raises
        ------
        FormatError
            If the text is no JSON, no record, or a record of a later version.
        """
        try:
            document = json.loads(text, parse_constant=_no_constant)
            return cls(**_parts(document))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise FormatError(
                f"A record is read from the JSON that TrainingRecord.to_json writes, version "
                f"{VERSION}. Received {text[:40]!r}, where reading ends with: {error!s:.200}. "
                "Write the record again, or read it with the topograph that wrote it."
            ) from error


def _parts(document: dict[str, Any]) -> dict[str, Any]:
    """Turn a JSON document into the parts of a record."""
    if (document.pop("format"), document.pop("version")) != (FORMAT, VERSION):
        raise ValueError(f"the format is not {FORMAT} {VERSION}")
    parts = {part.name: document.pop(part.name) for part in fields(TrainingRecord)}
    if document:
        raise ValueError(f"unknown parts {sorted(document)}")
    for name, kind in KINDS.items():
        if not isinstance(parts[name], kind):
            raise TypeError(f"{name} is {parts[name]!r}")
    parts["recipe"] = Recipe.from_dict(parts["recipe"])
    for name in CURVES:
        parts[name] = tuple(nan if value is None else value for value in parts[name])
    return parts


def _no_constant(word: str) -> NoReturn:
    """Refuse NaN and the infinities, which JSON does not know."""
    raise ValueError(f"{word} is no JSON number")
