"""How weights begin: laws by name, with the fan-in and fan-out of the links that are there."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from topograph.errors import BudgetError
from topograph.exporter.layers import DiagonalLinear, GroupedLinear, SparseMap
from topograph.exporter.sparse_laws import dense_fans, mean_fans, skip_depths, skip_fan
from topograph.rng import streams

__all__ = ["INITS", "fans", "initialise"]

INITS = (
    "default",
    "dense_xavier_normal",
    "dense_xavier_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "orthogonal",
    "skip_normal",
    "skip_uniform",
    "sparse_xavier_normal",
    "sparse_xavier_uniform",
    "xavier_normal",
    "xavier_uniform",
)
VARIANCES: dict[str, Callable[[Any, Any], Any]] = {
    "default": lambda fan_in, fan_out: 1 / (3 * fan_in),
    "kaiming": lambda fan_in, fan_out: 2 / fan_in,
    "xavier": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
}
MIXING = (nn.Linear, nn.Conv2d, DiagonalLinear, GroupedLinear, SparseMap)


def initialise(
    network: nn.Module, init: str = "default", *, rng: np.random.Generator | int | None = None
) -> None:
    """Draw the weights of all layers that mix channels; the laws are those of `to_module`.

    Normalisations are left as they are. Parameters on the meta device are passed over.

    Raises
    ------
    BudgetError
        If `init` is unknown, or not defined for a layer.
    """
    if init not in INITS:
        raise BudgetError(
            f"Weights are drawn by a law that topograph knows: {', '.join(INITS)}. "
            f"Received {init!r}. Choose one of these."
        )
    mixing = {key: part for key, part in network.named_children() if isinstance(part, MIXING)}
    depths = skip_depths(network, mixing)
    generator = torch.Generator("cpu")
    for (key, layer), stream in zip(mixing.items(), streams(rng, len(mixing)), strict=True):
        generator.manual_seed(int(stream.integers(2**63)))
        if not layer.weight.is_meta:
            _draw(layer, init, generator, depths[key])


@torch.no_grad()
def _draw(layer: Any, init: str, generator: torch.Generator, depth: int) -> None:
    """Draw weight and bias of one layer."""
    if init == "orthogonal":
        layer.weight.copy_(_orthogonal(layer, generator))
    else:
        family, _, kind = init.rpartition("_")
        deviation = _variance(layer, family or init, depth) ** 0.5
        layer.weight.copy_(_standard(layer.weight, kind, generator) * deviation)
    if layer.bias is not None and init == "default":
        uniform = _standard(layer.bias, "uniform", generator) / 3**0.5
        layer.bias.copy_(uniform * _bias_bound(layer))
    elif layer.bias is not None:
        layer.bias.zero_()


def _variance(layer: Any, family: str, depth: int) -> Any:
    """Return the variance of each weight; `depth` layers of the cell have constant links."""
    trained = skip_fan(layer) if family == "skip" else None
    if trained is not None:
        return 1 / (trained * depth)
    found = fans(layer)
    if family == "dense_xavier":
        return VARIANCES["xavier"](*dense_fans(layer, found))
    if family in ("sparse_xavier", "skip"):
        return VARIANCES["xavier"](*mean_fans(layer, found))
    return VARIANCES[family](*found)


def _standard(like: Tensor, kind: str, generator: torch.Generator) -> Tensor:
    """Draw numbers of mean 0 and variance 1, on the CPU."""
    drawn = torch.empty(like.shape, dtype=like.dtype, device="cpu")
    if kind == "normal":
        return drawn.normal_(generator=generator)
    return drawn.uniform_(-(3**0.5), 3**0.5, generator=generator)


@singledispatch
def fans(layer: nn.Module) -> tuple[float | Tensor, float | Tensor]:
    """Return how many weights the output of each weight reads, and how many its input feeds.

    Numbers, or tensors on the CPU that broadcast to the shape of ``layer.weight``.
    """
    raise BudgetError(
        "Weights are drawn for the layers that mix channels, since only they have a fan-in. "
        f"Received {type(layer).__name__}. Register it with `fans.register`."
    )


@fans.register
def _(layer: nn.Linear) -> tuple[float, float]:
    return layer.in_features, layer.out_features


@fans.register
def _(layer: nn.Conv2d) -> tuple[float, float]:
    taps = layer.weight[0, 0].numel()
    widths = layer.in_channels, layer.out_channels
    return taps * widths[0] / layer.groups, taps * widths[1] / layer.groups


@fans.register
def _(layer: DiagonalLinear) -> tuple[float, float]:
    return 1, 1


@fans.register
def _(layer: GroupedLinear) -> tuple[float, float]:
    outputs, inputs = layer.weight.shape
    return inputs, outputs / layer.groups


@fans.register
def _(layer: SparseMap) -> tuple[Tensor, Tensor]:
    reads, feeds = layer.fan_in().cpu(), layer.fan_out().cpu()
    targets, sources = layer.links.cpu() // layer.shape[1], layer.links.cpu() % layer.shape[1]
    shape = (-1, *[1] * (layer.weight.dim() - 1))
    return reads[targets].view(shape), feeds[sources].view(shape)


def _bias_bound(layer: Any) -> float | Tensor:
    """Inverse root of the fan-in of each output; 0 where it reads nothing."""
    if isinstance(layer, SparseMap):
        reads = layer.fan_in().cpu()
        return reads.clamp(min=1).rsqrt() * (reads > 0)
    return fans(layer)[0] ** -0.5


def _orthogonal(layer: Any, generator: torch.Generator) -> Tensor:
    """Draw orthonormal rows or columns for each block of the layer that is wired in full."""
    if isinstance(layer, SparseMap):
        raise BudgetError(
            "Orthogonal weights need blocks that are wired in full, since missing links leave rows "
            f"that overlap. Received a sparse layer of {len(layer.links)} trainable links. "
            "Choose 'kaiming_normal' or 'xavier_normal'."
        )
    blocks = len(layer.weight) if isinstance(layer, DiagonalLinear) else getattr(layer, "groups", 1)
    drawn = torch.empty(layer.weight.shape, dtype=layer.weight.dtype, device="cpu")
    for block in drawn.view(blocks, len(drawn) // blocks, -1):
        nn.init.orthogonal_(block, generator=generator)
    return drawn
