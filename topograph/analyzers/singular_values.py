"""What the singular values of a random weight matrix are on average: exact, and in the limit."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from topograph.analyzers._wishart import mean_over_spectrum
from topograph.errors import BudgetError, ShapeError

__all__ = ["expected_singular_value", "expected_squared_singular_value"]

METHODS = ("exact", "asymptotic")
EXACT_SMALLER, EXACT_LARGER = 512, 10**8
"""Sides of a matrix up to which the exact mean is computed: in a second, to 12 digits."""


def expected_singular_value(
    rows: float, columns: float, *, variance: float = 1.0, method: str = "exact"
) -> float:
    r"""Mean singular value of a matrix of independent normal numbers.

    For :math:`M \in \mathbb R^{H \times W}` with :math:`H \ge W` and entries from
    :math:`\mathcal N(0, q)`,

    .. math:: E[\sigma] = \frac 1 W \, E \sum_{i=1}^{W} \sigma_i(M)
              = \sqrt q \int_0^\infty s \, \rho_{H,W}(s) \, ds
              \approx \sqrt{q H} \; {}_2F_1\!\left(-\tfrac12, \tfrac12; 2; \tfrac W H\right) ,

    where :math:`\rho_{H,W}` is the density of one singular value at this size, which has a
    Pfaffian form, and the right side is the limit of large matrices of one shape.

    Parameters
    ----------
    rows, columns : float
        Sides of the matrix, in either order. The smaller one is whole; the larger one need not
        be, see Notes.
    variance : float
        Of each entry, :math:`q \ge 0`.
    method : {"exact", "asymptotic"}
        The value at finite size, or the limit.

    Returns
    -------
    float
        In the unit of the entries.

    Raises
    ------
    ShapeError
        If a side is not positive or, for the exact value, the smaller one is not whole or one is
        too large.
    BudgetError
        If the variance is negative or not finite, or the method is unknown.

    Notes
    -----
    The exact value has a relative error of about :math:`10^{-13}`: the same quadrature gives
    :math:`E[\sigma^2] = qH` and :math:`E[\sigma^4] = q^2 H(H+W+1)` to 12 digits. It is computed
    up to a smaller side of 512 and a larger one of :math:`10^8`. Beyond, take the limit, which
    is too large by a share of at most :math:`0.16 / W`, less for matrices that are not square:
    0.9 % at 16 x 16, 0.03 % at 512 x 512.

    A size :math:`H = w + m/2` is not whole for every NN-Mass :math:`m`. Then the value is that of
    the random bidiagonal matrices which have the singular values of a Gaussian matrix whenever H
    is whole: their entries follow chi laws of :math:`H, H-1, \dots` degrees of freedom, which
    need not be whole. Mean square and mean fourth power are those above at every such H. For the
    smaller side there is no such continuation, since it counts the values.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Appendix D, where this mean is called an unsolved problem.
    .. [2] N. G. de Bruijn, "On some multiple integrals involving determinants", J. Indian Math.
           Soc. 19, 1955.
    .. [3] I. Dumitriu and A. Edelman, "Matrix models for beta ensembles", J. Math. Phys. 43, 2002.
    .. [4] V. A. Marchenko and L. A. Pastur, "Distribution of eigenvalues for some sets of random
           matrices", Math. USSR-Sbornik 1, 1967.

    Examples
    --------
    >>> round(expected_singular_value(1, 1), 6)  # the mean of |x|: sqrt(2 / pi)
    0.797885
    >>> round(expected_singular_value(26, 16), 4)
    4.6434
    >>> round(expected_singular_value(26, 16, method="asymptotic"), 4)
    4.6684
    """
    larger, smaller = _sides(rows, columns)
    deviation = sqrt(_checked_variance(variance))
    if method not in METHODS:
        raise BudgetError(
            "The mean singular value is exact or the limit of large matrices, which differ. "
            f"Received the method {method!r}. Choose 'exact' or 'asymptotic'."
        )
    if method == "asymptotic":
        from scipy.special import hyp2f1

        return float(deviation * sqrt(larger) * hyp2f1(-0.5, 0.5, 2.0, smaller / larger))
    _check_exact(smaller, larger)
    return deviation * mean_over_spectrum(int(smaller), larger, np.asarray)


def expected_squared_singular_value(rows: float, columns: float, *, variance: float = 1.0) -> float:
    r"""Mean squared singular value of a matrix of independent numbers of mean 0.

    .. math:: E[\sigma^2] = \frac 1 W \, E \sum_{i=1}^{W} \sigma_i^2 = q H , \qquad
              H = \max(\mathrm{rows}, \mathrm{columns}), \; W = \min(\mathrm{rows},
              \mathrm{columns}) .

    Parameters
    ----------
    rows, columns : float
        Sides of the matrix, in either order.
    variance : float
        Of each entry, :math:`q \ge 0`.

    Returns
    -------
    float
        In the squared unit of the entries.

    Raises
    ------
    ShapeError
        If a side is not positive.
    BudgetError
        If the variance is negative or not finite.

    Notes
    -----
    This is the average over the W values, and holds for every law of the entries. The paper states
    it for each value by itself (Eqs. 11 and 12), which is false for values in order: those of a
    16 x 16 matrix have mean squares from 54.8 down to 0.045.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Appendix D, Eqs. (9) to (12).

    Examples
    --------
    >>> expected_squared_singular_value(26, 16, variance=0.5)
    13.0
    """
    larger, _ = _sides(rows, columns)
    return _checked_variance(variance) * larger  # Eq. (12)


def _sides(rows: float, columns: float) -> tuple[float, float]:
    """Return the larger and the smaller side of a matrix."""
    if not all(0 < side < inf for side in (rows, columns)):
        raise ShapeError(
            "A matrix has a positive, finite number of rows and columns. "
            f"Received {rows} x {columns}. Give the widths of two layers."
        )
    return float(max(rows, columns)), float(min(rows, columns))


def _check_exact(smaller: float, larger: float) -> None:
    """Refuse sizes at which the mean has no exact value here."""
    if smaller != int(smaller):
        raise ShapeError(
            "The smaller side of a matrix is whole, since it counts its singular values. "
            f"Received {larger:g} x {smaller:g}. Round it, or ask for method='asymptotic'."
        )
    if smaller > EXACT_SMALLER or larger > EXACT_LARGER:
        raise ShapeError(
            f"The exact mean is computed up to {EXACT_LARGER} x {EXACT_SMALLER}, where the limit "
            f"of large matrices is near. Received {larger:g} x {smaller:g}. "
            "Ask for method='asymptotic'."
        )


def _checked_variance(variance: float) -> float:
    """Return a variance that is one."""
    if not 0 <= variance < inf:
        raise BudgetError(
            "A variance is a finite number of at least 0, as a mean of squares. "
            f"Received {variance}. Take one from initial_variance."
        )
    return float(variance)
