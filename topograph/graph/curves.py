"""The curves that links take in a drawing, as cubic Bezier pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float]


def arc(start: Point, end: Point, apex: float, *, lean: float = 0.1) -> Floats:
    """Rise from `start`, reach about the height `apex` half-way and come down on `end`.

    The control points lie inwards of the ends by the share `lean` of their distance: the more, the
    flatter the curve leaves and arrives.

    Returns
    -------
    float array, shape (1, 4, 2)
        The control points (x, y) of one cubic piece.

    Notes
    -----
    Half-way the curve is at 1/8 of the ends' heights and 3/4 of the control height, which is
    chosen so that this is the apex; a curve between ends of different heights can pass a
    little above it.

    Examples
    --------
    >>> arc((0, 0), (4, 0), 3.0).tolist()
    [[[0.0, 0.0], [0.4, 4.0], [3.6, 4.0], [4.0, 0.0]]]
    """
    control = (8 * apex - start[1] - end[1]) / 6
    inward = lean * (end[0] - start[0])
    return np.array([[start, (start[0] + inward, control), (end[0] - inward, control), end]], float)


def through(points: Sequence[Point]) -> Floats:
    """Lead from point to point, level at both ends and never above or below two neighbours.

    Returns
    -------
    float array, shape (points - 1, 4, 2)
        The control points (x, y) of one cubic piece between two points.

    Notes
    -----
    The slope at an inner point is the harmonic mean of the slopes on both sides, and 0 where they
    differ in sign, which keeps each piece monotone [1]_. The first and the last piece are level
    at the ends for half of their length.

    References
    ----------
    .. [1] F. N. Fritsch and J. Butland, "A method for constructing local monotone piecewise cubic
           interpolants", SIAM J. Sci. Stat. Comput. 5 (1984), Eq. (3) with alpha = 1/2.

    Examples
    --------
    >>> through([(0, 0), (2, 1)]).tolist()
    [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]]]
    """
    x, y = np.array(points, float).T
    step, slope = np.diff(x), np.diff(y) / np.diff(x)
    inner = np.zeros(len(slope) - 1)
    same = slope[:-1] * slope[1:] > 0
    left, right = slope[:-1][same], slope[1:][same]
    inner[same] = 2 * left * (right / (left + right))
    slopes = np.array([0.0, *inner, 0.0])
    reach = np.full((len(step), 2), 1 / 3)
    reach[0, 0] = reach[-1, 1] = 1 / 2
    before, behind = step * reach[:, 0], step * reach[:, 1]
    pieces: Floats = np.empty((len(step), 4, 2))
    pieces[:, 0], pieces[:, 3] = np.array(points[:-1]), np.array(points[1:])
    pieces[:, 1] = np.stack([x[:-1] + before, y[:-1] + before * slopes[:-1]], axis=1)
    pieces[:, 2] = np.stack([x[1:] - behind, y[1:] - behind * slopes[1:]], axis=1)
    return pieces


def sampled(pieces: Floats, count: int = 24) -> Floats:
    """Return points along the pieces, `count` for each; shape (pieces * count, 2).

    Examples
    --------
    >>> sampled(arc((0, 0), (4, 0), 3.0), 3).tolist()
    [[0.0, 0.0], [2.0, 3.0], [4.0, 0.0]]
    """
    t = np.linspace(0.0, 1.0, count)
    weights = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    points: Floats = np.einsum("nk,pkd->pnd", weights, pieces).reshape(-1, 2)
    return points
