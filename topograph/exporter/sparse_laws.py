"""Laws of initial variances for sparse layers: by density, as if dense, and beside skips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from topograph.exporter.layers import DiagonalLinear, GroupedLinear, SparseMap

__all__ = ["dense_fans", "mean_fans", "skip_depths", "skip_fan"]

Fans = tuple[float | Tensor, float | Tensor]


def mean_fans(layer: nn.Module, fans: Fans) -> Fans:
    """Mean fan-in of the outputs and mean fan-out of the inputs: density times neurons and taps.

    `fans` are those of each weight, which layers without single links have in common.
    """
    if not isinstance(layer, SparseMap):
        return fans
    weights = max(1.0, float(layer.fan_in().sum()))
    return weights / layer.shape[0], weights / layer.shape[1]


def dense_fans(layer: Any, fans: Fans) -> Fans:
    """Fans of the layer if it were wired in full."""
    if isinstance(layer, SparseMap):
        outputs, inputs = layer.shape[:2]
        taps = layer.background[0].numel()
        return float(inputs * taps), float(outputs * taps)
    if isinstance(layer, DiagonalLinear):
        return float(len(layer.weight)), float(len(layer.weight))
    if isinstance(layer, GroupedLinear | nn.Conv2d):
        return fans[0] * layer.groups, fans[1] * layer.groups
    return fans


def skip_fan(layer: nn.Module) -> Tensor | None:
    """Trainable weights that the output of each weight reads; None without constant links."""
    if not isinstance(layer, SparseMap) or not _skips(layer):
        return None
    targets = layer.links.cpu() // layer.shape[1]
    reads = targets.bincount(minlength=layer.shape[0])[targets] * layer.background[0].numel()
    return reads.view(-1, *[1] * (layer.weight.dim() - 1))


def _skips(layer: nn.Module) -> bool:
    """Tell whether a layer has constant links."""
    return isinstance(layer, SparseMap) and len(layer.constant) > 0


def skip_depths(network: Any, layers: Mapping[str, nn.Module]) -> dict[str, int]:
    """Number of layers with constant links in the cell of each layer."""
    plan = getattr(network, "plan", None)
    cells = {
        key: plan.architecture.node(plan.owners[key]).cell if plan is not None else None
        for key in layers
    }
    held = Counter(cells[key] for key, layer in layers.items() if _skips(layer))
    return {key: held[cells[key]] for key in layers}
