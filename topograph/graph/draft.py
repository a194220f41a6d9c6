"""Parts that are not yet known to form an architecture, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from topograph.errors import ArchitectureError, TopographError
from topograph.graph.edge import Edge
from topograph.graph.node import Node


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule: its name, what is wrong, and the error that it raises."""

    rule: str
    message: str
    error: type[TopographError] = ArchitectureError


@dataclass(frozen=True, slots=True)
class Draft:
    """Nodes and edges that are not yet known to form an architecture."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    outputs: tuple[str, ...]
    by_name: dict[str, Node]
    entering: dict[str, list[Edge]]

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[Edge], outputs: Iterable[str]) -> Draft:
        """Index nodes by name and edges by their target; outputs default to the nodes left."""
        nodes, edges, outputs = tuple(nodes), tuple(edges), tuple(outputs)
        check_types(nodes, edges, outputs)
        left = {edge.source for edge in edges}
        outputs = outputs or tuple(node.name for node in nodes if node.name not in left)
        entering: dict[str, list[Edge]] = {node.name: [] for node in nodes}
        for edge in edges:
            entering.setdefault(edge.target, []).append(edge)
        return cls(nodes, edges, outputs, {n.name: n for n in nodes}, entering)


def check_types(nodes: Sequence[Node], edges: Sequence[Edge], outputs: Sequence[str]) -> None:
    """Raise unless these are nodes, edges and names, so that rules can be asked of them."""
    strange: list[object] = [node for node in nodes if not isinstance(node, Node)]
    strange += [edge for edge in edges if not isinstance(edge, Edge)]
    if not strange:
        names = [n.name for n in nodes] + [e.source for e in edges] + [e.target for e in edges]
        strange = [name for name in (*names, *outputs) if not isinstance(name, str)]
    if strange:
        raise ArchitectureError(
            "An architecture consists of `Node`s and `Edge`s, and its nodes are named by text. "
            f"Received {strange[0]!r:.80} of type {type(strange[0]).__name__}. "
            "Build it from these classes."
        )
