"""Scores that are computed once, and that outlive the program that computed them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from topograph.errors import FormatError
from topograph.search._course import Score

__all__ = ["Remembered"]


class Remembered:
    """A score that looks up what it knows, so that searches repeat and resume at no cost.

    Parameters
    ----------
    score : callable
        As in `topograph.search.random_search`.
    path : path, optional
        A file with one JSON line for each cell, ``[index, score, ...]``. What it holds is known,
        and each new score is written at once; an interrupted search goes on from there.

    Attributes
    ----------
    known : dict
        Scores by the index of the cell.

    Raises
    ------
    FormatError
        If a line of the file cannot be read, other than a last one that was cut off.

    Examples
    --------
    >>> from topograph.search import Remembered
    >>> slow = Remembered(lambda index: index / 2)
    >>> slow(3), slow(3), slow.known
    ((1.5,), (1.5,), {3: (1.5,)})
    """

    def __init__(self, score: Score, *, path: str | os.PathLike[str] | None = None) -> None:
        self.known: dict[int, tuple[float, ...]] = {}
        self._score = score
        self._path = None if path is None else Path(path)
        if self._path is not None and self._path.is_file():
            self._read(self._path)

    def __call__(self, index: int) -> tuple[float, ...]:
        """Return the score of a cell."""
        if index not in self.known:
            found = self._score(index)
            parts = found if isinstance(found, Sequence) else (found,)
            self.known[index] = tuple(float(part) for part in parts)
            self._write(index)
        return self.known[index]

    def _write(self, index: int) -> None:
        """Append one line."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([int(index), *self.known[index]]) + "\n")

    def _read(self, path: Path) -> None:
        """Read all lines; a last one without an end was cut off, and goes."""
        text = path.read_text(encoding="utf-8")
        whole_text = text[: text.rfind("\n") + 1]
        for number, line in enumerate(whole_text.splitlines(), start=1):
            try:
                index, *parts = json.loads(line)
                self.known[int(index)] = tuple(float(part) for part in parts)
            except (ValueError, TypeError) as error:
                raise FormatError(
                    "Remembered scores are lines of JSON, [index, score, ...]. "
                    f"Received {line!r:.60} in line {number} of {str(path)!r}. "
                    "Correct that line, or choose another file."
                ) from error
        if whole_text != text:
            path.write_text(whole_text, encoding="utf-8")
