"""Examples as kernels see them: their inner products, lengths and means."""

from __future__ import annotations

from typing import Any

import numpy as np

from topograph.analyzers.kernels.moments import Moments
from topograph.arrays import Array, array_namespace
from topograph.errors import BudgetError, ShapeError

__all__ = ["ROWS", "gram", "pairs"]

ROWS = ("unit", "normalise", "as given")
"""What is asked of the lengths of input rows."""


def gram(inputs: Array, *, rows: str = "unit", input_mean: Array | float | str = 0.0) -> Moments:
    r"""Return the moments of input rows, :math:`K^{(0)} = X X^\top`.

    Parameters
    ----------
    inputs : array of shape (n, d)
        :math:`X`, one example per row.
    rows : {"unit", "normalise", "as given"}
        Whether rows must have length 1, are divided by their length, or are taken as they are.
    input_mean : float, array of shape (n,), or "rows"
        Mean of the neurons that carry an example, :math:`\mu_0(i) = m^{-1/2} \sum_k X_{ik}`: 0 for
        inputs turned at random. ``"rows"`` takes it from the rows.

    Raises
    ------
    ShapeError
        If `inputs` is no matrix of at least one row and column, or the means are not one per row.
    BudgetError
        If a row has length 0, another than 1 where that is asked, or an entry that is not finite.

    Examples
    --------
    >>> gram(np.array([[3.0, 4.0], [0.0, 2.0]]), rows="normalise").cross.tolist()
    [[1.0, 0.8], [0.8, 1.0]]
    """
    xp = array_namespace(inputs)
    if rows not in ROWS:
        raise BudgetError(
            f"Input rows are taken in one of these ways: {', '.join(ROWS)}. "
            f"Received {rows!r:.80}. Choose one of these."
        )
    if inputs.ndim != 2 or 0 in inputs.shape:
        raise ShapeError(
            "A kernel compares examples, one per row of a matrix. "
            f"Received an array of shape {tuple(inputs.shape)}. Flatten each example into a row."
        )
    floats = inputs if xp.isdtype(inputs.dtype, "real floating") else xp.astype(inputs, xp.float64)
    lengths = xp.sqrt(xp.sum(floats * floats, axis=1, keepdims=True))
    _check_lengths(lengths, rows, xp)
    if rows == "normalise":
        floats = floats / lengths
    cross = floats @ xp.matrix_transpose(floats)
    equal = rows != "as given"
    left = xp.ones((1, 1), dtype=floats.dtype) if equal else lengths * lengths
    mean = _mean(floats, input_mean, xp)
    unit = xp.eye(cross.shape[0], dtype=cross.dtype)
    return Moments(
        left=left,
        right=xp.matrix_transpose(left),
        cross=xp.where(unit > 0, left + 0 * cross, cross),
        mean_left=mean,
        mean_right=xp.matrix_transpose(mean),
        is_gram=True,
    )


def pairs(correlation: Array, norms: tuple[float, float] = (1.0, 1.0)) -> Moments:
    """Return the moments of pairs of inputs of given squared norms and correlations.

    Raises
    ------
    BudgetError
        If a correlation lies outside [-1, 1], or a norm is not above 0.

    Examples
    --------
    >>> pairs(np.array([0.5]), (1.0, 4.0)).cross.tolist()
    [1.0]
    """
    xp = array_namespace(correlation)
    if not bool(xp.all(xp.abs(correlation) <= 1)):
        raise BudgetError(
            "A correlation lies from -1 to 1, since it is the cosine of an angle. "
            f"Received values from {float(xp.min(correlation)):.6g} to "
            f"{float(xp.max(correlation)):.6g}. Divide inner products by the lengths."
        )
    if not all(0 < norm < np.inf for norm in norms):
        raise BudgetError(
            "Squared norms of inputs are above 0, since a zero input has no direction. "
            f"Received {norms}. Leave out inputs of length 0."
        )
    shape = (1,) * correlation.ndim
    left, right = (xp.full(shape, norm, dtype=correlation.dtype) for norm in norms)
    return Moments(left, right, correlation * (norms[0] * norms[1]) ** 0.5, 0 * left, 0 * right)


def _check_lengths(lengths: Array, rows: str, xp: Any) -> None:
    """Refuse rows without direction, and rows of other lengths where they should have length 1."""
    smallest, largest = float(xp.min(lengths)), float(xp.max(lengths))
    if not (smallest > 0 and np.isfinite(largest)):
        raise BudgetError(
            "Each example has a finite length above 0, since a kernel compares directions. "
            f"Received rows of lengths from {smallest:.6g} to {largest:.6g}. "
            "Leave out rows of zeros, and look for NaN."
        )
    slack = 100 * float(xp.finfo(lengths.dtype).eps)
    if rows == "unit" and max(1 - smallest, largest - 1) > max(slack, 1e-12):
        raise BudgetError(
            "Kernels are compared at inputs of one length, so rows have length 1. Received "
            f"lengths from {smallest:.6g} to {largest:.6g}. Pass rows='normalise' to divide by "
            "them, or rows='as given' to keep them."
        )


def _mean(floats: Array, input_mean: Array | float | str, xp: Any) -> Array:
    """Return the means of the inputs as a column, or as one number in a matrix."""
    if isinstance(input_mean, str):
        if input_mean != "rows":
            raise BudgetError(
                "Means of inputs are a number, one number per row, or 'rows' to compute them. "
                f"Received {input_mean!r:.80}. Choose 'rows'."
            )
        return xp.sum(floats, axis=1, keepdims=True) / floats.shape[1] ** 0.5
    if isinstance(input_mean, int | float):
        return xp.full((1, 1), float(input_mean), dtype=floats.dtype)
    if tuple(input_mean.shape) != (floats.shape[0],):
        raise ShapeError(
            "Means of inputs are one number per row. Received an array of shape "
            f"{tuple(input_mean.shape)} for {floats.shape[0]} rows. Pass one mean per row."
        )
    return xp.reshape(xp.astype(input_mean, floats.dtype), (-1, 1))
