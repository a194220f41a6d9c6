"""The smallest eigenvalue of one symmetric matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topograph.arrays.namespace import Array, array_namespace
from topograph.arrays.spectra import symmetric_eigenvalues
from topograph.errors import ShapeError

__all__ = ["smallest_eigenvalue"]

SMALL = 96
"""Rows up to which the whole spectrum is as fast."""
STEPS = 240
CHECK_EVERY = 8
TRUST = 64
"""How many roundings of the trace a smallest eigenvalue of a factorised matrix exceeds."""

Floats = NDArray[np.float64]


def smallest_eigenvalue(x: Array, *, tolerance: float = 1e-9) -> float:
    r"""Return the smallest eigenvalue of a symmetric matrix.

    A positive definite matrix of NumPy is factorised, :math:`A = L L^\top`, and Lanczos' iteration
    on :math:`A^{-1}` runs until its two largest Ritz values :math:`\theta > \theta'` and the
    residual :math:`\rho = \lVert A^{-1} v - \theta v \rVert` of the first satisfy

    .. math:: \min\{\rho, \rho^2 / (\theta - \theta')\} \le \epsilon \, \theta .

    The first bounds the distance from :math:`\theta` to an eigenvalue, the second estimates it.

    Parameters
    ----------
    x : array of shape (n, n)
        Real and symmetric up to rounding; one triangle is read.
    tolerance : float
        :math:`\epsilon`.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If `x` is not one square matrix, or not symmetric up to rounding.
    BudgetError
        If an entry is complex or not finite.

    Notes
    -----
    The whole spectrum is computed instead where the matrix is small, lives in another library, is
    not positive definite, has a smallest eigenvalue near the rounding of its trace, or the
    iteration does not settle. The absolute error is then that of `symmetric_eigenvalues`.

    Examples
    --------
    >>> smallest_eigenvalue(np.array([[2.0, 1.0], [1.0, 2.0]]))
    1.0
    """
    array_namespace(x)
    if x.ndim != 2:
        raise ShapeError(
            "A smallest eigenvalue belongs to one matrix. "
            f"Received an array of shape {tuple(x.shape)}. Use symmetric_eigenvalues for batches."
        )
    if isinstance(x, np.ndarray) and x.shape[0] > SMALL and x.dtype == np.float64:
        found = _by_inverse(x, tolerance) if _is_symmetric(x) else None
        if found is not None:
            return found
    return float(symmetric_eigenvalues(x)[0])


def _is_symmetric(x: Floats, rows: int = 64) -> bool:
    """Compare strips with their mirror images; False also where an entry is not finite."""
    if x.shape[0] != x.shape[1]:
        return False
    sizes = []
    with np.errstate(invalid="ignore"):
        for start in range(0, len(x), rows):
            strip, mirror = x[start : start + rows, start:], x[start:, start : start + rows].T
            sizes.append((np.max(np.abs(strip - mirror)), np.max(strip), -np.min(strip)))
    asymmetry, high, low = np.max(sizes, axis=0)
    return bool(asymmetry <= max(high, low) * np.sqrt(np.finfo(x.dtype).eps))


def _by_inverse(x: Floats, tolerance: float) -> float | None:
    """Iterate on the inverse of a positive definite matrix; None where that is not reliable."""
    from scipy.linalg import lapack

    factor, status = lapack.dpotrf(x.T, lower=1, clean=0)
    if status != 0:
        return None
    value = _lanczos(factor, tolerance)
    floor = TRUST * float(np.finfo(x.dtype).eps) * float(np.trace(x))
    return None if value is None or 1 / value < floor else 1 / value


def _lanczos(factor: Floats, tolerance: float) -> float | None:
    """Return the largest eigenvalue of the inverse of a factorised matrix, or None."""
    from scipy.linalg import blas

    size = len(factor)
    limit = min(STEPS, size)
    basis = np.empty((limit, size))
    vector = np.random.default_rng(size).normal(size=size)
    basis[0] = vector / np.linalg.norm(vector)
    diagonal, beside = np.empty(limit), np.empty(limit)
    for step in range(limit):
        half = blas.dtrsv(factor, basis[step], lower=1)
        image = blas.dtrsv(factor, half, lower=1, trans=1, overwrite_x=1)
        diagonal[step] = basis[step] @ image
        known = basis[: step + 1]
        for _ in range(2):
            image -= (known @ image) @ known
        beside[step] = np.linalg.norm(image)
        if step % CHECK_EVERY == CHECK_EVERY - 1 or step == limit - 1:
            value, gap, last = _ritz(diagonal[: step + 1], beside[:step])
            residual = beside[step] * last
            if min(residual * gap, residual**2) <= tolerance * value * gap:
                return value
        if step + 1 < limit:
            basis[step + 1] = image / beside[step]
    return None


def _ritz(diagonal: Floats, beside: Floats) -> tuple[float, float, float]:
    """Largest eigenvalue of a tridiagonal matrix, the gap below, the last entry of its vector."""
    from scipy.linalg import eigh_tridiagonal

    ends = (len(diagonal) - 2, len(diagonal) - 1)
    values, vectors = eigh_tridiagonal(diagonal, beside, select="i", select_range=ends)
    return float(values[1]), float(values[1] - values[0]), abs(float(vectors[-1, 1]))
