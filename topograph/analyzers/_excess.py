"""What a number exceeds the logarithm of one plus it by: divergences without cancellation."""

from __future__ import annotations

from typing import Any

from topograph.arrays import Array

__all__ = ["log_excess"]

SMALL = 0.05
TERMS = 15
"""Powers of the series; beyond them a part in 10^18 is missing at `SMALL`."""


def log_excess(u: Array, xp: Any) -> Array:
    r"""Return :math:`u - \ln(1 + u) \ge 0` for :math:`u > -1`, to rounding error also near 0.

    It is the distance of the logarithm from its tangent, out of which divergences are made:
    :math:`a \ln(a / b) - a + b = a \, (u - \ln(1 + u))` with :math:`u = (b - a) / a`.
    """
    small = xp.abs(u) <= SMALL
    v = xp.where(small, u, xp.zeros_like(u))
    series = xp.zeros_like(u)
    for power in range(TERMS, 1, -1):
        series = (-1) ** power / power + v * series
    plain = xp.where(small, xp.ones_like(u), u)
    return xp.where(small, v * v * series, plain - xp.log1p(plain))
