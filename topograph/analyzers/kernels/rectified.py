r"""The arc-cosine kernel of degree 1 on large NumPy arrays, without an arc cosine.

With :math:`t = (1 - |r|) / 2` the normalised kernel is

.. math:: \kappa(r) = \frac{\sqrt{1 - r^2} + r (\pi - \arccos r)}{\pi}
          = \max(r, 0) + \frac{t^{3/2}}{\pi} \sum_{k \ge 0} \frac{4}{k + 3/2}
            \binom{2k}{k} \frac{t^k}{4^k (2k + 1)} , \qquad 0 \le t \le 1/2 .

A polynomial takes the place of the series, so that every entry costs the same few products.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import comb, pi
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from numpy.polynomial.chebyshev import cheb2poly, poly2cheb
from numpy.typing import NDArray

__all__ = ["arc_cosine"]

TERMS = 64
"""Of the series: 2^-64 is left out."""
DEGREE = {np.dtype(np.float64): 15, np.dtype(np.float32): 5}
"""Of the polynomial, so that it is exact to the rounding of the type."""


def arc_cosine(size: NDArray[Any], cross: NDArray[Any]) -> NDArray[Any]:
    r"""Return :math:`s \, \kappa(k / s)`.

    Parameters
    ----------
    size, cross : float32 or float64 arrays
        :math:`s \ge 0` and :math:`k` from -s to s, which broadcast; what rounding has put outside
        counts as the end.

    Examples
    --------
    >>> arc_cosine(np.ones(1), np.array([-1.0, 0.0, 1.0])).round(12).tolist()
    [0.0, 0.318309886184, 1.0]
    """
    # All in place: in strips that stay in the cache, what costs is the passes.
    is_unit = size.shape == (1,) * cross.ndim and size.item() == 1
    distance = np.abs(cross if is_unit else cross / np.where(size > 0, size, 1))
    np.subtract(1, distance, out=distance)
    distance.clip(0, 1, out=distance)
    highest, following, *others = polynomial(DEGREE[distance.dtype])
    total = highest * distance
    total += following
    for coefficient in others:
        total *= distance
        total += coefficient
    root = np.sqrt(distance)
    root *= distance
    total *= root
    if not is_unit:
        total *= size
    total += cross.clip(0, size, out=root)
    return total


@cache
def polynomial(degree: int) -> tuple[float, ...]:
    r"""Coefficients in :math:`2 t = 1 - |r|` of what follows :math:`(2 t)^{3/2}`, highest first.

    Chebyshev's series of the power series is cut off, in fractions: in floating point the
    coefficients would be wrong by more than what is left out.
    """
    series = [Fraction(comb(2 * k, k), 8**k * (2 * k + 1) * (2 * k + 3)) for k in range(TERMS)]
    around_the_middle = _exact(series)(_exact([Fraction(1, 2), Fraction(1, 2)]))
    kept = cheb2poly(poly2cheb(around_the_middle.coef)[: degree + 1])
    found = _exact(kept)(_exact([Fraction(-1), Fraction(2)]))
    return tuple(float(value) * 8**0.5 / pi for value in found.coef[::-1])


def _exact(coefficients: Sequence[Fraction] | NDArray[Any]) -> Polynomial:
    """Return a polynomial of fractions."""
    return Polynomial(np.array(coefficients, dtype=object))
