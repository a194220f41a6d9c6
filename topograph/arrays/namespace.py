"""Which library an array belongs to, and the way back to NumPy."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import array_api_compat
import numpy as np

from topograph.arrays.sparse import is_sparse
from topograph.errors import ShapeError

__all__ = ["Array", "array_namespace", "to_host"]

#: An array of any library that follows the array API standard.
Array: TypeAlias = Any


def array_namespace(*arrays: Array) -> Any:
    """Return the array-API namespace that the arrays share.

    Parameters
    ----------
    *arrays : array, sparse matrix, number or None
        Numbers and None belong to every namespace. A sparse matrix belongs to the
        namespace of the array that holds its entries.

    Returns
    -------
    module
        A namespace of the array API standard, NumPy where no array is given.

    Raises
    ------
    ShapeError
        If the arrays belong to two libraries, or something is not an array.

    Examples
    --------
    >>> import numpy as np
    >>> xp = array_namespace(np.ones(3), 2.0)
    >>> float(xp.sum(xp.ones(3)))
    3.0
    """
    if all(type(array) is np.ndarray for array in arrays):
        return _of_numpy()
    dense = [array.data if is_sparse(array) else array for array in arrays]
    if all(array is None or isinstance(array, int | float | complex) for array in dense):
        return _of_numpy()
    try:
        return array_api_compat.array_namespace(*dense)
    except TypeError as error:
        kinds = ", ".join(sorted({type(array).__name__ for array in arrays}))
        raise ShapeError(
            "The arrays of one computation belong to one library, since no library computes on "
            f"another one's memory. Received {kinds}. "
            "Convert lists by numpy.asarray, and move arrays by to_host or to_device."
        ) from error


@cache
def _of_numpy() -> Any:
    """Return the namespace of NumPy's own arrays, the usual case, which is asked for often."""
    return array_api_compat.array_namespace(np.empty(0))


def to_host(x: Array) -> Any:
    """Bring an array or sparse matrix into the memory of the host, as NumPy or SciPy.

    Parameters
    ----------
    x : array or sparse matrix
        Of any shape, on any device.

    Returns
    -------
    numpy.ndarray or scipy.sparse array
        `x` itself where it lives on the host already.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(3)
    >>> to_host(x) is x
    True
    """
    if type(x) is np.ndarray:  # the usual case, which is asked for often
        return x
    if array_api_compat.is_cupy_array(x.data if is_sparse(x) else x):
        return x.get()
    if is_sparse(x) or isinstance(x, np.ndarray):
        return x
    return np.from_dlpack(x) if hasattr(x, "__dlpack__") else np.asarray(x)
