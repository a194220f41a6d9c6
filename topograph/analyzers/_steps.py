"""The steps that paths take through an architecture, on numbered nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import NamedTuple

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.ops import (
    Activation,
    Conv2d,
    Flatten,
    GlobalPool,
    Identity,
    Linear,
    Norm,
    Op,
    Pool,
    Zero,
)


class Step(NamedTuple):
    """An edge that paths follow: places of its ends, and 1 if its operation has parameters."""

    source: int
    target: int
    depth: int


@dataclass(frozen=True, slots=True)
class StepGraph:
    """Nodes 0, 1, ..., such that steps lead forwards and are in the order of their targets."""

    nodes: int
    steps: list[Step]
    starts: list[int]
    ends: list[int]


def step_graph(architecture: Architecture, cell: str | None) -> StepGraph:
    """Number the nodes of an architecture, or of a cell and what it reads."""
    if cell is None:
        return _numbered(
            [node.name for node in architecture.nodes],
            architecture.edges,
            architecture.inputs,
            architecture.outputs,
        )
    inside = {node.name for node in architecture.nodes if node.cell == cell}
    _check_cell(architecture, cell, inside)
    edges = [edge for edge in architecture.edges if edge.target in inside]
    read = {edge.source for edge in edges}
    names = [node.name for node in architecture.nodes if node.name in inside | read]
    starts = [name for name in names if name not in inside or not architecture.in_edges(name)]
    leaving = {edge.source for edge in architecture.edges if edge.target not in inside}
    leaving.update(architecture.outputs)
    return _numbered(names, edges, starts, [name for name in names if name in inside & leaving])


def _numbered(
    names: Sequence[str], edges: Iterable[Edge], starts: Iterable[str], ends: Iterable[str]
) -> StepGraph:
    """Replace names by places, and leave out edges that carry nothing."""
    place = {name: number for number, name in enumerate(names)}
    steps = [
        Step(place[edge.source], place[edge.target], path_depth(edge.op))
        for edge in edges
        if not isinstance(edge.op, Zero)
    ]
    return StepGraph(
        len(names), steps, [place[name] for name in starts], [place[name] for name in ends]
    )


def _check_cell(architecture: Architecture, cell: str, inside: set[str]) -> None:
    """Raise unless a cell has nodes."""
    if not inside:
        cells = list(dict.fromkeys(node.cell for node in architecture.nodes if node.cell))
        raise ArchitectureError(
            "Paths are counted in a cell that is there. "
            f"Received {cell!r:.80}. Choose among {', '.join(cells[:8]) or 'none: there is none'}"
            f"{', ...' if len(cells) > 8 else ''}."
        )


@singledispatch
def path_depth(op: Op) -> int:
    """Parameterised operations that an op adds to a path, 0 or 1."""
    raise TypeError(f"no depth on a path is known for {type(op).__name__}")


@path_depth.register(Zero)
@path_depth.register(Identity)
@path_depth.register(Pool)
@path_depth.register(GlobalPool)
@path_depth.register(Flatten)
@path_depth.register(Norm)
@path_depth.register(Activation)
def _(op: Op) -> int:
    return 0


@path_depth.register(Linear)
@path_depth.register(Conv2d)
def _(op: Op) -> int:
    return 1
