"""An independent witness: architectures evaluated straight from nodes and edges.

No plan, no layers: dense matrices, unfolded windows and the formulas of the activations. Parameters
are taken from the children of a network, which come in the order of nodes and edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod, sqrt
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from topograph.graph import (
    Activation,
    Architecture,
    Conv2d,
    Edge,
    Flatten,
    GlobalPool,
    Grouped,
    Identity,
    Linear,
    Node,
    Norm,
    OneToOne,
    Pool,
    Select,
    Sparse,
    Zero,
)

EPSILON = 1e-5

FORMULAS = {
    "relu": lambda x: (x + x.abs()) / 2,
    "relu6": lambda x: x.clamp(0, 6),
    "leaky_relu": lambda x: torch.where(x > 0, x, 0.01 * x),
    "elu": lambda x: torch.where(x > 0, x, x.exp() - 1),
    "gelu": lambda x: x * (1 + torch.erf(x / sqrt(2))) / 2,
    "silu": lambda x: x / (1 + (-x).exp()),
    "tanh": lambda x: 1 - 2 / ((2 * x).exp() + 1),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "hardswish": lambda x: x * (x + 3).clamp(0, 6) / 6,
}


def evaluate(architecture: Architecture, network: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """Compute the outputs with the parameters of a network, as it behaves in training or not."""
    layers = network.children()
    given = iter(inputs)
    values: dict[str, Tensor] = {}
    for node in architecture.nodes:
        edges = architecture.in_edges(node.name)
        parts = [_carried(architecture, edge, values[edge.source], layers) for edge in edges]
        value = _merged(node, parts) if edges else next(given)
        if node.normalisation is not None:
            value = _normalised(node.normalisation, value, next(layers))
        if node.activation is not None:
            value = FORMULAS[node.activation](value)
        values[node.name] = value
    return [values[name] for name in architecture.outputs]


def parameters(architecture: Architecture) -> int:
    """Count parameters by the convention: one per trainable link and tap, biases, two per norm."""
    total = 0
    for edge in architecture.edges:
        source, target = architecture.node(edge.source), architecture.node(edge.target)
        width = edge.reads(source.width)
        if isinstance(edge.op, Linear | Conv2d):
            taps = prod(edge.op.kernel) if isinstance(edge.op, Conv2d) else 1
            total += taps * _trainable(edge, width, target.width) + edge.op.bias * target.width
        total += 2 * width * isinstance(edge.op, Norm)
    return total + sum(2 * node.width for node in architecture.nodes if node.normalisation)


def _trainable(edge: Edge, sources: int, targets: int) -> int:
    if isinstance(edge.wiring, Sparse):
        constant = edge.wiring.constant
        return len(edge.wiring.indices) - (0 if constant is None else int(constant.sum()))
    if isinstance(edge.wiring, OneToOne):
        return targets
    return sources * targets // getattr(edge.wiring, "groups", 1)


def _carried(
    architecture: Architecture, edge: Edge, x: Tensor, layers: Iterator[nn.Module]
) -> Tensor:
    """What arrives at the target of an edge."""
    target = architecture.node(edge.target)
    if isinstance(edge.wiring, Select):
        x = torch.stack([x[:, channel] for channel in edge.wiring.channels.tolist()], 1)
    match edge.op:
        case Zero():
            return torch.zeros(len(x), x.shape[1], *target.size, dtype=x.dtype)
        case Identity():
            return x
        case Linear() | Conv2d():
            return _mixed(edge, x, target, next(layers))
        case Pool():
            return _pooled(edge.op, x)
        case GlobalPool(kind, keep):
            pixels = x.reshape(*x.shape[:2], -1)
            pooled = pixels.mean(-1) if kind == "average" else pixels.max(-1).values
            return pooled.view(*pooled.shape, *[1] * (x.dim() - 2)) if keep else pooled
        case Flatten():
            return x.reshape(len(x), -1)
        case Norm(kind):
            return _normalised(kind, x, next(layers))
        case Activation(kind):
            return FORMULAS[kind](x)
    raise AssertionError(edge.op)


def _mixed(edge: Edge, x: Tensor, target: Node, layer: Any) -> Tensor:
    """A matrix product over channels, or over channels and the taps of a window."""
    kernel = edge.op.kernel if isinstance(edge.op, Conv2d) else ()
    dense = _dense(edge, layer.weight, (target.width, x.shape[1]), kernel)
    if isinstance(edge.op, Conv2d):
        op = edge.op
        window = {"padding": op.padding, "stride": op.stride, "dilation": op.dilation}
        columns = F.unfold(x, op.kernel, **window)
        y = (dense.flatten(1) @ columns).view(len(x), target.width, *op.output_size(x.shape[2:]))
    else:
        y = x @ dense.T
    if layer.bias is None:
        return y
    return y + layer.bias.view(-1, *[1] * (y.dim() - 2))


def _dense(edge: Edge, weight: Tensor, shape: tuple[int, int], kernel: tuple[int, ...]) -> Tensor:
    """All weights of an edge as a tensor (targets, sources, *kernel), link by link."""
    dense = torch.zeros(*shape, *kernel, dtype=weight.dtype)
    wiring = edge.pattern
    if isinstance(wiring, Sparse):
        free = iter(weight)
        for link, (row, column) in enumerate(zip(wiring.rows(), wiring.indices, strict=True)):
            fixed = wiring.constant is not None and wiring.constant[link]
            dense[row, column] = wiring.value if fixed else next(free)
        return dense
    groups = shape[0] if isinstance(wiring, OneToOne) else 1
    groups = wiring.groups if isinstance(wiring, Grouped) else groups
    rows, columns = shape[0] // groups, shape[1] // groups
    blocks = weight.reshape(groups, rows, columns, *kernel)
    for group, block in enumerate(blocks):
        dense[group * rows : (group + 1) * rows, group * columns : (group + 1) * columns] = block
    return dense


def _pooled(op: Pool, x: Tensor) -> Tensor:
    """Largest or mean value of the windows of a padded map."""
    (top, left), (high, wide), (down, right) = op.padding, op.kernel, op.stride

    def windows(y: Tensor, filling: float) -> Tensor:
        padded = F.pad(y, (left, left, top, top), value=filling)
        return padded.unfold(2, high, down).unfold(3, wide, right).flatten(4)

    if op.kind == "max":
        return windows(x, -torch.inf).max(-1).values
    weights = windows(torch.ones_like(x), float(op.include_padding))
    return windows(x, 0).sum(-1) / weights.sum(-1)


def _normalised(kind: str, x: Tensor, layer: Any) -> Tensor:
    """Centred and scaled by batch or by sample, then scaled and shifted by channel."""
    shape = (1, -1, *[1] * (x.dim() - 2))
    if kind == "batch" and not layer.training:
        mean, variance = layer.running_mean.view(shape), layer.running_var.view(shape)
    else:
        axes = [0, *range(2, x.dim())] if kind == "batch" else list(range(1, x.dim()))
        mean = x.mean(axes, keepdim=True)
        variance = ((x - mean) ** 2).mean(axes, keepdim=True)
    scaled = (x - mean) / (variance + EPSILON).sqrt()
    return scaled * layer.weight.view(shape) + layer.bias.view(shape)


def _merged(node: Node, parts: list[Tensor]) -> Tensor:
    """Sum, product or concatenation; vectors meet maps as 1 x 1 maps."""
    if node.merge == "concat":
        return torch.cat(parts, 1)
    rank = 2 + len(node.size)
    full = [part.reshape(*part.shape, *[1] * (rank - part.dim())) for part in parts]
    total = full[0].expand(len(full[0]), *node.shape)
    for part in full[1:]:
        total = total + part if node.merge == "sum" else total * part
    return total
