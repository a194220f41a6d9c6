"""Data sets in closed form: classes that alternate along a line or from ring to ring."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topograph._checks import whole
from topograph.datasets.dataset import Dataset
from topograph.errors import BudgetError
from topograph.rng import streams

__all__ = ["KINDS", "synthetic"]

KINDS = ("segments", "rings")


def synthetic(
    kind: str,
    *,
    pieces: int = 20,
    train: int = 60_000,
    test: int = 12_000,
    rng: np.random.Generator | int | None = 0,
) -> Dataset:
    r"""Sample two classes that alternate from piece to piece.

    Sample :math:`i` lies in piece :math:`j = i \bmod p` at the place

    .. math:: r = (j + u) / p , \qquad u \sim U[0, 1) ,

    and its class is :math:`j \bmod 2`. The inputs are :math:`(r, r)` for segments, and
    :math:`(r \cos \varphi, r \sin \varphi)` with :math:`\varphi \sim U[0, 2 \pi)` for rings.

    Parameters
    ----------
    kind : {"segments", "rings"}
        Pieces of the line from 0 to 1, or concentric rings of the unit disc.
    pieces : int
        Number :math:`p \ge 2` of segments or rings.
    train, test : int
        Samples in each part, at least one for each piece.
    rng : numpy.random.Generator, int or None
        Training and test part draw from streams of their own.

    Returns
    -------
    Dataset
        Two inputs, two classes; named ``segments20``, ``rings20``, ...

    Raises
    ------
    BudgetError
        If the kind is unknown, or the pieces or samples are too few.

    Notes
    -----
    With 20 and 30 segments and 20 rings these are the sets Seg20, Seg30 and Circle20 of [1]_. Its
    Table 6 prints the piece of sample :math:`i` as :math:`\lfloor i / 20 \rfloor`, which cannot
    give 20 pieces; here it is :math:`i \bmod p`, so that the pieces are equally full. The authors'
    released data have fewer points, stretch the line to 0..100 and crowd the radii in the middle
    of each ring; here they are uniform, as in the text. The coordinates of rings are the plain
    ones, from -1 to 1.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Appendix H.1, Table 6.

    Examples
    --------
    >>> line = synthetic("segments", pieces=4, train=8, test=4)
    >>> line.train_targets.tolist()
    [0, 1, 0, 1, 0, 1, 0, 1]
    >>> (4 * line.test_inputs[:, 0]).astype(int).tolist()
    [0, 1, 2, 3]
    """
    if kind not in KINDS:
        raise BudgetError(
            "A synthetic set has a closed form, and topograph knows the form of a few. "
            f"Received {kind!r}. Choose one of {', '.join(KINDS)}."
        )
    pieces = whole("pieces", pieces, minimum=2, error=BudgetError, because="classes alternate")
    counts = [
        whole(name, count, minimum=pieces, error=BudgetError, because="no piece stays empty")
        for name, count in (("train", train), ("test", test))
    ]
    (train_inputs, train_targets), (test_inputs, test_targets) = (
        _sample(kind, pieces, count, stream)
        for count, stream in zip(counts, streams(rng, 2), strict=True)
    )
    return Dataset(
        f"{kind}{pieces}", train_inputs, train_targets, test_inputs, test_targets, classes=2
    )


def _sample(
    kind: str, pieces: int, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Sample the points of one part and their classes."""
    piece = np.arange(count) % pieces
    place = (piece + rng.random(count)) / pieces
    if kind == "segments":
        points = np.stack([place, place], axis=1)
    else:
        angle = 2 * np.pi * rng.random(count)
        points = place[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points.astype(np.float32), piece % 2
