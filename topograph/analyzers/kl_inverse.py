"""How far a true rate can lie from the one that was seen: the Bernoulli divergence, inverted."""

from __future__ import annotations

from typing import Any

from topograph.analyzers._excess import log_excess
from topograph.analyzers._numbers import as_scalar, checked_numbers
from topograph.arrays import Array, array_namespace

__all__ = ["bernoulli_divergence", "kl_inverse_lower", "kl_inverse_upper"]

STEPS = 24
"""Newton steps; from the starts below, rounding error is reached in fewer."""

TINY = 1e-300
"""Rates below count as 0, which moves no answer by more."""


def bernoulli_divergence(seen: Array, true: Array) -> Array:
    r"""KL divergence of two Bernoulli laws, in nats.

    .. math:: \mathrm{kl}(q \,\|\, p) = q \ln \frac q p + (1 - q) \ln \frac{1 - q}{1 - p}

    Parameters
    ----------
    seen, true : float or array
        Probabilities :math:`q` and :math:`p`, from 0 to 1, of shapes that broadcast.

    Returns
    -------
    float or array
        From 0, where both agree, to infinity, where `true` excludes what `seen` allows.

    Raises
    ------
    BudgetError
        If a number is no probability.

    Notes
    -----
    Close probabilities cancel nothing: the result is exact to rounding, relative to itself.

    Examples
    --------
    >>> bernoulli_divergence(0.0, 0.5) == bernoulli_divergence(1.0, 0.5)  # ln 2
    True
    >>> bernoulli_divergence(0.5, 0.0)
    inf
    """
    xp = array_namespace(seen, true)
    q, p = xp.broadcast_arrays(_rates(seen, xp), _rates(true, xp))
    return as_scalar(_part(q, p, p - q, xp) + _part(1 - q, 1 - p, q - p, xp))


def kl_inverse_upper(seen: Array, budget: Array) -> Array:
    r"""Largest true rate whose divergence from the rate that was seen is within a budget.

    .. math:: \overline{\mathrm{kl}}^{-1}(q, c)
              = \max \{ p \in [q, 1] : \mathrm{kl}(q \,\|\, p) \le c \}

    Parameters
    ----------
    seen : float or array
        Rate :math:`q`, from 0 to 1.
    budget : float or array
        :math:`c \ge 0` in nats, of a shape that broadcasts with `seen`.

    Returns
    -------
    float or array
        :math:`1 - e^{-c}` at :math:`q = 0`, and 1 at :math:`q = 1`.

    Raises
    ------
    BudgetError
        If a rate is not in [0, 1], or a budget is negative or NaN.

    Notes
    -----
    The divergence is convex in :math:`p`, so Newton's method from outside comes down to the root
    without ever passing it: each step is a valid bound already. It starts from the least of four
    closed bounds; one of them is Pinsker's :math:`q + \sqrt{c / 2}`. The error is below
    :math:`10^{-14}`, also for rates next to 0 or 1 and for tiny budgets.

    References
    ----------
    .. [1] M. Seeger, "PAC-Bayesian generalisation error bounds for Gaussian process
           classification", JMLR 3, 2002, Theorem 1.
    .. [2] G. Reeb et al., "Learning Gaussian processes by minimizing PAC-Bayesian generalization
           bounds", NeurIPS 2018, Appendix A.

    Examples
    --------
    >>> round(kl_inverse_upper(0.0, 1.0), 6)  # 1 - 1/e
    0.632121
    >>> round(kl_inverse_upper(0.25, bernoulli_divergence(0.25, 0.5)), 12)
    0.5
    """
    return as_scalar(_upper(*_checked(seen, budget)))


def kl_inverse_lower(seen: Array, budget: Array) -> Array:
    r"""Smallest true rate whose divergence from the rate that was seen is within a budget.

    .. math:: \underline{\mathrm{kl}}^{-1}(q, c)
              = \min \{ p \in [0, q] : \mathrm{kl}(q \,\|\, p) \le c \}
              = 1 - \overline{\mathrm{kl}}^{-1}(1 - q, c)

    Parameters, errors and references are those of `kl_inverse_upper`.

    Examples
    --------
    >>> round(kl_inverse_lower(1.0, 1.0), 6)  # 1/e
    0.367879
    >>> kl_inverse_lower(0.0, 1.0)
    0.0
    """
    q, c = _checked(seen, budget)
    return as_scalar(1 - _upper(1 - q, c))


def _upper(q: Array, c: Array) -> Array:
    """Return the larger root of kl(q || p) = c, by Newton's method from outside."""
    xp = array_namespace(q, c)
    q, c = xp.broadcast_arrays(q, c)
    inner = (q > TINY) & (q < 1)
    inside = xp.where(inner, q, xp.full_like(q, 0.5))
    room = 1 - inside
    highest = room * (1 - 2.0**-52)
    x = xp.minimum(_outside(inside, c, xp), highest)
    for _ in range(STEPS):
        p = inside + x
        value = inside * log_excess(x / inside, xp) + room * log_excess(-x / room, xp)
        slope = xp.where(x > 0, x, xp.ones_like(x)) / (p * (room - x))
        x = xp.minimum(xp.abs(x - (value - c) / slope), highest)
    ends = xp.where(q <= TINY, xp.maximum(q, -xp.expm1(-c)), xp.ones_like(q))
    return xp.where(inner, xp.where(c > 0, inside + x, q), ends)


def _outside(q: Array, c: Array, xp: Any) -> Array:
    r"""Return a distance from q at or beyond the root.

    The slope of kl(q || p) in p is (p - q) / (p (1 - p)), and p (1 - p) is at most 1/4, 1 - q and
    p; and p \le 1 in the first term of kl leaves a logarithm of 1 - p alone.
    """
    room = 1 - q
    pinsker = xp.sqrt(c / 2)
    upper = xp.sqrt(2 * c * room)
    lower = c + xp.sqrt(c * c + 2 * c * q)
    far = -room * xp.expm1((q * xp.log(q) - c) / room)
    return xp.minimum(xp.minimum(pinsker, upper), xp.minimum(lower, far))


def _part(a: Array, b: Array, distance: Array, xp: Any) -> Array:
    """Return a ln(a / b) - a + b, where `distance` is b - a without cancellation."""
    ordinary = (a > TINY) & (b > TINY)
    base = xp.where(ordinary, a, xp.ones_like(a))
    step = xp.where(ordinary, distance, xp.zeros_like(a))
    limit = xp.where(a > TINY, xp.full_like(a, float("inf")), b)
    return xp.where(ordinary, base * log_excess(step / base, xp), limit)


def _checked(seen: Array, budget: Array) -> tuple[Array, Array]:
    """Return rates and budgets as arrays, or refuse them."""
    xp = array_namespace(seen, budget)
    rule = "is a divergence in nats, which is never negative"
    nats = checked_numbers("A budget", budget, top=float("inf"), rule=rule, xp=xp)
    return _rates(seen, xp), nats


def _rates(rates: Array, xp: Any) -> Array:
    """Return probabilities as an array, or refuse them."""
    rule = "is the share of examples that fail"
    return checked_numbers("A rate", rates, top=1.0, rule=rule, xp=xp)
