"""How variances pass through a cascade at initialisation: predicted, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.links import Cascade, Layer, cascade_links
from topograph.errors import BudgetError
from topograph.result import Result

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

__all__ = ["VariancePropagation", "variance_propagation"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class VariancePropagation(Result):
    """Mean squares behind each layer of a cascade, forwards and backwards.

    Attributes
    ----------
    layer : tuple of int
        0 for the input, then 1 to the depth L.
    forward : tuple of float
        Mean over the neurons of the squared activity, for an input of mean square 1.
    backward : tuple of float
        Mean over the neurons of the squared gradient, for a gradient of mean square 1 at the
        output.
    """

    layer: tuple[int, ...] = field(metadata={"unit": "layers"})
    forward: tuple[float, ...]
    backward: tuple[float, ...]

    @property
    def forward_gain(self) -> float:
        """Mean square of the output over that of the input."""
        return self.forward[-1] / self.forward[0]

    @property
    def backward_gain(self) -> float:
        """Mean square of the gradient at the input over that at the output."""
        return self.backward[0] / self.backward[-1]


def variance_propagation(
    architecture: Architecture, *, init: str = "sparse_xavier"
) -> VariancePropagation:
    r"""Predict how variances pass through a cascade whose weights are freshly drawn.

    With independent weights of mean 0 and variance :math:`\sigma_{oi}^2`, and links of constant
    weight :math:`c`,

    .. math:: v_o = \sum_{i \text{ trains}} \sigma_{oi}^2 v_i + \sum_{i \text{ constant}} c^2 v_i ,

    and backwards the same along the links turned round.

    Parameters
    ----------
    architecture : Architecture
        A cascade.
    init : str
        A law of `topograph.to_module`, without ``_normal`` or ``_uniform``: ``"default"``,
        ``"kaiming"``, ``"xavier"``, ``"sparse_xavier"``, ``"dense_xavier"`` or ``"skip"``.

    Returns
    -------
    VariancePropagation

    Raises
    ------
    ArchitectureError
        If the architecture is no cascade.
    BudgetError
        If the law is unknown.

    Notes
    -----
    Inputs, and gradients at the outputs, are independent with mean 0 and variance 1. The trainable
    part is exact. The constant part is if no neuron reads (backwards: feeds) two constant links;
    else the correlation of their sources is left out.

    The published text uses s for the density in one section and for the sparsity in another; here
    it is the density throughout.

    References
    ----------
    .. [1] "NeuroFabric: Identifying ideal topologies for training a priori sparse networks",
           Section IV.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.cascades.butterfly(8, 3)  # density 1/4
    >>> variance_propagation(network).forward
    (1.0, 1.0, 1.0, 1.0)
    >>> variance_propagation(network, init="dense_xavier").forward
    (1.0, 0.25, 0.0625, 0.015625)
    """
    if init not in LAWS:
        raise BudgetError(
            f"Variances are known for the laws {', '.join(LAWS)}, without the shape of the "
            f"distribution. Received {init!r:.80}. Choose one of these."
        )
    cascade = cascade_links(architecture)
    squares = _squares(cascade, init)
    forward: list[Floats] = [np.ones(cascade.widths[0])]
    for layer, square, width in zip(cascade.layers, squares, cascade.widths[1:], strict=True):
        forward.append(_summed(square * forward[-1][layer.sources], layer.targets, width))
    backward: list[Floats] = [np.ones(cascade.widths[-1])]
    steps = zip(cascade.layers, squares, cascade.widths[:-1], strict=True)
    for layer, square, width in reversed(list(steps)):
        backward.append(_summed(square * backward[-1][layer.targets], layer.sources, width))
    return VariancePropagation(
        layer=tuple(range(len(cascade.widths))),
        forward=tuple(float(values.mean()) for values in forward),
        backward=tuple(float(values.mean()) for values in reversed(backward)),
    )


def _summed(values: Floats, places: NDArray[np.int64], width: int) -> Floats:
    """Add values up by place."""
    return np.bincount(places, values, minlength=width).astype(np.float64)


def _squares(cascade: Cascade, init: str) -> list[Floats]:
    """Mean square of each weight, layer by layer."""
    depth = sum(bool(layer.constant.any()) for layer in cascade.layers)
    found = []
    for layer, (inputs, outputs) in zip(cascade.layers, pairwise(cascade.widths), strict=True):
        variance = LAWS[init](_Fans(layer, inputs, outputs, depth))
        found.append(np.where(layer.constant, layer.value**2, variance))
    return found


class _Fans:
    """What the laws read of a layer; arrays have one entry per link."""

    def __init__(self, layer: Layer, inputs: int, outputs: int, depth: int) -> None:
        self.reads = np.bincount(layer.targets, minlength=outputs)[layer.targets]
        self.feeds = np.bincount(layer.sources, minlength=inputs)[layer.sources]
        trains = np.bincount(layer.targets[~layer.constant], minlength=outputs)
        self.trains = np.maximum(trains[layer.targets], 1)
        self.inputs, self.outputs, self.depth = inputs, outputs, depth
        self.links = len(layer.sources)
        self.skips = bool(layer.constant.any())

    def sparse(self) -> float:
        """Two over the sum of the mean fans."""
        return 2 / (self.links / self.outputs + self.links / self.inputs)

    def skip(self) -> Any:
        """One over the trainable links of the target times the depth."""
        return 1 / (self.trains * self.depth) if self.skips else self.sparse()


LAWS: dict[str, Callable[[_Fans], Any]] = {
    "default": lambda fans: 1 / (3 * fans.reads),
    "dense_xavier": lambda fans: 2 / (fans.inputs + fans.outputs),
    "kaiming": lambda fans: 2 / fans.reads,
    "skip": _Fans.skip,
    "sparse_xavier": _Fans.sparse,
    "xavier": lambda fans: 2 / (fans.reads + fans.feeds),
}
"""The variance of each weight."""
