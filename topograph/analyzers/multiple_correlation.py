"""How well several measures together tell the accuracy: multiple, rank and partial correlation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.analyzers.relation import _ranks
from topograph.arrays import to_host
from topograph.errors import BudgetError, ShapeError
from topograph.result import Result
from topograph.rng import as_generator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["MultipleCorrelation", "multiple_correlation"]


@dataclass(frozen=True, slots=True, eq=False)
class MultipleCorrelation(Result):
    """Correlation of a response with predictors; `multiple_correlation` makes it.

    Attributes
    ----------
    r : float
        Coefficient of multiple correlation, in [0, 1], over all points.
    r_interval : tuple of float
        Its bootstrap interval.
    r_groups : float
        The same over the means of groups, which are the points of equal predictors, every group of
        equal weight; NaN where there are no more groups than predictors and one.
    r_groups_interval : tuple of float
        Its bootstrap interval: points are drawn, then grouped.
    rank_r : float
        Coefficient of multiple correlation of the ranks.
    pearson, spearman : tuple of float
        Correlation of each predictor with the response, and of their ranks.
    partial : tuple of float
        Correlation of each predictor with the response, given the control variables alone; NaN
        without any.
    partial_r : float
        Coefficient of multiple correlation of all predictors, given the control variables: R of
        what these leave unexplained on both sides. NaN without any.
    control_r : float
        Coefficient of multiple correlation of the control variables; NaN without any.
    chance, chance_groups : float
        Root mean square of R of points (groups) where the response has nothing to do with the
        predictors.
    n, groups : int
        Number of points and of groups.
    level : float
        Confidence level of the intervals.
    """

    r: float
    r_interval: tuple[float, float]
    r_groups: float
    r_groups_interval: tuple[float, float]
    rank_r: float
    pearson: tuple[float, ...]
    spearman: tuple[float, ...]
    partial: tuple[float, ...]
    partial_r: float
    control_r: float
    chance: float
    chance_groups: float
    n: int = field(metadata={"unit": "points"})
    groups: int = field(metadata={"unit": "groups"})
    level: float


def multiple_correlation(
    predictors: ArrayLike,
    response: ArrayLike,
    *,
    control: ArrayLike | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> MultipleCorrelation:
    r"""Say how much of a response several predictors explain together by a linear function.

    .. math:: R = \sqrt{c^\top R_{xx}^{-1} c} ,

    with the correlations :math:`c` of the predictors with the response and :math:`R_{xx}` among
    themselves; :math:`R^2` is that of least squares with an intercept.

    Parameters
    ----------
    predictors : array_like, shape (points, predictors)
        For example effective depth and width of each architecture.
    response : array_like, shape (points,)
        For example test accuracy.
    control : array_like, shape (points,) or (points, controls), optional
        What the predictors have to beat, for example parameters.
    resamples : int
        Bootstrap samples of points; 0 makes no intervals (NaN).
    level : float
        Confidence level of the percentile intervals, in (0, 1).
    rng : numpy.random.Generator, int or None
        Draws the samples.

    Returns
    -------
    MultipleCorrelation

    Raises
    ------
    ShapeError
        If numbers of points differ, or there are too few for the predictors.
    BudgetError
        If a value is not finite, the response or a predictor is constant, predictors are
        linear functions of one another, or `resamples` or `level` is out of range.

    Notes
    -----
    R is never negative, so that a positive R alone says nothing: compare it with `chance`,
    :math:`\sqrt{k / (n - 1)}` for :math:`k` predictors, with the control variables, and
    with `r_interval`. R over groups weighs rare groups as much as frequent ones and averages the
    spread inside groups away, so that it may be larger or smaller. Percentile intervals of R are
    shifted upwards where it is small.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Figure 5.
    .. [2] H. Abdi, "Multiple correlation coefficient", Encyclopedia of Measurement and
           Statistics, 2007.

    Examples
    --------
    Two predictors that are uncorrelated, each explaining half of the variance:

    >>> found = multiple_correlation([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 2], resamples=0)
    >>> round(found.r, 12), [round(r, 4) for r in found.pearson]
    (1.0, [0.7071, 0.7071])
    """
    x, y, z = _columns(predictors, response, control)
    whole("resamples", resamples, error=BudgetError, because="it counts bootstrap samples")
    if not 0 < level < 1:
        raise BudgetError(
            "A confidence level lies between 0 and 1, since it is a probability. "
            f"Received {level!r}. Pass for example 0.95."
        )
    _, group = np.unique(x, axis=0, return_inverse=True)
    group = group.reshape(-1)
    n, k, groups = len(y), x.shape[1], int(group.max()) + 1
    drawn = np.array(list(_bootstrap(x, y, group, resamples, as_generator(rng)))).reshape(-1, 2)
    ranked, ranked_y = np.column_stack([_ranks(column) for column in x.T]), _ranks(y)
    left_x, left_y = _left(x, z), _left(y[:, None], z)[:, 0]
    return MultipleCorrelation(
        r=_multiple(x, y),
        r_interval=_interval(drawn[:, 0], level),
        r_groups=_of_groups(x, y, group, np.ones(n)),
        r_groups_interval=_interval(drawn[:, 1], level),
        rank_r=_multiple(ranked, ranked_y),
        pearson=_single(x, y),
        spearman=_single(ranked, ranked_y),
        partial=_single(left_x, left_y) if z.size else (nan,) * k,
        partial_r=_multiple(left_x, left_y) if z.size else nan,
        control_r=_multiple(z, y) if z.size else nan,
        chance=sqrt(k / (n - 1)),
        chance_groups=sqrt(k / (groups - 1)) if groups > k + 1 else nan,
        n=n,
        groups=groups,
        level=float(level),
    )


def _multiple(x: Floats, y: Floats, weights: Floats | None = None) -> float:
    """R of weighted points; NaN where the response is constant, predictors may be collinear."""
    w = np.ones(len(y)) if weights is None else weights
    table = np.column_stack([x, y])
    # Scaled beforehand, so that the squares of columns of any unit can be added.
    offset = table - (w @ table) / w.sum()
    offset = offset / np.maximum(np.abs(offset).max(axis=0), np.finfo(float).tiny)
    moments = (offset * w[:, None]).T @ offset
    spread = np.sqrt(np.diagonal(moments))
    if spread[-1] <= 0:
        return nan
    scale = np.where(spread > 0, spread, 1.0)
    correlation = moments / np.outer(scale, scale)
    c = correlation[:-1, -1]
    explained = c @ np.linalg.pinv(correlation[:-1, :-1], rcond=1e-12, hermitian=True) @ c
    return float(np.sqrt(np.clip(explained, 0, 1)))


def _of_groups(x: Floats, y: Floats, group: NDArray[np.intp], weights: Floats) -> float:
    """R of the means of groups that have any weight."""
    size = np.bincount(group, weights)
    there = size > 0
    if there.sum() <= x.shape[1] + 1:
        return nan
    member = np.zeros(len(size), dtype=np.intp)
    member[group] = np.arange(len(group))
    means = np.bincount(group, weights * y)[there] / size[there]
    return _multiple(x[member][there], means)


def _bootstrap(
    x: Floats, y: Floats, group: NDArray[np.intp], resamples: int, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """Yield R over points and over groups of points that are drawn with repetition."""
    n = len(y)
    for _ in range(resamples):
        weights = np.bincount(rng.integers(n, size=n), minlength=n).astype(float)
        yield _multiple(x, y, weights), _of_groups(x, y, group, weights)


def _interval(drawn: Floats, level: float) -> tuple[float, float]:
    """The central interval of what was drawn; NaN of nothing."""
    known = drawn[~np.isnan(drawn)]
    if not known.size:
        return nan, nan
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _single(x: Floats, y: Floats) -> tuple[float, ...]:
    """Correlation of each column with the response, NaN where one of them is constant."""
    found = []
    for column in x.T:
        sign = np.sign((column - column.mean()) @ (y - y.mean()))
        found.append(float(sign * _multiple(column[:, None], y)) if np.ptp(column) else nan)
    return tuple(found)


def _left(x: Floats, z: Floats) -> Floats:
    """What a linear function of the control variables leaves of each column."""
    if not z.size:
        return x
    units = (z - z.mean(axis=0)) / z.std(axis=0)
    design = np.column_stack([np.ones(len(z)), units])
    left: Floats = x - design @ np.linalg.lstsq(design, x, rcond=None)[0]
    rounding = 1e-10 * np.abs(x - x.mean(axis=0)).max(axis=0)
    return np.where(np.abs(left).max(axis=0) > rounding, left, 0.0)


def _columns(
    predictors: ArrayLike, response: ArrayLike, control: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Return predictors, response and control variables as checked columns."""
    x, y = (np.asarray(to_host(part), dtype=float) for part in (predictors, response))
    z = np.zeros((len(y), 0)) if control is None else np.asarray(to_host(control), dtype=float)
    z = z[:, None] if z.ndim == 1 else z
    shapes = [part.shape for part in (x, y, z)]
    if x.ndim != 2 or y.ndim != 1 or z.ndim != 2 or not len(x) == len(y) == len(z):
        raise ShapeError(
            "Predictors and control variables are tables with one row for each response. "
            f"Received shapes {shapes}. Pass columns of one table, numpy.stack([d, m], axis=-1)."
        )
    if not x.shape[1] or len(y) < x.shape[1] + z.shape[1] + 2:
        raise ShapeError(
            "A multiple correlation needs a predictor and at least 2 more points than variables, "
            "since it is 1 of fewer. "
            f"Received {len(y)} points and {x.shape[1] + z.shape[1]} variables. Add points."
        )
    _check(x, y, z)
    return x, y, z


def _check(x: Floats, y: Floats, z: Floats) -> None:
    """Raise unless all is finite, the response varies and no variable depends on the others."""
    if not all(np.isfinite(part).all() for part in (x, y, z)):
        raise BudgetError(
            "A correlation needs finite numbers, since one NaN would spread to every result. "
            "Received NaN or infinity. Leave those points out, and say so."
        )
    for part, name in ((x, "predictors"), (z, "control variables"), (y[:, None], "response")):
        offset = part - part.mean(axis=0)
        largest = np.abs(offset).max(axis=0, initial=0)
        units = offset / np.where(largest > 0, largest, 1.0)
        if np.linalg.matrix_rank(units, tol=1e-9 * sqrt(len(y))) < part.shape[1]:
            raise BudgetError(
                "Variables vary, and none is a linear function of the others, since a correlation "
                f"divides by what is left of each. Received {name} of which one is constant or "
                "depends on the others. Leave it out."
            )
