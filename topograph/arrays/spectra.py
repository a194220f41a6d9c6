"""Singular values and eigenvalues of many small matrices at once."""

from __future__ import annotations

import math
from typing import Any

from jaxtyping import Bool, Float

from topograph.arrays.namespace import Array, array_namespace
from topograph.errors import BudgetError, ShapeError

__all__ = ["singular_values", "symmetric_eigenvalues"]


def singular_values(x: Array, *, scales: Array | None = None) -> Array:
    r"""Return the singular values of each matrix of a batch, largest first.

    .. math:: \sigma_i(A) = \sqrt{\lambda_i(A A^\top)} , \qquad
              \sigma_1 \ge \dots \ge \sigma_{\min(m, n)} \ge 0 .

    With `scales` those of :math:`\operatorname{diag}(s_b) A` for each row :math:`s_b`, whose Gram
    matrices are entrywise products, :math:`s_b s_b^\top \circ A A^\top`.

    Parameters
    ----------
    x : array of shape (..., m, n)
        Real matrices :math:`A`; integers are taken as float64.
    scales : array of shape (..., batch, m), optional
        Factors of the rows, in the type of `x`.

    Returns
    -------
    array of shape (..., min(m, n)), with scales (..., batch, min(m, n))
        In the precision of `x` and in its library.

    Raises
    ------
    ShapeError
        If `x` holds no matrices, or empty ones, or the scales do not fit its rows.
    BudgetError
        If an entry is complex or not finite.

    Notes
    -----
    Eigenvalues of the smaller Gram matrix are several times as fast as an SVD, on a GPU above
    all, but squaring doubles the digits that a small singular value loses: its relative error is
    about :math:`\epsilon \, (\sigma_1 / \sigma_i)^2`. A matrix whose eigenvalues span more than
    :math:`\epsilon^{-1/3}` (in float64 a condition number above 406) therefore gets an SVD, the
    others keep a relative error of about :math:`\epsilon^{2/3}`, in float64
    :math:`4 \cdot 10^{-11}`. Scaled matrices with more columns than rows share one Gram matrix,
    and are formed only where they need an SVD.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[0.0, 3.0], [4.0, 0.0]])
    >>> singular_values(x).round(12).tolist()
    [4.0, 3.0]
    >>> singular_values(x, scales=np.array([[1.0, 1.0], [2.0, 0.5]])).round(12).tolist()
    [[4.0, 3.0], [6.0, 2.0]]
    """
    if scales is not None:
        return _scaled(x, scales)
    xp, matrices, scale = _door(x)
    rows, columns = matrices.shape[-2:]
    scale = 1.0 if _is_moderate(scale) else scale
    flat = xp.reshape(matrices, (-1, rows, columns))
    flat = flat / scale if scale != 1 else flat
    wide = flat if rows <= columns else xp.matrix_transpose(flat)
    values, trusted = _roots(wide @ xp.matrix_transpose(wide), xp)
    if not bool(xp.all(trusted)):
        values = _mend(values, xp.linalg.svdvals(flat[~trusted]), trusted, xp)
    return scale * xp.reshape(values, (*matrices.shape[:-2], min(rows, columns)))


def symmetric_eigenvalues(x: Array) -> Array:
    r"""Return the eigenvalues of each symmetric matrix of a batch, smallest first.

    Parameters
    ----------
    x : array of shape (..., n, n)
        Real matrices :math:`A = A^\top`; integers are taken as float64.

    Returns
    -------
    array of shape (..., n)
        :math:`\lambda_1 \le \dots \le \lambda_n` in the precision of `x` and in its library.

    Raises
    ------
    ShapeError
        If the matrices are not square, empty, or not symmetric up to rounding.
    BudgetError
        If an entry is complex or not finite.

    Notes
    -----
    Symmetric up to rounding means that no entry differs from its mirror image by more than
    :math:`\sqrt{\epsilon}` times the largest entry. Only one triangle is read.

    Examples
    --------
    >>> import numpy as np
    >>> symmetric_eigenvalues(np.array([[0, 1], [1, 0]])).round(12).tolist()
    [-1.0, 1.0]
    """
    xp, matrices, scale = _door(x)
    rows, columns = matrices.shape[-2:]
    if rows != columns:
        raise ShapeError(
            "Eigenvalues need square matrices, since they map a space to itself. "
            f"Received matrices of {rows} x {columns}. Use singular_values."
        )
    asymmetry = float(xp.max(xp.abs(matrices - xp.matrix_transpose(matrices))))
    if asymmetry > scale * math.sqrt(xp.finfo(matrices.dtype).eps):
        raise ShapeError(
            "The eigenvalues of a matrix are real numbers in order only where it is symmetric. "
            f"Received entries that differ from their mirror image by up to {asymmetry:.3g}. "
            "Pass (x + x.mT) / 2, or use singular_values."
        )
    return xp.linalg.eigvalsh(matrices)


def _door(x: Array) -> tuple[Any, Array, float]:
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


def _is_moderate(scale: float) -> bool:
    """True if squares of such entries neither overflow nor vanish, in any floating type."""
    return 1e-9 < scale < 1e9


def _scaled(x: Array, scales: Array) -> Array:
    """Return the singular values of matrices with scaled rows, (..., batch, values)."""
    xp, matrices, largest = _door(x)
    _, factors, most = _door(scales)
    rows, columns = matrices.shape[-2:]
    if factors.shape[:-2] != matrices.shape[:-2] or factors.shape[-1] != rows:
        raise ShapeError(
            "A row of scales has one factor per row of its matrix. "
            f"Received scales of shape {tuple(scales.shape)} for matrices of shape "
            f"{tuple(x.shape)}. Pass scales of shape (..., batch, {rows})."
        )
    if rows > columns or not (_is_moderate(largest) and _is_moderate(most)):
        return singular_values(factors[..., None] * matrices[..., None, :, :])
    gram = (matrices @ xp.matrix_transpose(matrices))[..., None, :, :]
    scaled = factors[..., :, None] * factors[..., None, :]
    scaled *= gram
    values, trusted = _roots(xp.reshape(scaled, (-1, rows, rows)), xp)
    if not bool(xp.all(trusted)):
        batch, doubtful = factors.shape[-2], xp.nonzero(~trusted)[0]
        formed = xp.take(xp.reshape(factors, (-1, rows)), doubtful, axis=0)[:, :, None] * xp.take(
            xp.reshape(matrices, (-1, rows, columns)), doubtful // batch, axis=0
        )
        values = _mend(values, xp.linalg.svdvals(formed), trusted, xp)
    return xp.reshape(values, factors.shape)


def _roots(
    gram: Float[Array, "batch k k"], xp: Any
) -> tuple[Float[Array, "batch k"], Bool[Array, " batch"]]:
    """Return roots of the eigenvalues, largest first, and where they can be trusted."""
    eigenvalues = xp.flip(xp.linalg.eigvalsh(gram), axis=-1)
    span = xp.finfo(gram.dtype).eps ** (1 / 3)
    trusted = eigenvalues[:, -1] > span * eigenvalues[:, 0]
    return xp.sqrt(xp.where(eigenvalues > 0, eigenvalues, 0.0)), trusted


def _mend(
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
