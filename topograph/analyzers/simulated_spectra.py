"""Singular values of random matrices by drawing them: the witness of the theory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.arrays import singular_values
from topograph.errors import BudgetError, ShapeError
from topograph.result import Result
from topograph.rng import as_generator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SimulatedSpectra", "simulate_spectra"]

NUMBERS_AT_ONCE = 2**22
"""Entries of the matrices that are drawn at a time: 32 MiB."""


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedSpectra(Result):
    r"""Mean singular values of drawn matrices; `simulate_spectra` makes it. One entry per size.

    Attributes
    ----------
    rows, columns : int array
    samples : int
        Matrices drawn of each size.
    variance : float
        Of their entries, q.
    mean, mean_error : float array
        Mean singular value, and its standard error.
    squared, squared_error : float array
        Mean squared singular value, and its standard error.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    samples: int = field(metadata={"unit": "matrices"})
    variance: float
    mean: NDArray[np.float64]
    mean_error: NDArray[np.float64]
    squared: NDArray[np.float64]
    squared_error: NDArray[np.float64]


def simulate_spectra(
    rows: ArrayLike,
    columns: ArrayLike,
    *,
    samples: int = 100,
    variance: float = 1.0,
    rng: np.random.Generator | int | None = None,
) -> SimulatedSpectra:
    """Draw Gaussian matrices and average their singular values, size by size.

    Parameters
    ----------
    rows, columns : array_like of int
        Sizes of the matrices; they broadcast to one axis.
    samples : int
        Matrices of each size, at least 2.
    variance : float
        Of the entries, at least 0.
    rng : Generator, int or None
        Source of the entries.

    Returns
    -------
    SimulatedSpectra

    Raises
    ------
    ShapeError
        If a side is not whole or below 1.
    BudgetError
        If there are fewer than 2 samples, or the variance is negative or not finite.

    Examples
    --------
    >>> found = simulate_spectra([16, 26], 16, samples=400, rng=0)
    >>> np.abs(found.squared - [16, 26]).max() < 4 * found.squared_error.max()
    np.True_
    """
    because = "an error is told from the differences between samples"
    samples = whole("samples", samples, minimum=2, error=BudgetError, because=because)
    if not 0 <= variance < float("inf"):
        raise BudgetError(
            "A variance is a finite number of at least 0, as a mean of squares. "
            f"Received {variance}. Take one from initial_variance."
        )
    heights, widths = _sizes(rows, columns)
    rng = as_generator(rng)
    drawn = [
        _averages(height, width, samples, rng)
        for height, width in zip(heights.tolist(), widths.tolist(), strict=True)
    ]
    # Axes: size, first or second power, sample.
    averages = np.stack(drawn) * np.array([[variance**0.5], [variance]])
    means = averages.mean(axis=-1)
    errors = averages.std(axis=-1, ddof=1) / samples**0.5
    return SimulatedSpectra(
        rows=heights,
        columns=widths,
        samples=samples,
        variance=float(variance),
        mean=means[:, 0],
        mean_error=errors[:, 0],
        squared=means[:, 1],
        squared_error=errors[:, 1],
    )


def _sizes(rows: ArrayLike, columns: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns, one of each per size."""
    heights, widths = np.broadcast_arrays(np.atleast_1d(rows), np.atleast_1d(columns))
    for sides in (heights, widths):
        if sides.ndim != 1 or sides.dtype.kind not in "iu" or not np.all(sides > 0):
            raise ShapeError(
                "A drawn matrix has a whole number of rows and columns, at least 1. "
                f"Received {sides.tolist()}. Give ints, in one axis."
            )
    return heights.astype(np.int64), widths.astype(np.int64)


def _averages(
    rows: int, columns: int, samples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Mean singular value and mean square of each drawn matrix, shape (2, samples)."""
    at_once = max(1, NUMBERS_AT_ONCE // (rows * columns))
    parts = []
    for start in range(0, samples, at_once):
        count = min(at_once, samples - start)
        values = singular_values(rng.standard_normal((count, rows, columns)))
        parts.append(np.stack([values.mean(axis=-1), (values**2).mean(axis=-1)]))
    return np.concatenate(parts, axis=1)
