"""Where a search ends."""

from __future__ import annotations

from dataclasses import dataclass

from topograph._checks import whole
from topograph.errors import BudgetError

__all__ = ["Budget"]

PER_SCORE = 100
"""Cells that a search looks at for each that it may score, if nothing else is said."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a search ends, and whether it shows how far it is.

    Attributes
    ----------
    scored : int or None
        Cells that are scored at most.
    drawn : int or None
        Cells that the search looks at, at most: those it scores, those that a filter skips, and
        those whose scores it knows. None is 100 times the cells that may be scored.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    BudgetError
        If neither number is given, or one is below 1.

    Notes
    -----
    With and without a filter, as many cells drawn compare costs, and as many cells scored compare
    what is found.

    Examples
    --------
    >>> Budget(scored=20).most_drawn
    2000
    """

    scored: int | None = None
    drawn: int | None = None
    progress: bool = False

    def __post_init__(self) -> None:
        if self.scored is None and self.drawn is None:
            raise BudgetError(
                "A search ends after so many cells that it scores, or that it draws. "
                "Received neither. Give one of them, for example Budget(scored=100)."
            )
        for name, value in (("scored", self.scored), ("drawn", self.drawn)):
            if value is not None:
                whole(name, value, minimum=1, error=BudgetError, because="it counts cells")

    @property
    def most_drawn(self) -> int:
        """Cells that the search looks at, at most."""
        return self.drawn if self.drawn is not None else PER_SCORE * (self.scored or 0)
