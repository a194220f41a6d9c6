"""Expectations of functions of one and of two Gaussian variables, by quadrature."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import pi
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from topograph.errors import BudgetError

__all__ = ["gaussian_mean", "gaussian_product"]

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.intp]
Function: TypeAlias = Callable[[Floats], Floats]

REACH = 11.0
"""Standard deviations up to which is integrated; beyond, a Gaussian weighs less than 1e-26."""
PANELS = np.array([0.0, 1.0, 2.0, 3.5, 6.0, REACH])
"""Where the radius is cut, so that one rule fits each part."""
TOLERANCE = 1e-11
"""How far two rules may differ; the finer one, which is returned, is far closer."""
NODES = (12, 24, 48, 96, 192, 384)
CHUNK = 500_000
"""Values of a function held at once."""


def gaussian_mean(function: Function, variance: Floats, *, kinks: tuple[float, ...] = ()) -> Floats:
    r"""Return :math:`E[g(\sqrt q \, z)]` for a standard Gaussian :math:`z`.

    Parameters
    ----------
    function : callable
        :math:`g`, from arrays to arrays of the same shape; of at most polynomial growth, and
        analytic but for `kinks`.
    variance : float array of shape (n,)
        :math:`q \ge 0`.
    kinks : tuple of float
        Where :math:`g` or a derivative of it jumps.

    Returns
    -------
    float array of shape (n,)

    Raises
    ------
    BudgetError
        If the rules do not agree to 1e-11 with as many nodes as are allowed.

    Examples
    --------
    >>> gaussian_mean(np.square, np.array([1.0, 3.0])).round(12).tolist()
    [1.0, 3.0]
    """
    scale = np.sqrt(variance)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        jumps = np.nan_to_num(np.array([kinks]) / scale, nan=REACH)
    panels = np.concatenate([-PANELS[:0:-1], PANELS])
    breaks = _breaks(jumps, panels, len(variance))

    def rule(g: Function, nodes: int, rows: Rows) -> Floats:
        z, weights = _panels(breaks[rows], nodes)
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * pi)
        return np.sum(weights * density * g(scale[rows] * z), axis=-1)

    return _refined(rule, function, len(variance))


def gaussian_product(
    function: Function,
    left: Floats,
    right: Floats,
    *,
    angle: Floats,
    kinks: tuple[float, ...] = (),
) -> Floats:
    r"""Return :math:`E[g(u) g(v)]` for Gaussian :math:`u, v` of mean 0.

    In polar coordinates :math:`u = \sqrt{q} \, \rho \cos \alpha` and
    :math:`v = \sqrt{q'} \, \rho \cos(\alpha - \theta)` with :math:`\cos \theta` the correlation,

    .. math:: E[g(u) g(v)] = \frac{1}{2 \pi} \int_0^{2\pi} d\alpha
              \int_0^\infty \rho \, e^{-\rho^2 / 2} g(u) g(v) \, d\rho .

    A kink at 0 is then a pair of opposite angles, whatever the radius; another kink is one radius
    per angle. The integral is cut at all of them, so that Gauss rules converge geometrically for
    any correlation, 1 and -1 included.

    Parameters
    ----------
    function : callable
        As in `gaussian_mean`.
    left, right : float array of shape (n,)
        Variances :math:`q, q'`.
    angle : float array of shape (n,)
        :math:`\theta` from 0 to :math:`\pi`.
    kinks : tuple of float
        Where :math:`g` or a derivative of it jumps.

    Returns
    -------
    float array of shape (n,)

    Raises
    ------
    BudgetError
        If the rules do not agree to 1e-11 with as many nodes as are allowed.

    Examples
    --------
    >>> theta = np.array([0.0, np.pi / 3])
    >>> gaussian_product(lambda x: x, np.ones(2), np.ones(2), angle=theta).round(12).tolist()
    [1.0, 0.5]
    """
    roots = np.sqrt(left), np.sqrt(right)
    cuts = _angles(roots, angle, kinks)

    def rule(g: Function, nodes: int, rows: Rows) -> Floats:
        size = cuts.shape[1] * nodes * (len(PANELS) + 2 * len(kinks)) * nodes
        step = max(1, CHUNK // size)
        parts = [
            _polar(g, kinks, cuts[part], nodes, *(x[part, None] for x in (*roots, angle)))
            for part in (rows[at : at + step] for at in range(0, len(rows), step))
        ]
        return np.concatenate(parts)

    return _refined(rule, function, len(angle))


def _polar(
    function: Function,
    kinks: tuple[float, ...],
    cuts: Floats,
    nodes: int,
    *pair: Floats,
) -> Floats:
    """Integrate over radius and angle; `pair` holds two roots of variances and the angle."""
    left, right, theta = pair
    alpha, weights = _panels(cuts, nodes)
    slopes = (left * np.cos(alpha)).ravel(), (right * np.cos(alpha - theta)).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [np.asarray(kinks) / slope[:, None] for slope in slopes]
    jumps = np.nan_to_num(np.concatenate(found, axis=1), nan=REACH)
    radius, radial = _panels(_breaks(jumps, PANELS, len(slopes[0])), nodes)
    radial = radial * radius * np.exp(-(radius**2) / 2)
    values = function(slopes[0][:, None] * radius) * function(slopes[1][:, None] * radius)
    inner = np.sum(radial * values, axis=-1).reshape(alpha.shape)
    return np.sum(weights * inner, axis=-1) / (2 * pi)


def _angles(roots: tuple[Floats, Floats], theta: Floats, kinks: tuple[float, ...]) -> Floats:
    """Sort the angles at which an integrand over the radius may have a kink, once around."""
    half = np.full_like(theta, pi / 2)
    cuts = [half, -half, theta + half, theta - half]
    away = [kink for kink in kinks if kink]
    for one in away:
        for other in away:
            # The point u = one, v = other, seen from the origin.
            across = one * np.sin(theta) * roots[1]
            cuts.append(np.arctan2(other * roots[0] - one * np.cos(theta) * roots[1], across))
    around = np.sort(np.stack(cuts, axis=1) % (2 * pi), axis=1)
    return np.concatenate([around, around[:, :1] + 2 * pi], axis=1)


def _breaks(jumps: Floats, panels: Floats, rows: int) -> Floats:
    """Sort kinks, as far as they lie inside, and the ends of the panels."""
    inside = np.clip(np.broadcast_to(jumps, (rows, jumps.shape[1])), panels[0], panels[-1])
    ends = np.broadcast_to(panels, (rows, len(panels)))
    return np.sort(np.concatenate([inside, ends], axis=1), axis=1)


def _panels(breaks: Floats, nodes: int) -> tuple[Floats, Floats]:
    """Return points and weights of Gauss rules between the breaks of each row."""
    points, weights = _rule(nodes)
    lengths = np.diff(breaks, axis=1)[..., None]
    z = breaks[:, :-1, None] + lengths * points
    return z.reshape(len(z), -1), (lengths * weights).reshape(len(z), -1)


@cache
def _rule(nodes: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre rule on the interval from 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return (points + 1) / 2, weights / 2


def _refined(
    rule: Callable[[Function, int, Rows], Floats], function: Function, rows: int
) -> Floats:
    """Double the nodes of each row until two rules agree, relative to the size of the integrand."""
    active = np.arange(rows)
    if not rows:
        return np.zeros(0)
    size = np.max(rule(lambda x: np.abs(function(x)), NODES[0], active))
    found, before = np.zeros(rows), np.full(rows, np.inf)
    for nodes in NODES:
        found[active] = after = rule(function, nodes, active)
        differs = ~(np.abs(after - before) <= TOLERANCE * size)
        active, before = active[differs], after[differs]
        if not active.size:
            return found
    raise BudgetError(
        "An expectation is computed by Gauss rules, which need a function that is analytic but for "
        f"its kinks. Received one whose rules of {NODES[-2]} and {NODES[-1]} nodes differ. "
        "Name all its kinks, or make the variances smaller."
    )
