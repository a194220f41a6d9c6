"""The spectrum of a real Gaussian matrix at finite size, exactly: its Pfaffian form.

The singular values of an n x m matrix of independent standard normal numbers, n <= m, have the
joint density

    prod_i s_i^(m-n) exp(-s_i^2 / 2)  prod_{i<j} |s_i^2 - s_j^2|

up to a factor, and by de Bruijn's integral the mean of prod_i (1 + e f(s_i)) is a ratio of
Pfaffians of the matrix

    A_jk = integral of phi_j(x) T_k(x) dx,    T_k(x) = integral of sign(y - x) phi_k(y) dy,

for any basis phi_0, ..., phi_{n-1} of the functions s^(m-n) exp(-s^2 / 2) times a polynomial of
degree below n in s^2. The derivative by e is half the trace of A^-1 dA, and it comes to

    E[f(s_1) + ... + f(s_n)] = trace(A^-1 B),    B_jk = integral of f(x) phi_j(x) T_k(x) dx.

For odd n, A has one more row and column: the integrals of the phi_j. The functions here are
orthonormal, so the condition number of A stays near 2 n; other bases lose all digits at n = 20.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma, log, sqrt

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean_over_spectrum"]

Floats = NDArray[np.float64]

ORDER = 48
"""Gauss points per panel: enough for the functions and their products over 24 radians."""
RADIANS = 24.0
TAIL = 10.0
"""How far a panel reaches behind a turning point, where the functions have fallen below 1e-20."""
GRADES = 50
"""Times that the panel at 0 is halved where m is not whole, since s^(m-n) has a kink there."""
HUGE = 1e100


def mean_over_spectrum(smaller: int, larger: float, function: Callable[[Floats], Floats]) -> float:
    """Mean of a function of a singular value of a standard Gaussian matrix, over all of them.

    The larger side m need not be whole: the joint density above is a law for every m > n - 1,
    that of the bidiagonal matrices of Dumitriu and Edelman (2002).
    """
    grid = _grid(smaller, larger)
    functions = _functions(smaller, larger - smaller - 0.5, grid.points)
    integrals, opposed = _opposed(functions, grid)
    weighted = functions * grid.weights
    pfaffian = np.einsum("jpx,kpx->jk", weighted, opposed, optimize=True)
    moment = np.einsum("jpx,kpx->jk", weighted * function(grid.points), opposed, optimize=True)
    if smaller % 2:
        edge = np.sum(weighted * function(grid.points), axis=(1, 2))
        pfaffian = np.block([[pfaffian, integrals[:, None]], [-integrals, np.zeros(1)]])
        moment = np.block([[moment, edge[:, None]], [np.zeros(smaller + 1)]])
    return float(np.trace(np.linalg.solve(pfaffian, moment))) / smaller


@dataclass(frozen=True, slots=True)
class _Grid:
    """Gauss points on panels, shape (panels, points), their weights, and half the panels."""

    points: Floats
    weights: Floats
    halves: Floats


def _grid(smaller: int, larger: float) -> _Grid:
    """Cover the interval in which the functions oscillate, and their tails."""
    power = larger - smaller - 0.5
    # The last function solves psi'' + (energy - s^2 - (power^2 - 1/4) / s^2) psi = 0.
    energy = 4 * smaller + 2 * power + 2
    root = sqrt(max(energy**2 - 4 * (power**2 - 0.25), 0.0))
    start = max(sqrt(max((energy - root) / 2, 0.0)) - TAIL, 0.0)
    stop = sqrt((energy + root) / 2) + TAIL
    panels = int(np.ceil((stop - start) * sqrt(4 * smaller + 2) / RADIANS))
    ends = np.linspace(start, stop, panels + 1)
    if start == 0 and larger != int(larger):
        ends = np.concatenate([ends[:1], ends[1] * 2.0 ** -np.arange(GRADES, 0, -1), ends[1:]])
    points, weights = np.polynomial.legendre.leggauss(ORDER)
    halves = np.diff(ends)[:, None] / 2
    return _Grid((ends[1:] + ends[:-1])[:, None] / 2 + halves * points, halves * weights, halves)


def _functions(count: int, power: float, points: Floats) -> Floats:
    r"""Orthonormal functions on the half line, shape (count, \*points).

    They are L_j^(a)(s^2) s^(a + 1/2) exp(-s^2 / 2) with a constant, by the recurrence of the
    Laguerre polynomials. The exponential is kept apart, as a logarithm, since it underflows where
    later functions are large.
    """
    squares = points**2
    logarithm = (log(2) - lgamma(power + 1)) / 2 + (power + 0.5) * np.log(points) - squares / 2
    before, now = np.zeros_like(points), np.ones_like(points)
    functions = np.empty((count, *points.shape))
    for j in range(count):
        functions[j] = now * np.exp(logarithm)
        rising = (2 * j + 1 + power - squares) * now - sqrt(j * (j + power)) * before
        before, now = now, rising / sqrt((j + 1) * (j + 1 + power))
        large = np.abs(now) > HUGE
        logarithm = logarithm + large * log(HUGE)
        before, now = (np.where(large, values / HUGE, values) for values in (before, now))
    return functions


def _opposed(functions: Floats, grid: _Grid) -> tuple[Floats, Floats]:
    """Integrals of functions, and at each point what lies above it less what lies below."""
    panels = np.sum(functions * grid.weights, axis=-1)
    before = np.cumsum(panels, axis=-1) - panels
    below = before[..., None] + grid.halves * (functions @ _running_integral().T)
    integrals = np.sum(panels, axis=-1)
    return integrals, integrals[:, None, None] - 2 * below


def _running_integral() -> Floats:
    """Matrix from values at the Gauss points of [-1, 1] to integrals from -1 to each of them."""
    points, weights = np.polynomial.legendre.leggauss(ORDER)
    legendre = np.polynomial.legendre.legvander(points, ORDER)
    degrees = np.arange(1, ORDER)
    running = (legendre[:, degrees + 1] - legendre[:, degrees - 1]) / (2 * degrees + 1)
    coefficients = (legendre[:, :ORDER] * weights[:, None]).T * (np.arange(ORDER) + 0.5)[:, None]
    return np.hstack([points[:, None] + 1, running]) @ coefficients
