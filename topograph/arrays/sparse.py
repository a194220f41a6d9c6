"""Sparse matrices of SciPy and of CuPy under one set of names."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from array_api_compat import is_cupy_array

from topograph.errors import ShapeError

__all__ = ["csr", "is_sparse", "sparse_namespace"]

_LIBRARIES = ("scipy.sparse", "cupyx.scipy.sparse")


def is_sparse(x: object) -> bool:
    """Tell whether `x` is a sparse matrix or sparse array of SciPy or CuPy.

    Neither library is imported: without it, nothing can be one of its matrices.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> is_sparse(csr_array((2, 3))), is_sparse([[0, 1]])
    (True, False)
    """
    loaded = (sys.modules.get(name) for name in _LIBRARIES)
    return any(library is not None and library.issparse(x) for library in loaded)


def sparse_namespace(x: Any) -> Any:
    """Return the sparse library that works where `x` lives.

    Parameters
    ----------
    x : array or sparse matrix
        Its device decides, whether it is dense or sparse.

    Returns
    -------
    module
        ``cupyx.scipy.sparse`` for CuPy, ``scipy.sparse`` for everything else.

    Examples
    --------
    >>> import numpy as np
    >>> sparse_namespace(np.ones(3)).__name__
    'scipy.sparse'
    """
    on_gpu = is_cupy_array(x.data if is_sparse(x) else x)
    return import_module("cupyx.scipy.sparse" if on_gpu else "scipy.sparse")


def csr(indptr: Any, indices: Any, *, data: Any, shape: tuple[int, int]) -> Any:
    """Put three arrays together to a matrix in compressed sparse row form.

    Row :math:`i` has the entries ``data[indptr[i]:indptr[i + 1]]`` in the columns
    ``indices[indptr[i]:indptr[i + 1]]``.

    Parameters
    ----------
    indptr : integer array of shape (rows + 1,)
        Where each row begins; not decreasing, from 0 to the number of entries.
    indices : integer array of shape (entries,)
        Column of each entry.
    data : array of shape (entries,)
        Value of each entry.
    shape : tuple of two int
        Rows and columns.

    Returns
    -------
    csr_array of scipy.sparse or cupyx.scipy.sparse
        The matrix, in the memory of the three arrays.

    Raises
    ------
    ShapeError
        If the three arrays do not fit the shape or each other.

    Notes
    -----
    Only the lengths and the ends of `indptr` are checked, in constant time. On a GPU `data`
    must be bool or floating, and CuPy before version 14 gives a ``csr_matrix``, whose ``*`` is
    the matrix product; ``@`` and ``multiply`` mean the same everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> rows = csr(np.array([0, 1, 3]), np.array([2, 0, 1]), data=np.ones(3), shape=(2, 3))
    >>> rows.toarray()
    array([[0., 0., 1.],
           [1., 1., 0.]])
    """
    entries = indices.shape[0]
    fits = indptr.shape[0] == shape[0] + 1 and data.shape[0] == entries
    if not fits or int(indptr[0]) != 0 or int(indptr[-1]) != entries:
        raise ShapeError(
            "Compressed rows need one pointer per row and a last one, from 0 to the number of "
            "entries, and as many values as columns. "
            f"Received {indptr.shape[0]} pointers, {entries} columns and {data.shape[0]} values "
            f"for {shape[0]} rows. Pass the indptr, indices and data of one matrix."
        )
    library = sparse_namespace(indptr)
    build = getattr(library, "csr_array", library.csr_matrix)
    return build((data, indices, indptr), shape=shape)
