"""Dual activations without closed form, interpolated in the angle between two inputs."""

from __future__ import annotations

from functools import lru_cache
from math import pi
from typing import Any

import numpy as np

from topograph.analyzers.kernels.quadrature import Floats, Function, gaussian_product
from topograph.arrays import Array, array_namespace, to_host
from topograph.errors import BudgetError

__all__ = ["angular_series", "chebyshev_sum", "expected_product"]

DEGREES = (32, 64, 128, 256, 512, 1024)
TAIL = 1e-13
"""Size of the last coefficients relative to the largest at which a series ends."""


def expected_product(
    function: Function, left: Array, right: Array, cross: Array, kinks: tuple[float, ...] = ()
) -> Array:
    r"""Return :math:`E[g(u) g(v)]` for Gaussian pairs with the given second moments.

    Parameters
    ----------
    function : callable
        :math:`g`, as in `gaussian_product`; one object for one function, since series are kept.
    left, right, cross : array
        :math:`E u^2`, :math:`E v^2` and :math:`E u v`, of shapes that broadcast.
    kinks : tuple of float
        Where :math:`g` or a derivative of it jumps.

    Returns
    -------
    array
        Of the shape of `cross` after broadcasting, in its library.

    Notes
    -----
    Where `left` and `right` are one number each, as for inputs of one norm, the expectation is an
    analytic function of :math:`\theta = \arccos r`, also where :math:`g` has kinks, and a
    Chebyshev series in :math:`\theta` is summed for all pairs. Otherwise every pair is integrated,
    which takes milliseconds each.

    Examples
    --------
    >>> expected_product(np.tanh, np.ones(1), np.ones(1), np.zeros(3)).round(12).tolist()
    [0.0, 0.0, 0.0]
    """
    xp = array_namespace(cross)
    if left.size == 1 == right.size:
        series = angular_series(
            function, float(left[(0,) * left.ndim]), float(right[(0,) * right.ndim]), kinks
        )
        return chebyshev_sum(series, xp.acos(_correlation(left, right, cross, xp)) * (2 / pi) - 1)
    angle = to_host(xp.acos(_correlation(left, right, cross, xp)))
    ends = (np.broadcast_to(to_host(end), angle.shape).ravel() for end in (left, right))
    found = gaussian_product(function, *ends, angle=angle.ravel(), kinks=kinks)
    return xp.astype(xp.asarray(found.reshape(angle.shape)), cross.dtype)


@lru_cache(maxsize=512)
def angular_series(
    function: Function, left: float, right: float, kinks: tuple[float, ...]
) -> tuple[float, ...]:
    r"""Chebyshev coefficients of :math:`E[g(u) g(v)]` over :math:`2 \theta / \pi - 1`."""

    def sample(x: Floats) -> Floats:
        ends = (np.full(x.shape, q) for q in (left, right))
        return gaussian_product(function, *ends, angle=(x + 1) * (pi / 2), kinks=kinks)

    for degree in DEGREES:
        series = _interpolated(sample, degree)
        size = np.abs(series)
        if size[-degree // 4 :].max() <= TAIL * max(size.max(), 1e-300):
            last = np.flatnonzero(size > TAIL / 10 * size.max()).max(initial=0)
            return tuple(series[: last + 1].tolist())
    raise BudgetError(
        "A dual activation is interpolated in the angle between two inputs, where it is smooth. "
        f"Received one that {DEGREES[-1]} terms do not describe. "
        "Name all kinks of the function, or make the variances smaller."
    )


def _interpolated(sample: Function, degree: int) -> Floats:
    """Chebyshev coefficients of the polynomial through the Chebyshev points."""
    points = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
    basis = np.polynomial.chebyshev.chebvander(points, degree)
    series = 2 / (degree + 1) * (basis.T @ sample(points))
    return np.concatenate([series[:1] / 2, series[1:]])


def chebyshev_sum(series: tuple[float, ...], x: Array) -> Array:
    r"""Sum :math:`\sum_k a_k T_k(x)` by Clenshaw's recurrence.

    Examples
    --------
    >>> chebyshev_sum((1.0, 0.0, 2.0), np.array([0.5])).tolist()  # 1 + 2 T_2(1/2)
    [0.0]
    """
    double, later, latest = 2 * x, 0 * x, 0 * x
    for coefficient in series[:0:-1]:
        later, latest = coefficient + double * later - latest, later
    return series[0] + x * later - latest


def _correlation(left: Array, right: Array, cross: Array, xp: Any) -> Array:
    """Correlation of each pair from -1 to 1; 0 where a variance is 0."""
    size = xp.sqrt(left * right)
    size = xp.where(size > 0, size, xp.ones_like(size))
    return xp.clip(cross / size, -1.0, 1.0)
