"""Ops in a word or two, as figures name them."""

from __future__ import annotations

from functools import singledispatch

from topograph.graph import (
    Activation,
    Conv2d,
    Edge,
    Flatten,
    GlobalPool,
    Grouped,
    Identity,
    Linear,
    Norm,
    OneToOne,
    Op,
    Pool,
    Zero,
)

TIMES = "\N{MULTIPLICATION SIGN}"

_SHORT = {"average": "avg", "max": "max"}


@singledispatch
def op_label(op: Op, edge: Edge, width: int) -> str:
    """Say what an edge does to the `width` channels that it reads; a linear map needs no word.

    Convolutions are named by their kernel, with ``dw`` if depthwise, ``g4`` if in 4 groups and
    ``d2`` if dilated by 2.

    Examples
    --------
    >>> print(op_label(Conv2d(3), Edge("x", "y", Conv2d(3), Grouped(4)), 8).replace(TIMES, "x"))
    3x3 g4
    """
    raise TypeError(f"no word is known for {type(op).__name__}")


@op_label.register
def _(op: Zero, edge: Edge, width: int) -> str:
    return "zero"


@op_label.register
def _(op: Identity, edge: Edge, width: int) -> str:
    return "identity"


@op_label.register
def _(op: Linear, edge: Edge, width: int) -> str:
    return ""


@op_label.register
def _(op: Conv2d, edge: Edge, width: int) -> str:
    words = [f"{op.kernel[0]}{TIMES}{op.kernel[1]}"]
    groups = edge.wiring.groups if isinstance(edge.wiring, Grouped) else 1
    if isinstance(edge.wiring, OneToOne) or groups == width > 1:
        words.append("dw")
    elif groups > 1:
        words.append(f"g{groups}")
    if max(op.dilation) > 1:
        words.append(f"d{max(op.dilation)}")
    return " ".join(words)


@op_label.register
def _(op: Pool, edge: Edge, width: int) -> str:
    return f"{_SHORT[op.kind]} {op.kernel[0]}{TIMES}{op.kernel[1]}"


@op_label.register
def _(op: GlobalPool, edge: Edge, width: int) -> str:
    return f"global {_SHORT[op.kind]}"


@op_label.register
def _(op: Flatten, edge: Edge, width: int) -> str:
    return "flatten"


@op_label.register
def _(op: Norm, edge: Edge, width: int) -> str:
    return f"{op.kind} norm"


@op_label.register
def _(op: Activation, edge: Edge, width: int) -> str:
    return op.kind
