"""Bounds on the error of a classifier that hold with a stated probability."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from topograph.analyzers._numbers import (
    as_scalar,
    checked_delta,
    checked_method,
    checked_numbers,
    checked_samples,
    sample_price,
)
from topograph.analyzers.kl_inverse import kl_inverse_lower, kl_inverse_upper
from topograph.arrays import Array, array_namespace
from topograph.errors import BudgetError, ShapeError

__all__ = [
    "certified_difference",
    "certified_error",
    "gaussian_weight_divergence",
]

ERROR = "is a share of examples"
DIVERGENCE = "is in nats and never negative"


def certified_error(
    training_error: Array,
    divergence: Array,
    *,
    samples: int,
    delta: float = 0.05,
    method: str = "seeger",
) -> Array:
    r"""Bound the expected error of a randomised classifier by its training error.

    With probability at least :math:`1 - \delta` over :math:`N` independent training examples, for
    all posteriors :math:`Q` at once,

    .. math:: \mathrm{kl}\bigl(\hat L(Q) \,\|\, L(Q)\bigr) \le c , \qquad
              c = \frac{\mathrm{KL}(Q \,\|\, P) + \ln(2 \sqrt N / \delta)}{N} ,

    which is solved for :math:`L(Q)` exactly (``"seeger"``) or by Pinsker's inequality,
    :math:`L \le \hat L + \sqrt{c / 2}` (``"mcallester"``).

    Parameters
    ----------
    training_error : float or array
        :math:`\hat L(Q)`: mean share of wrong training examples over classifiers drawn from `Q`.
    divergence : float or array
        :math:`\mathrm{KL}(Q \,\|\, P)` in nats from a prior that was chosen without the training
        examples: `gaussian_weight_divergence` for weights, plus the logarithm of the number of
        designs or wirings that were tried, if the data chose among them.
    samples : int
        Training examples, :math:`N \ge 1`.
    delta : float
        Probability with which the bound may fail, in (0, 1].
    method : {"seeger", "mcallester"}
        How the inequality is solved; the first is never larger.

    Returns
    -------
    float or array
        At most 1.

    Raises
    ------
    BudgetError
        If an error is not in [0, 1], a divergence is negative or NaN, `samples` or `delta` is out
        of range, or the method is unknown.

    Notes
    -----
    It holds for the classifier drawn from `Q`, not for the one at its centre.

    References
    ----------
    .. [1] D. McAllester, "PAC-Bayesian model averaging", COLT 1999.
    .. [2] M. Seeger, "PAC-Bayesian generalisation error bounds for Gaussian process
           classification", JMLR 3, 2002.
    .. [3] A. Maurer, "A note on the PAC Bayesian theorem", arXiv:cs/0411099, 2004, Theorem 5.

    Examples
    --------
    >>> round(certified_error(0.03, 100.0, samples=50_000), 5)
    0.04266
    >>> round(certified_error(0.03, 100.0, samples=50_000, method="mcallester"), 5)
    0.06303
    """
    samples, delta = checked_samples(samples), checked_delta(delta)
    xp = array_namespace(training_error, divergence)
    error = checked_numbers("A training error", training_error, top=1.0, rule=ERROR, xp=xp)
    nats = checked_numbers("A divergence", divergence, top=inf, rule=DIVERGENCE, xp=xp)
    budget = (nats + sample_price(samples, delta)) / samples
    return _solved(method)[0](error, budget)


def certified_difference(
    first_error: Array,
    second_error: Array,
    *,
    divergences: tuple[float, float] = (0.0, 0.0),
    samples: int,
    delta: float = 0.05,
    method: str = "seeger",
) -> Array:
    r"""Bound by how much the expected error of one classifier exceeds that of another.

    .. math:: L_1 - L_2 \le \overline{\mathrm{kl}}^{-1}(\hat L_1, c_1)
              - \underline{\mathrm{kl}}^{-1}(\hat L_2, c_2) , \qquad
              c_i = \frac{\mathrm{KL}_i + \ln(4 \sqrt N / \delta)}{N}

    Each of the two sides fails with probability at most :math:`\delta / 2`.

    Parameters
    ----------
    first_error, second_error : float or array
        Training errors :math:`\hat L_1, \hat L_2` on the same or on different `samples` examples.
    divergences : tuple of float
        Of both posteriors from their priors, in nats.
    samples, delta, method
        As in `certified_error`, of which parameters, errors and references are those here.

    Returns
    -------
    float or array
        An upper bound on :math:`L_1 - L_2`, at most 1.

    Notes
    -----
    The difference of two upper bounds bounds nothing: the subtracted one must be a lower bound.

    Examples
    --------
    >>> round(certified_difference(0.03, 0.03, samples=50_000), 6)
    0.006754
    """
    samples, delta = checked_samples(samples), checked_delta(delta)
    xp = array_namespace(first_error, second_error, *divergences)
    first, second = (
        checked_numbers("A training error", error, top=1.0, rule=ERROR, xp=xp)
        for error in (first_error, second_error)
    )
    price = sample_price(samples, delta / 2)
    budgets = [
        (checked_numbers("A divergence", nats, top=inf, rule=DIVERGENCE, xp=xp) + price) / samples
        for nats in divergences
    ]
    upper, lower = _solved(method)
    return upper(first, budgets[0]) - lower(second, budgets[1])


def gaussian_weight_divergence(weights: Array, prior: Array, *, scale: float) -> float:
    r"""KL divergence of Gaussian weights from a Gaussian prior of the same spread, in nats.

    .. math:: \mathrm{KL}\bigl(\mathcal N(\theta, s^2 I) \,\|\, \mathcal N(\theta_0, s^2 I)\bigr)
              = \frac{\lVert \theta - \theta_0 \rVert^2}{2 s^2}

    Parameters
    ----------
    weights, prior : array
        Trained weights :math:`\theta` and a centre :math:`\theta_0` that does not depend on the
        training examples, such as the first weights; of one shape.
    scale : float
        Standard deviation :math:`s > 0` of the noise on each weight, chosen beforehand.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If the shapes differ.
    BudgetError
        If the scale is not positive and finite, or a weight is not finite.

    Notes
    -----
    A scale that the data chose among `n` adds :math:`\ln n`. The training error that goes with it
    is that of noisy weights.

    Examples
    --------
    >>> import numpy as np
    >>> gaussian_weight_divergence(np.array([3.0, 4.0]), np.zeros(2), scale=0.5)  # 25 / 0.5
    50.0
    """
    xp = array_namespace(weights, prior)
    theta, centre = xp.asarray(weights), xp.asarray(prior)
    if theta.shape != centre.shape:
        raise ShapeError(
            "Weights and prior have one shape, since each weight moves from a place of its own. "
            f"Received {tuple(theta.shape)} and {tuple(centre.shape)}. Flatten both alike."
        )
    if isinstance(scale, bool) or not 0 < scale < inf:
        raise BudgetError(
            "The scale is a standard deviation that posterior and prior share, so it is positive "
            f"and finite. Received {scale!r}. Pass for example 0.01."
        )
    steps = (xp.astype(theta, xp.float64) - xp.astype(centre, xp.float64)) / scale
    nats = float(xp.sum(steps * steps)) / 2
    if not nats < inf:
        raise BudgetError(
            "A divergence of weights needs finite weights, since it sums their squared steps. "
            f"Received weights or a prior from which {nats} follows. Train again with a lower "
            "learning rate."
        )
    return nats


def _pinsker_upper(error: Array, budget: Array) -> Array:
    """Return error + sqrt(budget / 2), at most 1."""
    xp = array_namespace(error, budget)
    return as_scalar(xp.clip(error + xp.sqrt(budget / 2), max=1.0))


def _pinsker_lower(error: Array, budget: Array) -> Array:
    """Return error - sqrt(budget / 2), at least 0."""
    xp = array_namespace(error, budget)
    return as_scalar(xp.clip(error - xp.sqrt(budget / 2), min=0.0))


def _solved(method: str) -> tuple[Callable[[Array, Array], Array], Callable[[Array, Array], Array]]:
    """Return the upper and the lower solution of the PAC-Bayes inequality."""
    solutions = {
        "seeger": (kl_inverse_upper, kl_inverse_lower),
        "mcallester": (_pinsker_upper, _pinsker_lower),
    }
    return solutions[checked_method(method, solutions)]
