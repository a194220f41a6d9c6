"""Activations as kernels see them: a function, its slope, and what is known of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from topograph.analyzers.kernels.closed_forms import CLOSED_FORMS
from topograph.analyzers.kernels.interpolation import expected_product
from topograph.analyzers.kernels.quadrature import Floats, Function, gaussian_mean
from topograph.arrays import Array, array_namespace, to_host
from topograph.errors import ArchitectureError

__all__ = ["NONLINEARITIES", "Nonlinearity", "dual_activation", "nonlinearity"]


@dataclass(frozen=True, slots=True)
class Nonlinearity:
    r"""An activation :math:`\sigma`, for kernels.

    Attributes
    ----------
    name : str
    function, slope : callable
        :math:`\sigma` and :math:`\sigma'`, from NumPy arrays to NumPy arrays.
    kinks : tuple of float
        Where :math:`\sigma` or a derivative of it jumps.
    is_homogeneous : bool
        True if :math:`\sigma(a x) = a \sigma(x)` for all :math:`a > 0`.
    is_odd : bool
        True if :math:`\sigma(-x) = -\sigma(x)`, so that its mean is 0.

    Examples
    --------
    >>> cube = Nonlinearity("cube", lambda x: x**3, lambda x: 3 * x**2, is_odd=True)
    >>> round(cube.normaliser, 12)  # 1 / E z^6 = 1 / 15
    0.066666666667
    """

    name: str
    function: Function
    slope: Function
    kinks: tuple[float, ...] = ()
    is_homogeneous: bool = False
    is_odd: bool = False

    @property
    def normaliser(self) -> float:
        r""":math:`c_\sigma = 1 / E[\sigma(z)^2]` for a standard Gaussian :math:`z`."""
        return _normaliser(self)

    @property
    def vanishes(self) -> bool:
        r"""True if :math:`\sigma(0) = 0`, so that nothing in gives nothing out."""
        return float(self.function(np.zeros(1))[0]) == 0.0

    def mean(self, variance: Array) -> Array:
        r""":math:`\sqrt{c_\sigma} \, E \sigma(\sqrt q \, z)` for variances :math:`q`."""
        xp = array_namespace(variance)
        factor = self.normaliser**0.5
        if self.name in CLOSED_FORMS:
            return factor * CLOSED_FORMS[self.name].mean(variance)
        return _by_quadrature(lambda x: factor * self.function(x), self.kinks, variance, xp)

    def dual(self, left: Array, right: Array, cross: Array) -> Array:
        r""":math:`f = c_\sigma E[\sigma(u) \sigma(v)]`."""
        if self.name in CLOSED_FORMS:
            form = CLOSED_FORMS[self.name]
            if form.dual is not None:
                return form.dual(left, right, cross)
            return self.normaliser * form.product(left, right, cross)
        return self.normaliser * expected_product(self.function, left, right, cross, self.kinks)

    def dual_slope(self, left: Array, right: Array, cross: Array) -> Array:
        r""":math:`f' = c_\sigma E[\sigma'(u) \sigma'(v)]`, the derivative by :math:`E u v`."""
        if self.name in CLOSED_FORMS:
            return self.normaliser * CLOSED_FORMS[self.name].slopes(left, right, cross)
        return self.normaliser * expected_product(self.slope, left, right, cross, self.kinks)

    def variance(self, variance: Array) -> Array:
        r""":math:`c_\sigma E[\sigma(\sqrt q \, z)^2]`: `dual` of equal inputs, q if homogeneous."""
        if self.is_homogeneous:
            return variance
        if self.name in CLOSED_FORMS:
            return self.dual(variance, variance, variance)
        xp, factor = array_namespace(variance), self.normaliser
        return _by_quadrature(lambda x: factor * self.function(x) ** 2, self.kinks, variance, xp)


@cache
def _normaliser(activation: Nonlinearity) -> float:
    """Return 1 over the second moment for a standard Gaussian."""
    if activation.name in CLOSED_FORMS:
        one = np.ones(1)
        return 1 / float(CLOSED_FORMS[activation.name].product(one, one, one)[0])
    square = lambda x: activation.function(x) ** 2  # noqa: E731
    return 1 / float(gaussian_mean(square, np.ones(1), kinks=activation.kinks)[0])


def _by_quadrature(function: Function, kinks: tuple[float, ...], variance: Array, xp: Any) -> Array:
    """Return the expectations of a function at each distinct variance."""
    distinct, place = np.unique(to_host(variance), return_inverse=True)
    found = gaussian_mean(function, distinct.astype(np.float64), kinks=kinks)
    return xp.astype(xp.asarray(found[place].reshape(variance.shape)), variance.dtype)


def _sigmoid(x: Floats) -> Floats:
    return np.exp(-np.logaddexp(0.0, -x))


def _silu_slope(x: Floats) -> Floats:
    gate = _sigmoid(x)
    return gate * (1 + x * (1 - gate))


def _step(low: float, high: float, inside: Callable[[Floats], Floats], x: Floats) -> Floats:
    """Return `inside` between two bounds, 0 outside."""
    return np.where((x > low) & (x < high), inside(x), 0.0)


def _erf(x: Floats) -> Floats:
    from scipy.special import erf

    return erf(x)


def _normal(x: Floats) -> Floats:
    """Distribution function of the standard Gaussian."""
    from scipy.special import ndtr

    return ndtr(x)


def _density(x: Floats) -> Floats:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def _hardswish_slope(x: Floats) -> Floats:
    return np.where(x >= 3, 1.0, _step(-3, 3, lambda y: y / 3 + 0.5, x))


NONLINEARITIES: dict[str, Nonlinearity] = {
    entry.name: entry
    for entry in (
        Nonlinearity("cos", np.cos, lambda x: -np.sin(x)),
        Nonlinearity(
            "elu",
            lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
            lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))),
            (0.0,),
        ),
        Nonlinearity("erf", _erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2)), is_odd=True),
        Nonlinearity("gelu", lambda x: x * _normal(x), lambda x: _normal(x) + x * _density(x)),
        Nonlinearity(
            "hardswish", lambda x: x * np.clip(x + 3, 0, 6) / 6, _hardswish_slope, (-3.0, 3.0)
        ),
        Nonlinearity("identity", lambda x: x, np.ones_like, is_homogeneous=True, is_odd=True),
        Nonlinearity(
            "leaky_relu",
            lambda x: np.where(x > 0, x, 0.01 * x),
            lambda x: np.where(x > 0, 1.0, 0.01),
            (0.0,),
            is_homogeneous=True,
        ),
        Nonlinearity(
            "relu",
            lambda x: np.maximum(x, 0),
            lambda x: np.where(x > 0, 1.0, 0.0),
            (0.0,),
            is_homogeneous=True,
        ),
        Nonlinearity(
            "relu6", lambda x: np.clip(x, 0, 6), lambda x: _step(0, 6, np.ones_like, x), (0.0, 6.0)
        ),
        Nonlinearity("sigmoid", _sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
        Nonlinearity("silu", lambda x: x * _sigmoid(x), _silu_slope),
        Nonlinearity("sin", np.sin, np.cos, is_odd=True),
        Nonlinearity("tanh", np.tanh, lambda x: 1 / np.cosh(x) ** 2, is_odd=True),
    )
}
"""Those of `topograph.graph.ACTIVATIONS` and four that only kernels know, by name."""


def nonlinearity(activation: str | Nonlinearity) -> Nonlinearity:
    """Return the activation of a name.

    Parameters
    ----------
    activation : str or Nonlinearity
        A name in `NONLINEARITIES`, or a `Nonlinearity`, which is returned as it is.

    Raises
    ------
    ArchitectureError
        If the name is unknown.

    Examples
    --------
    >>> nonlinearity("relu").normaliser
    2.0
    """
    if isinstance(activation, Nonlinearity):
        return activation
    if activation not in NONLINEARITIES:
        raise ArchitectureError(
            "A kernel needs the expectations of an activation under Gaussians. It knows "
            f"{', '.join(NONLINEARITIES)}. Received {activation!r:.80}. Choose one of these, or "
            "describe another by `Nonlinearity(name, function, slope, kinks)`."
        )
    return NONLINEARITIES[activation]


def dual_activation(
    cross: Array,
    *,
    left: Array,
    right: Array,
    activation: str | Nonlinearity = "relu",
    derivative: bool = False,
) -> Array:
    r"""Second moments behind an activation, from those before it.

    For Gaussian :math:`u, v` with :math:`E u^2 = K_{ii}, E v^2 = K_{jj}, E u v = K_{ij}`,

    .. math:: f(K)_{ij} = c_\sigma E[\sigma(u) \sigma(v)] , \qquad
              f'(K)_{ij} = c_\sigma E[\sigma'(u) \sigma'(v)] , \qquad
              c_\sigma = 1 / E[\sigma(z)^2] .

    Parameters
    ----------
    cross : array
        :math:`K_{ij}`.
    left, right : array
        :math:`K_{ii}, K_{jj}`; they broadcast against `cross`.
    activation : str or Nonlinearity
    derivative : bool
        If True, :math:`f'` instead of :math:`f`.

    Returns
    -------
    array
        In the library of `cross`.

    Raises
    ------
    ArchitectureError
        If the activation is unknown.
    BudgetError
        If an activation without closed form is not smooth enough for its quadrature.

    Notes
    -----
    Closed forms: relu, leaky_relu, erf, gelu (:math:`x \Phi(x)`), sin, cos, identity. All others
    by quadrature with a relative error below 1e-10.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Lemma 3.2.
    .. [2] Y. Cho and L. Saul, "Kernel methods for deep learning", NeurIPS 2009, Eqs. (3)-(6).

    Examples
    --------
    >>> one = np.ones(1)
    >>> dual_activation(np.array([-1.0, 0.0, 1.0]), left=one, right=one).round(6).tolist()
    [0.0, 0.31831, 1.0]
    """
    chosen = nonlinearity(activation)
    return (chosen.dual_slope if derivative else chosen.dual)(left, right, cross)
