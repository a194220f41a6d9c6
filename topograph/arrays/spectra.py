"""Singular values and eigenvalues of many small matrices at once."""

from __future__ import annotations

import math

from topograph.arrays.gram import gram_roots, is_moderate, put_rows, real_matrices
from topograph.arrays.namespace import Array
from topograph.errors import ShapeError

__all__ = ["singular_values", "symmetric_eigenvalues"]


def singular_values(x: Array) -> Array:
    r"""Return the singular values of each matrix of a batch, largest first.

    .. math:: \sigma_i(A) = \sqrt{\lambda_i(A A^\top)} , \qquad
              \sigma_1 \ge \dots \ge \sigma_{\min(m, n)} \ge 0 .

    Parameters
    ----------
    x : array of shape (..., m, n)
        Real matrices :math:`A`; integers are taken as float64.

    Returns
    -------
    array of shape (..., min(m, n))
        In the precision of `x` and in its library.

    Raises
    ------
    ShapeError
        If `x` holds no matrices, or empty ones.
    BudgetError
        If an entry is complex or not finite.

    Notes
    -----
    Eigenvalues of the smaller Gram matrix are several times as fast as an SVD, on a GPU above
    all, but squaring doubles the digits that a small singular value loses: its relative error is
    about :math:`\epsilon \, (\sigma_1 / \sigma_i)^2`. A matrix whose eigenvalues span more than
    :math:`\epsilon^{-1/3}` (in float64 a condition number above 406) therefore gets an SVD, the
    others keep a relative error of about :math:`\epsilon^{2/3}`, in float64
    :math:`4 \cdot 10^{-11}`.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[0.0, 3.0], [4.0, 0.0]])
    >>> singular_values(x).round(12).tolist()
    [4.0, 3.0]
    """
    xp, matrices, scale = real_matrices(x)
    rows, columns = matrices.shape[-2:]
    scale = 1.0 if is_moderate(scale) else scale
    flat = xp.reshape(matrices, (-1, rows, columns))
    flat = flat / scale if scale != 1 else flat
    wide = flat if rows <= columns else xp.matrix_transpose(flat)
    values, trusted = gram_roots(wide @ xp.matrix_transpose(wide), xp)
    if not bool(xp.all(trusted)):
        values = put_rows(values, xp.linalg.svdvals(flat[~trusted]), trusted, xp)
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
    xp, matrices, scale = real_matrices(x)
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
