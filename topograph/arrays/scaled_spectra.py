"""Singular values of matrices whose rows are scaled in many ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jaxtyping import Bool, Float

from topograph.arrays.gram import gram_roots, is_moderate, put_rows, real_matrices
from topograph.arrays.namespace import Array
from topograph.arrays.spectra import singular_values
from topograph.errors import ShapeError

__all__ = ["scaled_singular_values"]


def scaled_singular_values(matrices: Sequence[Array], scales: Array) -> Array:
    r"""Return the singular values of each matrix under each scaling of its rows, largest first.

    A matrix of more columns than rows shares its Gram matrix with all its scalings,

    .. math:: (\operatorname{diag}(s) A) (\operatorname{diag}(s) A)^\top = s s^\top \circ A A^\top ,

    with entrywise product, so that the products diag(s) A are not formed.

    Parameters
    ----------
    matrices : sequence of arrays of shape (m, n)
        Real matrices :math:`A_l` of the same m and min(m, n).
    scales : array of shape (matrices, batch, m)
        For each matrix its scalings s, in the same library.

    Returns
    -------
    array of shape (matrices, batch, min(m, n))
        In the precision of `scales`.

    Raises
    ------
    ShapeError
        If there is no matrix, or the shapes do not fit.
    BudgetError
        If an entry is complex or not finite.

    Notes
    -----
    Precision is that of `singular_values`: only the scalings whose Gram matrix cannot be trusted
    are formed, for an SVD. Where all scalings are equal, as those of a layer without activation,
    one stands for all.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[0.0, 3.0], [4.0, 0.0]])
    >>> scaled_singular_values([x], np.array([[[1.0, 1.0], [2.0, 0.5]]])).round(12).tolist()
    [[[4.0, 3.0], [6.0, 2.0]]]
    """
    rows, columns = _check([tuple(one.shape) for one in matrices], tuple(scales.shape))
    xp, factors, most = real_matrices(scales)
    batch = factors.shape[1]
    if batch > 1 and bool(xp.all(factors == factors[:, :1, :])):
        return xp.repeat(scaled_singular_values(matrices, factors[:, :1, :]), batch, axis=1)
    entries = xp.concat([xp.reshape(one, (1, -1)) for one in matrices], axis=1)
    largest = real_matrices(entries)[2]
    if rows > columns or not (is_moderate(largest) and is_moderate(most)):
        return xp.stack(
            [singular_values(factors[at, :, :, None] * one) for at, one in enumerate(matrices)]
        )
    floats = [xp.astype(one, factors.dtype, copy=False) for one in matrices]
    gram = xp.stack([one @ xp.matrix_transpose(one) for one in floats])
    values, trusted = gram_roots(gram, xp, scales=factors)
    if not bool(xp.all(trusted)):
        doubtful = xp.reshape(~trusted, factors.shape[:2])
        values = put_rows(values, _by_svd(floats, factors, doubtful, xp), trusted, xp)
    return xp.reshape(values, factors.shape)


def _by_svd(
    matrices: list[Array],
    scales: Float[Array, "matrices batch m"],
    chosen: Bool[Array, "matrices batch"],
    xp: Any,
) -> Float[Array, "chosen m"]:
    """Return the singular values of the chosen scalings alone, in their order."""
    return xp.concat(
        [
            xp.linalg.svdvals(scales[at, ...][chosen[at, ...]][..., None] * one)
            for at, one in enumerate(matrices)
        ]
    )


def _check(shapes: list[tuple[int, ...]], scales: tuple[int, ...]) -> tuple[int, int]:
    """Return the rows of all matrices and the columns of the narrowest, if all shapes fit."""
    rows = shapes[0][0] if shapes and len(shapes[0]) == 2 else 0
    counts = {min(shape) if len(shape) == 2 and shape[0] == rows else 0 for shape in shapes}
    fits = len(scales) == 3 and scales[0] == len(shapes) and scales[2] == rows
    if not fits or len(counts) != 1 or 0 in counts:
        raise ShapeError(
            "Scaled matrices have as many rows as there are scales, and equally many singular "
            f"values. Received matrices of shapes {shapes} and scales of shape {scales}. "
            "Pass scales of shape (matrices, batch, m)."
        )
    return rows, min(shape[1] for shape in shapes)
