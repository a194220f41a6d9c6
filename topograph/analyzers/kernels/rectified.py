r"""The arc-cosine kernel of degree 1 on large NumPy arrays, without an arc cosine.

With :math:`t = (1 - |r|) / 2` the normalised kernel is

.. math:: \kappa(r) = \frac{\sqrt{1 - r^2} + r (\pi - \arccos r)}{\pi}
          = \max(r, 0) + \frac{t^{3/2}}{\pi} \sum_{k \ge 0} \frac{4}{k + 3/2}
            \binom{2k}{k} \frac{t^k}{4^k (2k + 1)} , \qquad 0 \le t \le 1/2 .

A polynomial takes the place of the series, so that every entry costs the same few products.
"""

from __future__ import annotations

from functools import cache
from math import comb, pi
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray

__all__ = ["arc_cosine"]

TERMS = 90
"""Of the series: 2^-90 is left out."""
DEGREE = {np.dtype(np.float64): 15, np.dtype(np.float32): 6}
"""Of the polynomial, so that it is exact to the rounding of the type."""


def arc_cosine(size: NDArray[Any], correlation: NDArray[Any]) -> NDArray[Any]:
    r"""Return :math:`s \, \kappa(r)`.

    Parameters
    ----------
    size : float32 or float64 array
        :math:`s`; it broadcasts to the shape of `correlation`.
    correlation : array of the same type
        :math:`r` from -1 to 1; what rounding has put outside counts as the end.

    Examples
    --------
    >>> arc_cosine(np.ones(1), np.array([-1.0, 0.0, 1.0])).round(12).tolist()
    [0.0, 0.318309886184, 1.0]
    """
    distance = np.abs(correlation)
    np.subtract(1, distance, out=distance)
    np.clip(distance, 0, 1, out=distance)
    highest, following, *others = polynomial(DEGREE[correlation.dtype])
    total = highest * distance
    total += following
    for coefficient in others:
        total *= distance
        total += coefficient
    root = np.sqrt(distance)
    root *= distance
    total *= root
    total += np.clip(correlation, 0, 1, out=root)
    total *= size
    return total


@cache
def polynomial(degree: int) -> tuple[float, ...]:
    r"""Coefficients in :math:`2 t = 1 - |r|` of what follows :math:`(2 t)^{3/2}`, highest first."""
    series = Polynomial(
        [4 / pi * comb(2 * k, k) / 4**k / (2 * k + 1) / (k + 1.5) for k in range(TERMS)]
    )
    fitted = Chebyshev.interpolate(series, degree, domain=[0, 0.5]).convert(kind=Polynomial)
    halved = [float(found) * 0.5 ** (k + 1.5) for k, found in enumerate(fitted.coef)]
    return tuple(halved[::-1])
