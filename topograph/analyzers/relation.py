"""Does a measure tell the accuracy: a line through points, and how sure one can be of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.arrays import to_host
from topograph.errors import BudgetError, ShapeError
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Relation", "relation"]


@dataclass(frozen=True, slots=True, eq=False)
class Relation(Result):
    """A line fitted to points by least squares; `relation` makes it.

    Attributes
    ----------
    slope : float
        Change of y per unit of x, or per factor e of x where `log` is true.
    intercept : float
        The line's y where x (or its logarithm) is 0.
    slope_error : float
        Standard error of the slope.
    residual_error : float
        Standard deviation of the points about the line, on n - 2 degrees of freedom.
    r_squared : float
        Share of the variance of y that the line explains, in [0, 1].
    pearson, spearman : float
        Correlation of y with x (or its logarithm), and of their ranks, in [-1, 1].
    n : int
        Number of points in the fit.
    dropped : int
        Number of points without a logarithm, x <= 0, that are not in the fit.
    log : bool
        Whether the line is straight in the natural logarithm of x.
    level : float
        Confidence level of `band`.
    x, y : ndarray of shape (n,)
        The points in the fit.
    index : ndarray of shape (n,)
        Their places in the data as given. The three arrays are read-only.
    """

    slope: float = field(metadata={"unit": "y per x, or y per factor e of x"})
    intercept: float = field(metadata={"unit": "y"})
    slope_error: float = field(metadata={"unit": "as slope"})
    residual_error: float = field(metadata={"unit": "y"})
    r_squared: float
    pearson: float
    spearman: float
    n: int = field(metadata={"unit": "points"})
    dropped: int = field(metadata={"unit": "points"})
    log: bool
    level: float
    x: NDArray[np.float64] = field(metadata={"unit": "x"}, repr=False)
    y: NDArray[np.float64] = field(metadata={"unit": "y"}, repr=False)
    index: NDArray[np.intp] = field(repr=False)

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the line's y at each `x`.

        Raises
        ------
        BudgetError
            If the line is straight in the logarithm of x and some `x` is not positive.
        """
        return self.intercept + self.slope * _scale(np.asarray(x, dtype=float), self.log)

    def band(self, x: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        r"""Return the lower and the upper confidence limit of the line at each `x`.

        .. math:: \hat y(u) \pm t_{(1 + \mathrm{level})/2,\, n - 2} \; s
                  \sqrt{\frac 1 n + \frac{(u - \bar u)^2}{\sum_i (u_i - \bar u)^2}}

        with :math:`u = x` or :math:`u = \ln x`, and :math:`s` the `residual_error`.

        Parameters
        ----------
        x : array_like
            Where to evaluate the limits, in the unit of the data.

        Returns
        -------
        tuple of ndarray
            Lower and upper limit, in the unit of y.

        Raises
        ------
        BudgetError
            If the line is straight in the logarithm of x and some `x` is not positive.

        Notes
        -----
        The band is for the mean of y at one x, under independent normal errors of one
        variance. It is pointwise: the whole line lies in it with a smaller probability.
        """
        from scipy.special import stdtrit

        points = _scale(self.x, self.log)
        offset = _scale(np.asarray(x, dtype=float), self.log) - points.mean()
        spread = np.sum((points - points.mean()) ** 2)
        quantile = float(stdtrit(self.n - 2, (1 + self.level) / 2))
        half = quantile * self.residual_error * np.sqrt(1 / self.n + offset**2 / spread)
        line = self.predict(x)
        return line - half, line + half


def relation(x: ArrayLike, y: ArrayLike, *, log: bool = True, level: float = 0.95) -> Relation:
    r"""Fit a line of y against x, or against the logarithm of x, and say how well it fits.

    .. math:: \hat y = a + b \, u, \qquad b = \frac{\sum_i (u_i - \bar u)(y_i - \bar y)}
              {\sum_i (u_i - \bar u)^2}, \qquad u = \ln x \text{ or } x .

    Parameters
    ----------
    x : array_like of shape (points,)
        A measure of each architecture, for example its NN-Mass.
    y : array_like of shape (points,)
        What it should tell, for example the test accuracy.
    log : bool
        Fit against the natural logarithm of `x`. Points with :math:`x \le 0` have none;
        they are left out and counted in `dropped`.
    level : float
        Confidence level of the band, in (0, 1).

    Returns
    -------
    Relation
        The line, :math:`R^2`, both correlations, and the points of the fit.

    Raises
    ------
    ShapeError
        If `x` and `y` are not two sequences of one length, or fewer than three points remain.
    BudgetError
        If a value is NaN or infinite, `x` or `y` is constant, or `level` is not in (0, 1).

    Notes
    -----
    The fit is ordinary least squares with every point of equal weight: repeat an
    architecture's row for each of its runs, or average them first, and say which. Spearman's
    coefficient gives tied values their average rank. The base of the logarithm changes
    the slope only. Arrays on a GPU are copied to the host first.

    References
    ----------
    .. [1] N. R. Draper and H. Smith, "Applied Regression Analysis", 3rd ed., 1998,
           sections 1.3-1.4.

    Examples
    --------
    Three points on a line, :math:`y = 1 + 2x`, and one off it:

    >>> line = relation([0, 1, 2], [1, 3, 5], log=False)
    >>> line.slope, line.intercept, line.r_squared
    (2.0, 1.0, 1.0)
    >>> bent = relation([0, 1, 2], [0, 3, 3], log=False)  # sums of squares 1.5 and 6
    >>> round(bent.r_squared, 6)
    0.75
    """
    points, values = _columns(x, y)
    if not 0 < level < 1:
        raise BudgetError(
            "A confidence level lies between 0 and 1, since it is a probability. "
            f"Received {level!r}. Pass for example 0.95."
        )
    index = np.flatnonzero(points > 0) if log else np.arange(points.size)
    dropped = points.size - index.size
    if index.size < 3:
        raise ShapeError(
            "A line with an error needs at least 3 points, since two always lie on one. "
            f"Received {points.size} points, of which {dropped} have no logarithm (x <= 0). "
            "Add points, or pass log=False where x may be 0."
        )
    return _fit(points[index], values[index], index=index, dropped=dropped, log=log, level=level)


def _fit(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    index: NDArray[np.intp],
    dropped: int,
    log: bool,
    level: float,
) -> Relation:
    """Fit the line to checked points, which belong to the result from here on."""
    for part in (x, y, index):
        part.setflags(write=False)
    u = _scale(x, log)
    u_offset, u_spread = _spread(u, "ln x" if log else "x")
    y_offset, y_spread = _spread(y, "y")
    slope = float(u_offset @ y_offset / u_spread)
    unexplained = float(np.sum((y_offset - slope * u_offset) ** 2))
    residual_error = float(np.sqrt(unexplained / (x.size - 2)))
    return Relation(
        slope=slope,
        intercept=float(y.mean() - slope * u.mean()),
        slope_error=residual_error / float(np.sqrt(u_spread)),
        residual_error=residual_error,
        r_squared=max(0.0, 1 - unexplained / y_spread),
        pearson=_correlation(u, y),
        spearman=_correlation(_ranks(u), _ranks(y)),
        n=x.size,
        dropped=dropped,
        log=log,
        level=float(level),
        x=x,
        y=y,
        index=index,
    )


def _columns(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both inputs as finite vectors of one length."""
    points, values = np.array(to_host(x), dtype=float), np.array(to_host(y), dtype=float)
    if points.ndim != 1 or points.shape != values.shape:
        raise ShapeError(
            "x and y are two sequences of one length, since a point has one of each. "
            f"Received shapes {points.shape} and {values.shape}. Pass two columns of one table."
        )
    broken = ~np.isfinite(points) | ~np.isfinite(values)
    if broken.any():
        raise BudgetError(
            "A fit needs finite numbers, since one NaN would spread to every result. "
            f"Received NaN or infinity at {broken.sum()} of {points.size} points, "
            f"first at index {broken.argmax()}. Leave those points out, and say so."
        )
    return points, values


def _scale(x: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    """Return the coordinate in which the line is straight."""
    if not log:
        return x
    if not np.all(x > 0):
        raise BudgetError(
            "A line in the logarithm of x exists for positive x only. "
            f"Received a smallest x of {x.min()}. Ask for positive x."
        )
    return np.log(x)


def _spread(values: NDArray[np.float64], name: str) -> tuple[NDArray[np.float64], float]:
    """Return the offsets from the mean and the sum of their squares, which can be divided by."""
    rounding = 8 * np.finfo(float).eps * np.abs(values).max()
    with np.errstate(over="ignore", under="ignore"):
        offset = values - values.mean()
        spread = float(offset @ offset)
    if np.ptp(values) <= rounding or not 1e-150 < spread < 1e150:
        raise BudgetError(
            f"{name} must vary over a range that float64 can square, since a slope and a "
            f"correlation divide by its squares. Received {values.size} points of {name} from "
            f"{values.min()} to {values.max()}. Add points that differ, or rescale them."
        )
    return offset, spread


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Pearson's coefficient of two vectors that vary."""
    a, b = first - first.mean(), second - second.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1, 1))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value from 1, ties sharing the average of their places."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    average: NDArray[np.float64] = np.cumsum(count) - (count - 1) / 2
    return average[place]
