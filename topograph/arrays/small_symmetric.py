"""Eigenvalues of very many small symmetric matrices, all of them in step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["eigenvalues_in_step"]

Floats = NDArray[np.float64]

TINY = 1e-100
"""Keeps 0 / 0 away, and is far below the rounding of entries near 1."""

TOGETHER = 1 << 16
"""Entries that are made tridiagonal together: half a megabyte, which a cache holds."""

SWEEPS = 30
"""The most for one eigenvalue; two or three are usual."""


def eigenvalues_in_step(matrices: Floats, scales: Floats | None = None) -> Floats:
    r"""Return the eigenvalues of each symmetric matrix of a batch, smallest first.

    Householder reflections make the matrices tridiagonal, rational QL sweeps make them diagonal.
    Each operation is done to one entry of all matrices at once: the batch is the last axis of
    every array in this file.

    Parameters
    ----------
    matrices : float64 array of shape (matrices, n, n)
        Finite, with entries between 1e-20 and 1e20 in size, or 0.
    scales : float64 array of shape (matrices, times, n), optional
        For each matrix :math:`A` rows of factors s: then :math:`s s^\top \circ A`, an entrywise
        product, takes its place for each of them.

    Returns
    -------
    float64 array of shape (matrices, n), with scales (matrices * times, n)
        With an error of a few :math:`\epsilon \, |\lambda|_{\max}`, as LAPACK's. They are NaN if
        the iteration did not end or met a pivot of exactly 0, as it does in many a matrix of
        small integers and where rows are 0.

    Notes
    -----
    LAPACK takes the matrices one by one, and where n is small its time goes into calls. In step
    they take half of it and less, from some thousands of matrices of at most 8 rows on.

    References
    ----------
    .. [1] B. N. Parlett, "The Symmetric Eigenvalue Problem", SIAM 1998, Sections 7.5 and 8.15.

    Examples
    --------
    >>> x = np.array([[[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 5.0]]])
    >>> eigenvalues_in_step(x)
    array([[1., 3., 5.]])
    >>> eigenvalues_in_step(x, scales=np.array([[[1.0, 1.0, 1.0], [2.0, 2.0, 1.0]]]))
    array([[ 1.,  3.,  5.],
           [ 4.,  5., 12.]])
    """
    n = matrices.shape[-1]
    batch = len(matrices) if scales is None else scales.shape[0] * scales.shape[1]
    diagonal, squares = np.empty((n, batch)), np.zeros((n, batch))
    step = math.ceil(batch / math.ceil(batch * n**2 / TOGETHER))
    work = np.empty((2, n, n, step))
    for start in range(0, batch, step):
        part = slice(start, min(start + step, batch))
        entries, scratch = work[..., : part.stop - start]
        if scales is None:
            entries[:] = matrices[part].transpose(1, 2, 0)
        else:
            _scale(matrices, scales, part, entries, scratch)
        _reflect(entries, scratch, diagonal[:, part], squares[:, part])
    with np.errstate(divide="ignore", invalid="ignore"):
        for first in range(n - 1):
            _isolate_first(diagonal[first:], squares[first:])
    diagonal[:, ~np.isfinite(squares).all(axis=0)] = np.nan
    return np.sort(diagonal, axis=0).T


def _scale(matrices: Floats, scales: Floats, part: slice, entries: Floats, scratch: Floats) -> None:
    """Write the scaled matrices of a part of the batch."""
    times, n = scales.shape[1:]
    factors = np.ascontiguousarray(scales.reshape(-1, n)[part].T)
    np.multiply(factors[:, None], factors, out=entries)
    owners = np.arange(part.start, part.stop) // times
    last = np.ascontiguousarray(matrices.transpose(1, 2, 0))
    entries *= np.take(last, owners, axis=2, out=scratch, mode="clip")


def _reflect(a: Floats, scratch: Floats, diagonal: Floats, squares: Floats) -> None:
    """Make matrices tridiagonal; write their diagonals, and the squares of what lies beside."""
    n = len(a)
    for column in range(n - 2):
        x, rest = a[column + 1 :, column], a[column + 1 :, column + 1 :]
        squares[column] = np.einsum("ib,ib->b", x, x)
        image = -np.copysign(np.sqrt(squares[column]), x[0])
        scale = 1 / (squares[column] - image * x[0] + TINY)
        x[0] -= image
        y = np.einsum("ijb,jb->ib", rest, x)
        y *= scale
        y -= (0.5 * scale * np.einsum("ib,ib->b", x, y)) * x
        outer = np.multiply(x[:, None], y, out=scratch[column + 1 :, column + 1 :])
        rest -= outer
        rest -= outer.transpose(1, 0, 2)
    if n > 1:
        squares[n - 2] = a[n - 1, n - 2] ** 2
    diagonal[:] = np.einsum("iib->ib", a)


def _isolate_first(d: Floats, e: Floats) -> None:
    """Sweep until the first entry of each diagonal is an eigenvalue; e is NaN where it is not.

    Matrices that have come to it are left out once they are a third.
    """
    tolerance = np.finfo(np.float64).eps ** 2
    diagonal, squares, places = d, e, None
    for _ in range(SWEEPS):
        unfinished = squares[0] > tolerance * np.abs(diagonal[0] * diagonal[1])
        count = np.count_nonzero(unfinished)
        if count == 0:
            break
        if count < 2 / 3 * len(unfinished):
            if places is not None:
                d[:, places], e[:, places] = diagonal, squares
            kept = np.flatnonzero(unfinished)
            places = kept if places is None else places[kept]
            diagonal, squares = diagonal.take(kept, axis=1), squares.take(kept, axis=1)
        _sweep(diagonal, squares)
    else:
        squares[0] = np.nan
    if places is not None:
        d[:, places], e[:, places] = diagonal, squares


def _sweep(d: Floats, e: Floats) -> None:
    r"""Do one QL step to matrices of diagonal d and squared off-diagonal e, in place.

    With the shift :math:`\sigma`, squared cosines c and sines s, and :math:`\gamma` for the
    entry that a rotation leaves on the diagonal, from the last row to the first

    .. math:: r = p + e_i , \quad e_{i+1} \gets s r , \quad s = e_i / r , \quad c = p / r , \quad
              \gamma' = c (d_i - \sigma) - s \gamma , \quad
              d_{i+1} \gets \gamma + d_i - \gamma' , \quad p = \gamma'^2 / c .
    """
    shift = _eigenvalue_of_pair(d[0], d[1], e[0])
    gamma = d[-1] - shift
    p = gamma * gamma
    sine, cosine, product = np.zeros_like(p), np.empty_like(p), np.empty_like(p)
    for i in range(len(d) - 2, -1, -1):
        r = np.add(p, e[i], out=cosine)
        np.multiply(sine, r, out=e[i + 1])
        np.divide(e[i], r, out=sine)
        np.divide(p, r, out=cosine)
        new = d[i] - shift
        new *= cosine
        new -= np.multiply(sine, gamma, out=product)
        gamma += d[i]
        np.subtract(gamma, new, out=d[i + 1])
        np.multiply(new, new, out=p)
        p /= cosine
        gamma = new
    np.multiply(sine, p, out=e[0])
    np.add(gamma, shift, out=d[0])


def _eigenvalue_of_pair(first: Floats, second: Floats, square: Floats) -> Floats:
    """Return the eigenvalue of [[first, b], [b, second]] nearer to its first entry; b^2 given."""
    half = (second - first) / 2
    root = np.sqrt(half * half + square + TINY)
    return first - square / (half + np.copysign(root, half))
