"""Fixed factors on the weights of linear maps and convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from topograph.errors import ArchitectureError, ShapeError
from topograph.exporter.layers import PointwiseConv2d, SparseConv2d, SparseLinear, SparseMap
from topograph.exporter.pointwise import StructuredConv2d
from topograph.exporter.structured import StructuredLinear
from topograph.graph.mixing import mixing_edges, weight_shape

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from topograph.exporter.network import Network

__all__ = ["fold_factors", "scale_weights"]


class ScaledLinear(nn.Linear):
    """Affine map whose weights are multiplied by `factor`."""

    factor: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs) to (batch, outputs)."""
        return F.linear(x, self.weight * self.factor, self.bias)


class ScaledConv2d(nn.Conv2d):
    """Convolution whose kernels are multiplied by `factor`, one number per pair of channels."""

    factor: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, outputs, height, width)."""
        return self._conv_forward(x, self.weight * self.factor, self.bias)


class ScaledSparse(SparseMap):
    """Weights of single links, each multiplied by `factor`; constant links are left alone."""

    factor: Tensor

    def link_weights(self) -> Tensor:
        """Return what each trainable link multiplies by."""
        return self.weight * self.factor


class ScaledSparseLinear(ScaledSparse, SparseLinear):
    """Affine map along single links, whose weights are multiplied by `factor`."""


class ScaledStructuredLinear(ScaledSparse, StructuredLinear):
    """The same at the cost of the links alone."""


class ScaledSparseConv2d(ScaledSparse, SparseConv2d):
    """Convolution along single links, whose weights are multiplied by `factor`."""


class ScaledStructuredConv2d(StructuredConv2d, ScaledSparse):
    """The same at the cost of the links alone, for pointwise convolutions."""


SCALED: dict[type[nn.Module], type[nn.Module]] = {
    nn.Linear: ScaledLinear,
    nn.Conv2d: ScaledConv2d,
    PointwiseConv2d: ScaledConv2d,
    SparseLinear: ScaledSparseLinear,
    SparseConv2d: ScaledSparseConv2d,
    StructuredConv2d: ScaledStructuredConv2d,
    StructuredLinear: ScaledStructuredLinear,
}


def scale_weights(network: Network, factors: Mapping[str, ArrayLike]) -> None:
    """Multiply weights of a network by fixed factors, at each use; see `to_module`.

    Each layer that is named gets a buffer `factor`, of the type and on the device of its weights.

    Raises
    ------
    ArchitectureError
        If `factors` is no mapping, a name belongs to no linear map or convolution, or to a linear
        map that is wired in groups or one to one, or a factor is not finite.
    ShapeError
        If the factors of a layer have another shape than its links.
    """
    if not isinstance(factors, Mapping):
        raise ArchitectureError(
            "Factors are given by the names of layers, in a mapping. "
            f"Received {type(factors).__name__}. Pass its `factors`, or a dict of arrays."
        )
    edges = mixing_edges(network.plan.architecture)
    for name, values in factors.items():
        if name not in edges:
            raise ArchitectureError(
                "Factors belong to linear maps and convolutions, named by the feature map that "
                f"they make. Received {name!r}. Name one of {', '.join(list(edges)[:8])}, ..."
            )
        edge = edges[name]
        numbers = np.array(values, dtype=np.float64)
        _check(name, numbers, weight_shape(network.plan.architecture, edge))
        _scale(network.get_submodule(network.plan.keys[edge.target, edge.position]), numbers)


def fold_factors(network: nn.Module) -> dict[str, Tensor]:
    """Return the state of a network in which its fixed factors are multiplied into the weights.

    It fits the module that `to_module` makes without factors, and the program of `to_source`, and
    gives the same outputs there.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dense_mlp(4, 3, candidates=1, inputs=8, rng=0)
    >>> shares = tg.analyzers.contributions(network, rng=0).factors
    >>> scaled, plain = tg.to_module(network, contributions=shares), tg.to_module(network)
    >>> plain.load_state_dict(fold_factors(scaled))
    <All keys matched successfully>
    """
    state = dict(network.state_dict())
    for name in [name for name in state if name.endswith(".factor")]:
        weight = name.removesuffix("factor") + "weight"
        state[weight] = state[weight] * state.pop(name)
    return state


def _check(name: str, numbers: Any, shape: tuple[int, ...]) -> None:
    """Raise unless there is one finite factor per link."""
    if numbers.shape != shape:
        raise ShapeError(
            "Each link has one factor. "
            f"Received shape {numbers.shape} for {name!r}, whose links have shape {shape}. "
            "Give an array (outputs, inputs), or take it from topograph.analyzers.contributions."
        )
    if not np.isfinite(numbers).all():
        raise ArchitectureError(
            "A factor is a finite number, since it multiplies a weight. "
            f"Received others for {name!r}. Look for a division by zero where they were made."
        )


def _scale(layer: nn.Module, numbers: Any) -> None:
    """Turn a layer into its scaled kind, which keeps its parameters."""
    if type(layer) not in SCALED:
        raise ArchitectureError(
            "Factors are known for linear maps and convolutions, wired in full or along single "
            f"links, and for grouped convolutions. Received a {type(layer).__name__}. "
            "Leave it out of the factors."
        )
    weight: Any = layer.weight
    factor = torch.as_tensor(numbers, dtype=weight.dtype, device=weight.device)
    factor = factor.reshape(*factor.shape, *[1] * (weight.dim() - factor.dim()))
    layer.__class__ = SCALED[type(layer)]
    layer.register_buffer("factor", factor)
