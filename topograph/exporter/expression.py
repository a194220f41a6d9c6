"""How each op is written in torch: as a layer that is built once, or as a function that is called.

Nothing here needs torch. The interpreter builds and calls what the expressions name, the source
writer writes them down, so both always do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import (
    Activation,
    Conv2d,
    Flatten,
    GlobalPool,
    Identity,
    Linear,
    Norm,
    Op,
    Pair,
    Pool,
    Size,
    Zero,
)
from topograph.graph.wiring import Full, Grouped, OneToOne, Sparse

ACTIVATION_FUNCTIONS = {
    "relu": "F.relu",
    "relu6": "F.relu6",
    "leaky_relu": "F.leaky_relu",
    "elu": "F.elu",
    "gelu": "F.gelu",
    "silu": "F.silu",
    "tanh": "torch.tanh",
    "sigmoid": "torch.sigmoid",
    "hardswish": "F.hardswish",
}
RECTIFIERS = ("relu", "relu6")


@dataclass(frozen=True, slots=True)
class Expression:
    """A name of torch or of `topograph.exporter.layers`, and what it is given.

    Attributes
    ----------
    name : str
        ``"nn.Conv2d"`` or ``"F.relu"``, for example.
    arguments : tuple
        Positional arguments; for a function those behind the feature map.
    options : tuple of (str, object)
        Keyword arguments.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Layer(Expression):
    """Something with parameters, built once."""


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function of one feature map."""


@singledispatch
def module(op: Op, edge: Edge, source: Node, target: Node) -> Layer | Call | None:
    """Return how an op on an edge is written in torch; None if it changes nothing.

    Parameters
    ----------
    op : Op
        The op of `edge`, by whose class the answer is chosen.
    edge : Edge
    source, target : Node
        The ends of the edge. What a `Select` leaves of the source has been selected before.

    Raises
    ------
    ArchitectureError
        If the class of `op` has no counterpart in torch.

    Examples
    --------
    >>> from topograph.graph import Conv2d, Edge, Node
    >>> edge = Edge("x", "y", Conv2d(1, stride=2, bias=True))
    >>> module(edge.op, edge, Node("x", 16, (8, 8)), Node("y", 32, (4, 4)))
    Layer(name='nn.Conv2d', arguments=(16, 32, 1), options=(('stride', 2),))
    """
    raise ArchitectureError(
        "An op is exported by the verb `module`, which each class of topograph.graph.OPS has. "
        f"Received {type(op).__name__} on {edge}. Register the class with `module.register`."
    )


@module.register
def _zero(op: Zero, edge: Edge, source: Node, target: Node) -> Call:
    return Call("zeros", (edge.reads(source.width), *target.size))


@module.register
def _identity(op: Identity, edge: Edge, source: Node, target: Node) -> None:
    return None


@module.register
def _linear(op: Linear, edge: Edge, source: Node, target: Node) -> Layer:
    widths = (edge.reads(source.width), target.width)
    bias = _changed(bias=(op.bias, True))
    match edge.pattern:
        case Full():
            return Layer("nn.Linear", widths, bias)
        case OneToOne():
            return Layer("DiagonalLinear", widths[1:], bias)
        case Grouped(groups):
            return Layer("GroupedLinear", (*widths, groups), bias)
        case Sparse() as wiring:
            return Layer("SparseLinear", (*widths, _links(wiring)), (*_fixed(wiring), *bias))
    raise _unknown(edge)


@module.register
def _conv2d(op: Conv2d, edge: Edge, source: Node, target: Node) -> Layer:
    widths = (edge.reads(source.width), target.width)
    kernel = _short(op.kernel)
    window = _window(op)
    bias = _changed(bias=(op.bias, True))
    match edge.pattern:
        case Full():
            if kernel == 1 and not window:
                return Layer("PointwiseConv2d", widths, bias)
            return Layer("nn.Conv2d", (*widths, kernel), (*window, *bias))
        case OneToOne():
            groups = _changed(groups=(target.width, 1))
            return Layer("nn.Conv2d", (*widths, kernel), (*window, *groups, *bias))
        case Grouped(number):
            groups = _changed(groups=(number, 1))
            return Layer("nn.Conv2d", (*widths, kernel), (*window, *groups, *bias))
        case Sparse() as wiring:
            options = (("taps", op.kernel), *_fixed(wiring), *window, *bias)
            return Layer("SparseConv2d", (*widths, _links(wiring)), options)
    raise _unknown(edge)


@module.register
def _pool(op: Pool, edge: Edge, source: Node, target: Node) -> Call:
    kernel = _short(op.kernel)
    stride = _changed(stride=(_short(op.stride), kernel))
    padding = _changed(padding=(_short(op.padding), 0))
    if op.kind == "max":
        return Call("F.max_pool2d", (kernel,), (*stride, *padding))
    counted = _changed(count_include_pad=(op.include_padding or op.padding == (0, 0), True))
    return Call("F.avg_pool2d", (kernel,), (*stride, *padding, *counted))


@module.register
def _global_pool(op: GlobalPool, edge: Edge, source: Node, target: Node) -> Call | None:
    if not source.size:
        return None
    axes = tuple(range(2, 2 + len(source.size)))
    name = "torch.mean" if op.kind == "average" else "torch.amax"
    return Call(name, (axes,), _changed(keepdim=(op.keep, False)))


@module.register
def _flatten(op: Flatten, edge: Edge, source: Node, target: Node) -> Call | None:
    return Call("torch.flatten", (1,)) if source.size else None


@module.register
def _norm(op: Norm, edge: Edge, source: Node, target: Node) -> Layer:
    return normalisation(op.kind, edge.reads(source.width), source.size)


@module.register
def _activation(op: Activation, edge: Edge, source: Node, target: Node) -> Call:
    return activation(op.kind)


def normalisation(kind: str, width: int, size: Size) -> Layer:
    """Return the layer that normalises feature maps of this width and size.

    Notes
    -----
    ``"batch"`` normalises each channel over batch and pixels. ``"layer"`` normalises each sample
    over its channels and pixels, with a scale and a shift per channel: `LayerNorm` for vectors,
    `GroupNorm` with one group for maps.
    """
    if kind == "layer":
        return Layer("nn.GroupNorm", (1, width)) if size else Layer("nn.LayerNorm", (width,))
    if len(size) > 3:
        raise ShapeError(
            "Batch normalisation in torch knows feature maps of up to three axes. "
            f"Received size {size}. Use normalisation 'layer', or flatten some axes."
        )
    return Layer(f"nn.BatchNorm{max(len(size), 1)}d", (width,))


def activation(kind: str, *, overwrites: bool = False) -> Call:
    """Return the function of an activation.

    Notes
    -----
    With `overwrites` it may write over the feature map that it reads, which saves memory traffic.
    That is for what a normalisation returns, which nobody else reads, backwards neither; and for
    activations whose derivative follows from their value to the last bit.
    """
    saves = overwrites and kind in RECTIFIERS
    return Call(ACTIVATION_FUNCTIONS[kind], options=(("inplace", True),) if saves else ())


def _window(op: Conv2d) -> tuple[tuple[str, Any], ...]:
    """Stride, padding and dilation where they are not the defaults of torch."""
    return _changed(
        stride=(_short(op.stride), 1),
        padding=(_short(op.padding), 0),
        dilation=(_short(op.dilation), 1),
    )


def _short(pair: Pair) -> int | Pair:
    """One number for a pair of equal ones."""
    return pair[0] if pair[0] == pair[1] else pair


def _changed(**options: tuple[Any, Any]) -> tuple[tuple[str, Any], ...]:
    """Keep the options whose value differs from the default behind it."""
    return tuple((name, value) for name, (value, default) in options.items() if value != default)


def _links(wiring: Sparse, *, constant: bool = False) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Targets and sources of the links that train, or of the constant ones."""
    rows, columns = wiring.rows(), wiring.indices
    if wiring.constant is not None:
        kept = wiring.constant if constant else ~wiring.constant
        rows, columns = rows[kept], columns[kept]
    elif constant:
        rows, columns = rows[:0], columns[:0]
    return tuple(rows.tolist()), tuple(columns.tolist())


def _fixed(wiring: Sparse) -> tuple[tuple[str, Any], ...]:
    """The constant links and their weight, where there are any."""
    links = _links(wiring, constant=True)
    if not links[0]:
        return ()
    return (("constant", links), *_changed(value=(wiring.value, 1.0)))


def _unknown(edge: Edge) -> ArchitectureError:
    return ArchitectureError(
        "Linear maps and convolutions are exported with the wirings Full, OneToOne, Grouped, "
        f"Select and Sparse. Received {edge.wiring!r} on {edge}. Use one of these."
    )
