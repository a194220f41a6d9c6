"""Where randomness comes from: one generator, and independent streams spawned from it."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from topograph._checks import whole
from topograph.errors import BudgetError

__all__ = ["as_generator", "streams"]


def as_generator(rng: np.random.Generator | int | None = None) -> np.random.Generator:
    r"""Turn a seed into a generator; a generator passes through.

    Parameters
    ----------
    rng : numpy.random.Generator, int or None
        A generator is returned as it is and advances with each use. An integer
        :math:`\ge 0` is a seed. None draws fresh entropy from the system.

    Returns
    -------
    numpy.random.Generator
        The same seed gives the same bits on every machine.

    Raises
    ------
    BudgetError
        If `rng` is something else, a negative seed or a ``RandomState`` for example.

    Examples
    --------
    >>> int(as_generator(7).integers(100)) == int(as_generator(7).integers(100))
    True
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is None:
        return np.random.default_rng()
    if isinstance(rng, bool) or not isinstance(rng, Integral) or rng < 0:
        raise BudgetError(
            "Randomness comes from a NumPy Generator or from a seed, an integer of at least 0, so "
            f"that a result can be repeated. Received {rng!r} of type {type(rng).__name__}. "
            "Pass numpy.random.default_rng(seed), a seed, or None."
        )
    return np.random.default_rng(int(rng))


def streams(rng: np.random.Generator | int | None, count: int) -> list[np.random.Generator]:
    r"""Spawn independent streams, one for each cell, layer or trial.

    The stream at place :math:`i` does not depend on `count`, so adding a layer does
    not reshuffle the layers before it.

    Parameters
    ----------
    rng : numpy.random.Generator, int or None
        The parent, as in `as_generator`. A generator that has spawned before goes
        on spawning new streams; a seed starts afresh.
    count : int
        Number of streams, :math:`\ge 0`.

    Returns
    -------
    list of numpy.random.Generator
        `count` generators.

    Raises
    ------
    BudgetError
        If `count` is negative or no integer.

    Examples
    --------
    >>> first, second = streams(0, 2)
    >>> again, *_ = streams(0, 5)
    >>> float(first.random()) == float(again.random())
    True
    """
    count = whole(
        "The number of streams",
        count,
        error=BudgetError,
        because="each stream serves one cell, layer or trial",
    )
    return as_generator(rng).spawn(count)
