"""Mean and spread of a response among points of equal measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.arrays import to_host
from topograph.errors import ShapeError
from topograph.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["GroupMeans", "group_means"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupMeans(Result):
    """A response by groups of points of equal measures; `group_means` makes it.

    Attributes
    ----------
    measures : float array of shape (groups, measures)
        What the points of a group share, in ascending order.
    mean, spread : float array of shape (groups,)
        Mean and standard deviation of the response in a group; the spread of a group of one is 0.
    lowest, highest : float array of shape (groups,)
    n : int array of shape (groups,)
        Points of a group.
    """

    measures: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    n: NDArray[np.int64] = field(metadata={"unit": "points"})

    def to_frame(self) -> pd.DataFrame:
        """One row per group; the measures are the columns ``measure_0``, ``measure_1``, ..."""
        import pandas as pd

        shared = {f"measure_{place}": column for place, column in enumerate(self.measures.T)}
        names = ("n", "mean", "spread", "lowest", "highest")
        return pd.DataFrame({**shared, **{name: getattr(self, name) for name in names}})


def group_means(measures: ArrayLike, response: ArrayLike) -> GroupMeans:
    """Gather points of equal measures and describe their response.

    Parameters
    ----------
    measures : array_like of shape (points, measures)
        For example effective depth and width of each architecture. Points are of one group where
        all of them are equal to the last bit.
    response : array_like of shape (points,)
        For example test accuracy.

    Returns
    -------
    GroupMeans

    Raises
    ------
    ShapeError
        If there is no point, numbers of points differ, or a value is not finite.

    Notes
    -----
    The spread is that of the group itself, divided by its size and not by one less.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Fig. 5, where each dot is such a group.

    Examples
    --------
    >>> found = group_means([[1, 2], [1, 2], [3, 0]], [90.0, 94.0, 50.0])
    >>> found.n.tolist(), found.mean.tolist(), found.spread.tolist()
    ([2, 1], [92.0, 50.0], [2.0, 0.0])
    """
    x, y = (np.asarray(to_host(part), dtype=float) for part in (measures, response))
    _check(x, y)
    shared, group = np.unique(x, axis=0, return_inverse=True)
    group = group.reshape(-1)
    n = np.bincount(group)
    mean = np.bincount(group, y) / n
    square = np.bincount(group, (y - mean[group]) ** 2) / n
    lowest, highest = np.full(len(n), np.inf), np.full(len(n), -np.inf)
    np.minimum.at(lowest, group, y)
    np.maximum.at(highest, group, y)
    return GroupMeans(shared, mean, np.sqrt(square), lowest, highest, n)


def _check(x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Raise unless each point has finite measures and a finite response."""
    fits = x.ndim == 2 and y.ndim == 1 and len(x) == len(y) > 0
    if not (fits and np.isfinite(x).all() and np.isfinite(y).all()):
        raise ShapeError(
            "Each point has a row of measures and a response, all of them finite, since points "
            f"are gathered by their rows. Received shapes {x.shape} and {y.shape}. "
            "Pass numpy.stack([depth, width], axis=-1) and leave out what was not measured."
        )
