"""Stratified drawing: a part of the samples in which the classes keep their shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topograph.rng import streams

__all__ = ["draw", "quotas"]


def quotas(sizes: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    r"""Share `count` places among classes in proportion to their sizes.

    Class :math:`c` of :math:`n_c` samples is due :math:`q_c = n_c \, k / n` of the :math:`k`
    places and gets :math:`\lfloor q_c \rfloor` or one more, the largest remainders first.

    Parameters
    ----------
    sizes : array of shape (classes,)
        Samples in each class.
    count : int
        Places, at most the number of samples.

    Returns
    -------
    array of shape (classes,)
        Places of each class; they add up to `count`.

    Examples
    --------
    >>> quotas(np.array([5, 3, 2]), 4).tolist()  # due 2, 1.2 and 0.8
    [2, 1, 1]
    """
    whole_part, remainder = np.divmod(sizes * count, sizes.sum())
    largest_first = np.argsort(-remainder, kind="stable")
    whole_part[largest_first[: count - whole_part.sum()]] += 1
    return whole_part


def draw(
    targets: NDArray[np.int64], count: int, *, rng: np.random.Generator | int | None = None
) -> NDArray[np.intp]:
    """Draw samples without replacement so that the classes keep their shares.

    Parameters
    ----------
    targets : array of shape (samples,)
        Class of each sample, counted from 0.
    count : int
        Number of samples to draw.
    rng : numpy.random.Generator, int or None
        Each class is shuffled by its own stream, so one class does not reshuffle another.

    Returns
    -------
    array of shape (count,)
        Places of the drawn samples, in increasing order.
    """
    sizes = np.bincount(targets)
    shares = quotas(sizes, count)
    members = [np.flatnonzero(targets == label) for label in range(len(sizes))]
    shuffled = [
        stream.permutation(places)[:share]
        for stream, places, share in zip(streams(rng, len(sizes)), members, shares, strict=True)
    ]
    return np.sort(np.concatenate(shuffled))
