"""How uncertain a Poisson number is, and how far its law lies from others."""

from __future__ import annotations

from math import e, lgamma, log, pi
from typing import Any

from topograph._checks import whole
from topograph.analyzers._excess import log_excess
from topograph.analyzers._numbers import as_scalar, checked_numbers
from topograph.arrays import Array, array_namespace
from topograph.errors import BudgetError

__all__ = [
    "degree_divergence",
    "poisson_divergence",
    "poisson_entropy",
    "poisson_entropy_expansion",
]

LARGE = 50.0
"""From this mean on the expansion is used; its first term left out is below 5e-15 there."""

LAST = 170
"""Last number summed below `LARGE`; a Poisson number of mean 50 exceeds it once in 10^40."""

LARGEST = 1.7e308

EXPANSION = (
    -1 / 12,
    -1 / 24,
    -19 / 360,
    -9 / 80,
    -863 / 2520,
    -1375 / 1008,
    -33953 / 5040,
    -57281 / 1440,
    -3250433 / 11880,
    -378351 / 176,
)
"""Coefficients of 1 / mean, 1 / mean^2, ... after the logarithm."""


def poisson_entropy(mean: Array) -> Array:
    r"""Entropy of a Poisson number, in nats.

    .. math:: H(\lambda) = - \sum_{k \ge 0} p_k \ln p_k
              = \lambda - \lambda \ln \lambda
              + e^{-\lambda} \sum_{k \ge 2} \frac{\lambda^k}{k!} \ln k! ,
              \qquad p_k = e^{-\lambda} \frac{\lambda^k}{k!}

    Parameters
    ----------
    mean : float or array
        :math:`\lambda \ge 0`, finite.

    Returns
    -------
    float or array
        From 0, at mean 0.

    Raises
    ------
    BudgetError
        If a mean is negative, infinite or NaN.

    Notes
    -----
    Below a mean of 50 the second form is summed; up to a mean of 1 all its terms are positive,
    so that even tiny entropies are exact to rounding. From 50 on,

    .. math:: H(\lambda) = \tfrac 1 2 \ln(2 \pi e \lambda) - \frac{1}{12 \lambda}
              - \frac{1}{24 \lambda^2} - \frac{19}{360 \lambda^3} - \dots

    is taken to ten terms, whose rest is below :math:`5 \cdot 10^{-15}`. The relative error is
    below :math:`10^{-13}` everywhere.

    References
    ----------
    .. [1] R. J. Evans, J. Boersma, N. M. Blachman and A. A. Jagers, "The entropy of a Poisson
           distribution", SIAM Review 30, 1988.

    Examples
    --------
    >>> [round(poisson_entropy(mean), 6) for mean in (0.0, 0.1, 1.0, 50.0)]
    [0.0, 0.333677, 1.304842, 3.373266]
    """
    xp = array_namespace(mean)
    rate = _means(mean, xp)
    small = xp.where(rate < LARGE, rate, xp.ones_like(rate))
    large = xp.where(rate < LARGE, xp.full_like(rate, LARGE), rate)
    return as_scalar(xp.where(rate < LARGE, _summed(small, xp), _expanded(large, xp)))


def poisson_entropy_expansion(mean: Array) -> Array:
    r"""First terms of the entropy of a Poisson number at large mean, as published.

    .. math:: \tfrac 1 2 \ln(2 \pi e \lambda) - \frac{1}{12 \lambda}

    Parameters
    ----------
    mean : float or array
        :math:`\lambda > 0`.

    Returns
    -------
    float or array
        In nats; infinite below where `mean` is 0.

    Raises
    ------
    BudgetError
        If a mean is negative, infinite or NaN.

    Notes
    -----
    The error is 2e-5 at a mean of 50, but 0.03 at 1; at 0.1 the expansion says -0.57, where the
    entropy is 0.33. Use `poisson_entropy`.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, earlier version (arXiv:1910.00780v2) of "How does
           topology influence gradient propagation and model performance of deep networks with
           DenseNet-type skip connections?", CVPR 2021, Eq. (13).

    Examples
    --------
    >>> round(poisson_entropy_expansion(0.1), 6)
    -0.565687
    """
    xp = array_namespace(mean)
    rate = _means(mean, xp)
    safe = xp.where(rate > 0, rate, xp.ones_like(rate))
    value = 0.5 * (log(2 * pi * e) + xp.log(safe)) - 1 / 12 / safe  # Eq. (13)
    return as_scalar(xp.where(rate > 0, value, xp.full_like(rate, -float("inf"))))


