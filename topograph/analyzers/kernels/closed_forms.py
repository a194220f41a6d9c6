r"""Expectations of activations under Gaussians, where a formula is known.

For Gaussian :math:`u, v` with :math:`E u^2 = q, E v^2 = q', E u v = k` each activation has

- ``product``: :math:`E[\sigma(u) \sigma(v)]`;
- ``slopes``: :math:`E[\sigma'(u) \sigma'(v)]`, the derivative of ``product`` by :math:`k`;
- ``mean``: :math:`E \sigma(u)`, from :math:`q` alone.

All are array-API expressions in which ``left``, ``right`` and ``cross`` broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any, NamedTuple

import numpy as np

from topograph.analyzers.kernels.rectified import DEGREE, arc_cosine
from topograph.arrays import Array, array_namespace

__all__ = ["CLOSED_FORMS", "ClosedForm"]


LARGE = 4096
"""Entries from which a NumPy array gets the polynomial of `rectified`."""


class ClosedForm(NamedTuple):
    """Three expectations of one activation, and `product` over that of equal inputs of length 1."""

    product: Callable[[Array, Array, Array], Array]
    slopes: Callable[[Array, Array, Array], Array]
    mean: Callable[[Array], Array]
    dual: Callable[[Array, Array, Array], Array] | None = None


def _sizes(left: Array, right: Array, cross: Array) -> tuple[Any, Array, Array]:
    """Return the namespace, the root of left x right, and the correlation (0 for 0 / 0)."""
    xp = array_namespace(cross)
    size = xp.sqrt(left * right)
    return xp, size, cross / xp.where(size > 0, size, xp.ones_like(size))


def _rectified(left: Array, right: Array, cross: Array) -> Array:
    """Arc-cosine kernel of degree 1."""
    if isinstance(cross, np.ndarray) and cross.size > LARGE and cross.dtype in DEGREE:
        return arc_cosine(np.sqrt(left * right), cross)
    xp, size, r = _sizes(left, right, cross)
    r = xp.clip(r, -1.0, 1.0)
    root = xp.sqrt((1 - r) * (1 + r))
    return size * (1 / pi) * (root + r * (xp.asin(r) + pi / 2))


def _relu(left: Array, right: Array, cross: Array) -> Array:
    return 0.5 * _rectified(left, right, cross)


def _relu_slopes(left: Array, right: Array, cross: Array) -> Array:
    """Arc-cosine kernel of degree 0, halved: the chance that both are positive."""
    xp, _, r = _sizes(left, right, cross)
    return 0.25 + xp.asin(xp.clip(r, -1.0, 1.0)) * (0.5 / pi)


def _relu_mean(variance: Array) -> Array:
    return array_namespace(variance).sqrt(variance * (0.5 / pi))


def leaky(slope: float) -> ClosedForm:
    r"""Leaky ReLU, :math:`\sigma(x) = a x + (1 - a) \max(x, 0)`."""
    rest = (1 - slope) ** 2
    return ClosedForm(
        lambda left, right, cross: slope * cross + rest * _relu(left, right, cross),
        lambda left, right, cross: slope + rest * _relu_slopes(left, right, cross),
        lambda variance: (1 - slope) * _relu_mean(variance),
    )


def _erf(left: Array, right: Array, cross: Array) -> Array:
    xp = array_namespace(cross)
    size = xp.sqrt((1 + 2 * left) * (1 + 2 * right))
    return (2 / pi) * xp.asin(2 * cross / size)


def _erf_slopes(left: Array, right: Array, cross: Array) -> Array:
    xp = array_namespace(cross)
    return (4 / pi) / xp.sqrt((1 + 2 * left) * (1 + 2 * right) - 4 * cross * cross)


def _gelu(left: Array, right: Array, cross: Array) -> Array:
    r""":math:`\sigma(x) = x \Phi(x)`."""
    xp = array_namespace(cross)
    ends = (1 + left) * (1 + right)
    square = ends - cross * cross
    root = xp.sqrt(square)
    curved = (cross * cross + left * right * square) / (ends * root)
    return cross / 4 + (curved + cross * xp.atan2(cross, root)) * (0.5 / pi)


def _gelu_slopes(left: Array, right: Array, cross: Array) -> Array:
    xp = array_namespace(cross)
    ends = (1 + left) * (1 + right)
    square = ends - cross * cross
    root = xp.sqrt(square)
    inner = 1 / square + (1 - left * right) / ends + 1
    return 0.25 + (cross * inner / root + xp.atan2(cross, root)) * (0.5 / pi)


def _gelu_mean(variance: Array) -> Array:
    return variance / array_namespace(variance).sqrt(2 * pi * (1 + variance))


def _sine(left: Array, right: Array, cross: Array) -> Array:
    xp = array_namespace(cross)
    middle = (left + right) / 2
    return (xp.exp(cross - middle) - xp.exp(-cross - middle)) / 2


def _cosine(left: Array, right: Array, cross: Array) -> Array:
    xp = array_namespace(cross)
    middle = (left + right) / 2
    return (xp.exp(cross - middle) + xp.exp(-cross - middle)) / 2


def _none(variance: Array) -> Array:
    return 0 * variance


CLOSED_FORMS = {
    "cos": ClosedForm(_cosine, _sine, lambda q: array_namespace(q).exp(-q / 2)),
    "erf": ClosedForm(_erf, _erf_slopes, _none),
    "gelu": ClosedForm(_gelu, _gelu_slopes, _gelu_mean),
    "identity": ClosedForm(
        lambda left, right, cross: cross, lambda left, right, cross: 0 * cross + 1, _none
    ),
    "leaky_relu": leaky(0.01),
    "relu": ClosedForm(_relu, _relu_slopes, _relu_mean, _rectified),
    "sin": ClosedForm(_sine, _cosine, _none),
}
"""By the name of the activation."""
