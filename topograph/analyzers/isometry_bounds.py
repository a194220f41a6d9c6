"""Between which bounds the mean singular value of a layer lies, given its width and NN-Mass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.analyzers.singular_values import EXACT_SMALLER, expected_singular_value
from topograph.errors import ArchitectureError, BudgetError
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["IsometryBounds", "isometry_bounds"]


@dataclass(frozen=True, slots=True, eq=False)
class IsometryBounds(Result):
    r"""Mean singular values by theory; `isometry_bounds` makes it. Arrays have the shape of mass.

    Attributes
    ----------
    width : int
        Outputs of the layer, :math:`W = w`.
    mass : float array
        NN-Mass m.
    inputs : float array
        :math:`H = w + m/2`.
    variance : float array
        Of the weights, q.
    printed_lower, printed_upper : float array
        :math:`\sqrt{qH} \mp \sqrt{qW}`, the interval of Proposition 2.
    lower : float array
        :math:`\sqrt{qH} \sqrt{H / (H + W + 1)}`, by Hölder's inequality.
    upper : float array
        :math:`\sqrt{qH}`, by Jensen's inequality.
    exact : float array
        :math:`E[\sigma]` at this size; NaN for widths above 512.
    asymptotic : float array
        The limit of large matrices of this shape.
    squared : float array
        :math:`E[\sigma^2] = qH`.
    """

    width: int = field(metadata={"unit": "channels"})
    mass: Floats = field(metadata={"unit": "channels x layers"})
    inputs: Floats = field(metadata={"unit": "channels"})
    variance: Floats
    printed_lower: Floats
    lower: Floats
    exact: Floats
    asymptotic: Floats
    upper: Floats
    printed_upper: Floats
    squared: Floats


def isometry_bounds(width: int, mass: ArrayLike, *, variance: ArrayLike = 1.0) -> IsometryBounds:
    r"""Bounds on the mean singular value of the initial layerwise Jacobian of a linear network.

    A typical layer has :math:`W = w` outputs and :math:`H = w + m/2` inputs, so with weights of
    variance q

    .. math:: \sqrt{qH} - \sqrt{qW} \;\le\; \sqrt{qH} \sqrt{\frac{H}{H + W + 1}} \;\le\; E[\sigma]
              \;\le\; \sqrt{qH} \;\le\; \sqrt{qH} + \sqrt{qW} .

    Parameters
    ----------
    width : int
        Channels per layer, :math:`w \ge 1`.
    mass : array_like
        NN-Mass :math:`m \ge 0`, one number or many.
    variance : array_like
        Of the initial weights, :math:`q \ge 0`: one number, or one for each mass, such as those
        of :func:`~topograph.analyzers.initial_variance`.

    Returns
    -------
    IsometryBounds

    Raises
    ------
    ArchitectureError
        If the width is not whole or below 1, or a mass is negative or not finite.
    BudgetError
        If a variance is negative or not finite.

    Notes
    -----
    The outer interval is the printed one. The paper takes it from the limit of large matrices; by
    Gordon's theorem it holds at every size, even for the means of the smallest and the largest
    value. The inner one is tighter at every size and rigorous too: above, by Jensen's inequality,
    :math:`E[\sigma]^2 \le E[\sigma^2] = qH`; below, by Hölder's,
    :math:`E[\sigma^2]^3 \le E[\sigma]^2 E[\sigma^4]`, where
    :math:`E[\sigma^4] = q^2 H (H + W + 1)`.

    All of this is meant for weights that are normal and linear layers; an activation multiplies
    rows by its slopes. H is an average over layers and need not be whole; `exact` then is as in
    :func:`~topograph.analyzers.expected_singular_value`, and both intervals hold for it.

    The paper lets q be the same for every layer and mass. Under fan-in initialisation it falls as
    1 / H, so that `upper` and `squared` do not depend on the mass at all.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Proposition 2, Appendix D and Fig. 1(b).
    .. [2] Y. Gordon, "Some inequalities for Gaussian processes and applications", Israel J. Math.
           50, 1985.

    Examples
    --------
    >>> found = isometry_bounds(16, [0, 20])
    >>> found.exact.round(4).tolist()
    [3.3648, 4.6434]
    >>> found.printed_lower.round(4).tolist(), found.printed_upper.round(4).tolist()
    ([0.0, 1.099], [8.0, 9.099])
    """
    width = whole(
        "width",
        width,
        minimum=1,
        error=ArchitectureError,
        because="it counts the channels of a layer",
    )
    masses, variances = _checked(mass, variance)
    inputs = width + masses / 2  # Section 3.3: H = w + m/2
    deviation = np.sqrt(variances)
    root, edge = deviation * np.sqrt(inputs), deviation * np.sqrt(width)
    exact = _means(width, inputs, "exact") if width <= EXACT_SMALLER else np.nan * inputs
    return IsometryBounds(
        width=width,
        mass=masses,
        inputs=inputs,
        variance=variances,
        printed_lower=root - edge,  # Eq. (13)
        lower=root * np.sqrt(inputs / (inputs + width + 1)),
        exact=deviation * exact,
        asymptotic=deviation * _means(width, inputs, "asymptotic"),
        upper=root,
        printed_upper=root + edge,  # Eq. (13)
        squared=variances * inputs,  # Eq. (12)
    )


def _checked(mass: ArrayLike, variance: ArrayLike) -> tuple[Floats, Floats]:
    """Return masses and variances of one shape."""
    masses, variances = np.asarray(mass, dtype=float), np.asarray(variance, dtype=float)
    if not np.all((masses >= 0) & np.isfinite(masses)):
        raise ArchitectureError(
            "NN-Mass is a finite number of at least 0, as it counts links. "
            f"Received {masses.tolist()}. Take it from nn_mass."
        )
    if not np.all((variances >= 0) & np.isfinite(variances)):
        raise BudgetError(
            "A variance is a finite number of at least 0, as a mean of squares. "
            f"Received {variances.tolist()}. Take it from initial_variance."
        )
    shape = np.broadcast_shapes(masses.shape, variances.shape)
    return np.broadcast_to(masses, shape), np.broadcast_to(variances, shape)


def _means(width: int, inputs: Floats, method: str) -> Floats:
    """Mean singular values of standard normal matrices, each size computed once."""
    sizes, place = np.unique(inputs, return_inverse=True)
    means = [expected_singular_value(size, width, method=method) for size in sizes.tolist()]
    return np.array(means)[place].reshape(inputs.shape)