def poisson_divergence(mean: Array, prior: Array) -> Array:
    r"""KL divergence of a Poisson law from another one, in nats.

    .. math:: \lambda \ln \frac{\lambda}{\lambda_0} - \lambda + \lambda_0

    Parameters
    ----------
    mean, prior : float or array
        :math:`\lambda, \lambda_0 \ge 0`, of shapes that broadcast.

    Returns
    -------
    float or array
        Infinite where the prior is 0 and the mean is not: a network that cannot have skip
        connections tells nothing of one that has.

    Raises
    ------
    BudgetError
        If a mean is negative, infinite or NaN.

    Examples
    --------
    >>> round(poisson_divergence(10.34, 1.0), 4)  # 10.34 ln 10.34 - 9.34
    14.8144
    >>> poisson_divergence(0.0, 2.0), poisson_divergence(2.0, 0.0)
    (2.0, inf)
    """
    xp = array_namespace(mean, prior)
    rate, base = xp.broadcast_arrays(_means(mean, xp), _means(prior, xp))
    both = (rate > 0) & (base > 0)
    safe = xp.where(both, rate, xp.ones_like(rate))
    step = xp.where(both, (base - rate) / safe, xp.zeros_like(rate))
    limit = xp.where(rate > 0, xp.full_like(rate, float("inf")), base)
    return as_scalar(xp.where(both, safe * log_excess(step, xp), limit))


def degree_divergence(mean: Array, support: int) -> Array:
    r"""KL divergence of a truncated Poisson law of degrees from the uniform law.

    .. math:: \ln(K + 1) - H(q) , \qquad q_k \propto \frac{\lambda^k}{k!} , \quad k = 0, \dots, K

    Parameters
    ----------
    mean : float or array
        Mean :math:`\lambda \ge 0` of the law before it is cut off; for a cell of :math:`d` layers
        the long-range links per layer, :math:`\sum_i \ell_i / d`.
    support : int
        Largest degree :math:`K \ge 0`; for a cell of :math:`d` layers of :math:`w` channels
        :math:`w (d - 2)`.

    Returns
    -------
    float or array
        In nats, from 0 to :math:`\ln(K + 1)`, which it is at mean 0.

    Raises
    ------
    BudgetError
        If a mean is negative, infinite or NaN, or the support is no whole number from 0.

    Notes
    -----
    It describes, it bounds nothing. Degrees are a function of the wiring, so by the data-processing
    inequality their divergence is at most that of the hypotheses: put into a PAC-Bayes
    bound it may make the bound too small. Yet, unlike the published expression, it compares two
    distributions and is never negative, and it falls with the mass as long as the law lies within
    the support.

    Examples
    --------
    A cell of 16 layers of 8 channels, without skip connections: ln 113.

    >>> round(degree_divergence(0.0, 8 * 14), 4)
    4.7274
    """
    because = "it is the largest degree that a channel can have"
    last = whole("support", support, error=BudgetError, because=because)
    xp = array_namespace(mean)
    rate = _means(mean, xp)
    degrees = xp.arange(last + 1, dtype=xp.float64)
    factorials = xp.asarray([lgamma(k + 1.0) for k in range(last + 1)])
    safe = xp.where(rate > 0, rate, xp.ones_like(rate))
    weights = degrees * xp.log(safe)[..., None] - factorials
    weights = weights - xp.max(weights, axis=-1, keepdims=True)
    logs = weights - xp.log(xp.sum(xp.exp(weights), axis=-1, keepdims=True))
    value = log(last + 1) + xp.sum(xp.exp(logs) * logs, axis=-1)
    return as_scalar(xp.where(rate > 0, value, xp.full_like(rate, log(last + 1))))


def _summed(rate: Array, xp: Any) -> Array:
    """Sum the entropy from its terms, for means below `LARGE`."""
    safe = xp.where(rate > 0, rate, xp.ones_like(rate))
    term, total = xp.exp(-rate) * rate, xp.zeros_like(rate)
    for k in range(2, LAST + 1):
        term = term * rate / k
        total = total + term * lgamma(k + 1)
    return rate * (1 - xp.log(safe)) + total


def _expanded(rate: Array, xp: Any) -> Array:
    """Sum the expansion of the entropy, for means from `LARGE` on."""
    series = xp.zeros_like(rate)
    for coefficient in reversed(EXPANSION):
        series = (series + coefficient) / rate
    return 0.5 * (log(2 * pi * e) + xp.log(rate)) + series


def _means(values: Array, xp: Any) -> Array:
    """Return means of Poisson laws as an array, or refuse them."""
    rule = "is the average of numbers from 0 on, and finite"
    return checked_numbers("A mean", values, top=LARGEST, rule=rule, xp=xp)
