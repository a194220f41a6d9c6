"""The numbers that say how large a network of dense cells is, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from topograph._checks import whole
from topograph.errors import ArchitectureError


def cell_plan(
    widths: Sequence[int], cell_depth: int, candidates: int | Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Check the numbers of all cells and return width and candidates of each."""
    widths = tuple(widths) if isinstance(widths, Sequence) else (widths,)
    limits = candidates if isinstance(candidates, Sequence) else (candidates,) * len(widths)
    limits = tuple(limits)
    if not widths or len(limits) != len(widths):
        raise ArchitectureError(
            "A network has at least one cell, and candidates for each. Received widths "
            f"{widths} and candidates {limits}. Give one number per cell, or one for all."
        )
    for width, limit in zip(widths, limits, strict=True):
        check_counts(width=(width, 1), candidates=(limit, 0))
    check_counts(cell_depth=(cell_depth, 2))
    return widths, limits


def check_counts(**counts: tuple[Any, int]) -> None:
    """Raise unless each named number is whole and at least its minimum."""
    for name, (value, minimum) in counts.items():
        reason = "it counts parts of the network"
        whole(name, value, minimum=minimum, error=ArchitectureError, because=reason)
