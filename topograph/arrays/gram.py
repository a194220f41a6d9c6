"""Singular values from eigenvalues of Gram matrices, and which of them can be trusted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from topograph.arrays.namespace import Array, array_namespace
from topograph.arrays.small_symmetric import eigenvalues_in_step
from topograph.errors import BudgetError, ShapeError

__all__ = ["gram_roots", "is_moderate", "put_rows", "real_matrices"]

SMALL, MANY = 8, 2000
"""So many matrices of so many rows take less time in step than one by one; measured."""


def real_matrices(x: Array) -> tuple[Any, Array, float]:
    """Check a batch of matrices; return its namespace, itself as floats, its largest entry."""
    xp = array_namespace(x)
    if x.ndim < 2 or 0 in x.shape:
        raise ShapeError(
            "A spectrum belongs to a matrix, so the last two axes are its rows and columns. "
            f"Received an array of shape {tuple(x.shape)}. Pass an array of shape (..., m, n)."
        )
    real = xp.isdtype(x.dtype, ("bool", "integral", "real floating"))
    floats = x if xp.isdtype(x.dtype, "real floating") or not real else xp.astype(x, xp.float64)
    scale = max(float(xp.max(floats)), -float(xp.min(floats))) if real else math.nan
    if not math.isfinite(scale):
        raise BudgetError(
            "A spectrum is computed from finite real entries, since NaN spreads to every value. "
            f"Received an array of {x.dtype} with entries that are not. "
            "Find them by isfinite and isreal."
        )
    return xp, floats, scale or 1.0


def is_moderate(scale: float) -> bool:
    """True if squares of such entries neither overflow nor vanish, in any floating type."""
    return 1e-9 < scale < 1e9


def gram_roots(
    gram: Float[Array, "matrices k k"],
    xp: Any,
    *,
    scales: Float[Array, "matrices times k"] | None = None,
) -> tuple[Float[Array, "batch k"], Bool[Array, " batch"]]:
    r"""Return roots of the eigenvalues, largest first, and where they can be trusted.

    With scales s those of :math:`s s^\top \circ G`, matrix after matrix.
    """
    squares = xp.flip(_eigenvalues(gram, scales, xp), axis=-1)
    span = xp.finfo(gram.dtype).eps ** (1 / 3)
    trusted = squares[:, -1] > span * squares[:, 0]
    return xp.sqrt(xp.where(squares > 0, squares, 0.0)), trusted


def _eigenvalues(
    gram: Float[Array, "matrices k k"], scales: Float[Array, "matrices times k"] | None, xp: Any
) -> Float[Array, "batch k"]:
    """Return eigenvalues, smallest first; NaN where they were not found."""
    rows, count = gram.shape[-1], gram.shape[0] * (1 if scales is None else scales.shape[1])
    by_host = isinstance(gram, np.ndarray) and gram.dtype == np.float64
    if by_host and rows <= SMALL and count >= MANY:
        return eigenvalues_in_step(gram, scales)
    if scales is not None:
        scaled = scales[..., :, None] * scales[..., None, :]
        scaled *= gram[:, None, :, :]
        gram = xp.reshape(scaled, (-1, rows, rows))
    return xp.linalg.eigvalsh(gram)


def put_rows(
    values: Float[Array, "batch k"],
    exact: Float[Array, "mended k"],
    trusted: Bool[Array, " batch"],
    xp: Any,
) -> Float[Array, "batch k"]:
    """Put the rows of `exact` in order into the rows of `values` that are not trusted."""
    batch = values.shape[0]
    place_in_exact = xp.cumulative_sum(xp.astype(~trusted, xp.int64)) + (batch - 1)
    source = xp.where(trusted, xp.arange(batch), place_in_exact)
    return xp.take(xp.concat([values, exact]), source, axis=0)
