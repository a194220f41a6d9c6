"""What examples that were kept aside say about the best of several models."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt

import numpy as np

from topograph._checks import whole
from topograph.analyzers._numbers import (
    as_scalar,
    checked_delta,
    checked_method,
    checked_samples,
    sample_price,
)
from topograph.analyzers.kl_inverse import kl_inverse_upper
from topograph.arrays import Array, to_host
from topograph.errors import BudgetError

__all__ = ["held_out_bound"]


def held_out_bound(
    errors: int | Array,
    samples: int,
    *,
    models: int = 1,
    delta: float = 0.05,
    method: str = "clopper_pearson",
) -> float | Array:
    r"""Bound the expected error of the best of several models by its errors on held-out examples.

    With probability at least :math:`1 - \delta` the bound holds for all `models` at once, so it
    holds for the one that the held-out examples chose. With :math:`q` the share of errors:

    - ``"clopper_pearson"``: the largest :math:`p` for which :math:`k` errors or fewer have
      probability :math:`\delta / M` at least; exact, and the smallest;
    - ``"chernoff"``: :math:`\overline{\mathrm{kl}}^{-1}(q, \ln(M / \delta) / N)`;
    - ``"maurer"``: :math:`\overline{\mathrm{kl}}^{-1}(q, \ln(2 \sqrt N M / \delta) / N)`, the
      PAC-Bayes bound of a uniform prior over the models;
    - ``"hoeffding"``: :math:`q + \sqrt{\ln(M / \delta) / 2 N}`.

    Parameters
    ----------
    errors : int or int array
        Wrong held-out examples :math:`k` of the chosen model, or of each model.
    samples : int
        Held-out examples :math:`N \ge 1`, none of them used in training.
    models : int
        Models :math:`M \ge 1` among which the held-out examples chose.
    delta : float
        Probability with which the bound may fail, in (0, 1].
    method : {"clopper_pearson", "chernoff", "maurer", "hoeffding"}
        Which inequality is solved.

    Returns
    -------
    float or array
        At most 1.

    Raises
    ------
    BudgetError
        If an error count is no whole number from 0 to `samples`, `models`, `samples` or `delta` is
        out of range, or the method is unknown.

    Notes
    -----
    Computed on the host, since the incomplete beta function is SciPy's.

    References
    ----------
    .. [1] C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated
           in the case of the binomial", Biometrika 26, 1934.
    .. [2] J. Langford, "Tutorial on practical prediction theory for classification", JMLR 6, 2005,
           Theorem 3.3 and Corollary 3.7.

    Examples
    --------
    >>> round(held_out_bound(300, 10_000), 6), round(held_out_bound(300, 10_000, models=75), 6)
    (0.032959, 0.03587)
    >>> round(held_out_bound(0, 10), 6)  # 1 - 0.05^(1/10)
    0.258866
    """
    samples, delta = checked_samples(samples), checked_delta(delta)
    tried = whole("models", models, minimum=1, error=BudgetError, because="one of them is chosen")
    counts = _counted(errors, samples)
    bound = HELD_OUT[checked_method(method, HELD_OUT)]
    return as_scalar(np.minimum(np.asarray(bound(counts, samples, delta / tried)), 1.0))


def _clopper_pearson(errors: np.ndarray, samples: int, delta: float) -> Array:
    """Return the rate below which so few errors are rarer than delta."""
    from scipy.special import betainccinv

    fails = errors < samples
    rate = betainccinv(errors + 1.0, np.where(fails, samples - errors, 1.0), delta)
    return np.where(fails, rate, 1.0)


def _chernoff(errors: np.ndarray, samples: int, delta: float) -> Array:
    return kl_inverse_upper(errors / samples, -log(delta) / samples)


def _maurer(errors: np.ndarray, samples: int, delta: float) -> Array:
    return kl_inverse_upper(errors / samples, sample_price(samples, delta) / samples)


def _hoeffding(errors: np.ndarray, samples: int, delta: float) -> Array:
    return errors / samples + sqrt(-log(delta) / (2 * samples))


HELD_OUT: dict[str, Callable[[np.ndarray, int, float], Array]] = {
    "clopper_pearson": _clopper_pearson,
    "chernoff": _chernoff,
    "maurer": _maurer,
    "hoeffding": _hoeffding,
}
"""The bounds on held-out examples, by their names."""


def _counted(errors: int | Array, samples: int) -> np.ndarray:
    """Return error counts as an array on the host, or refuse them."""
    counts = np.asarray(to_host(errors))
    whole_numbers = counts.dtype.kind in "iu"
    if not whole_numbers or not bool(np.all((counts >= 0) & (counts <= samples))):
        shown = repr(errors) if counts.ndim == 0 else f"an array of {counts.dtype}"
        raise BudgetError(
            f"Errors are whole numbers from 0 to {samples}, since they count held-out examples. "
            f"Received {shown}. Count them: a share of errors times the number of examples."
        )
    return counts
