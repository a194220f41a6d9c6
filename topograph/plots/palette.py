"""One palette, and marks and lines beside it, so that no meaning rests on colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from topograph.errors import BudgetError

__all__ = ["LINES", "MARKERS", "PALETTE", "SEQUENTIAL", "colour"]

LineStyle: TypeAlias = str | tuple[int, tuple[float, ...]]

#: The colours by name, from dark to light: they keep their order and distance in grey.
PALETTE: Mapping[str, str] = MappingProxyType(
    {
        "ink": "#1a1f3a",
        "crimson": "#981b36",
        "blue": "#3a68bb",
        "orange": "#cc6e26",
        "teal": "#50b6c2",
        "straw": "#e8d27a",
    }
)

#: Marker shapes, one for each colour, so that groups of points differ without it.
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P")

#: Line styles, one for each colour, so that curves differ without it.
LINES: tuple[LineStyle, ...] = (
    "-",
    (0, (4.5, 1.5)),
    (0, (1, 1.2)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (9, 1.5)),
    (0, (3, 1.2, 1, 1.2, 1, 1.2)),
)

#: The colour map for a quantity that has an order; its luminance grows all the way.
SEQUENTIAL = "viridis"


def colour(which: str | int) -> str:
    """Return a colour of the palette by its name, or by its place modulo the palette's length.

    Raises
    ------
    BudgetError
        If there is no colour of that name.

    Examples
    --------
    >>> colour("ink") == colour(0) == colour(6)
    True
    """
    if isinstance(which, int):
        return list(PALETTE.values())[which % len(PALETTE)]
    if which not in PALETTE:
        raise BudgetError(
            "A figure takes its colours from one palette, so that they stay apart in grey and for "
            f"the colour-blind. Received {which!r}. Choose from {', '.join(PALETTE)}."
        )
    return PALETTE[which]
