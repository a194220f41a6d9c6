"""Edits of an architecture; each returns a new value and leaves the old one alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from topograph.errors import ArchitectureError
from topograph.graph.edge import Edge, natural_wiring
from topograph.graph.node import Node

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture


def without(architecture: Architecture, part: Edge | str) -> Architecture:
    """Drop an edge, or a node and all its edges; see `Architecture.without`."""
    if isinstance(part, Edge):
        gone = {_present(architecture, part)}
        kept = architecture.nodes
    else:
        node = architecture.node(part)
        gone = {*architecture.in_edges(part), *architecture.out_edges(part)}
        kept = tuple(other for other in architecture.nodes if other is not node)
    lost = _lost_widths(architecture, gone)
    return replace(
        architecture,
        nodes=tuple(_narrower(node, lost.get(node.name, 0)) for node in kept),
        edges=renumbered(edge for edge in architecture.edges if edge not in gone),
        outputs=tuple(name for name in architecture.outputs if name != part),
    )


def changed(architecture: Architecture, part: Edge | str, **changes: Any) -> Architecture:
    """Change fields of a node or an edge; see `Architecture.replace`."""
    _known_fields(Edge if isinstance(part, Edge) else Node, changes)
    if isinstance(part, Edge):
        old = _present(architecture, part)
        if "op" in changes and old.wiring == natural_wiring(old.op):
            changes = {"wiring": natural_wiring(changes["op"]), **changes}
        edges = (replace(e, **changes) if e is old else e for e in architecture.edges)
        return replace(architecture, edges=tuple(edges))
    new = replace(architecture.node(part), **changes)
    names = {part: new.name}
    return replace(
        architecture,
        nodes=tuple(new if node.name == part else node for node in architecture.nodes),
        edges=tuple(relinked(edge, names) for edge in architecture.edges),
        outputs=tuple(names.get(name, name) for name in architecture.outputs),
    )


def renumbered(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Number the edges that enter each node 0, 1, 2, ... in the order in which they come."""
    count: dict[str, int] = {}
    numbered = []
    for edge in edges:
        place = count.get(edge.target, 0)
        numbered.append(edge if edge.position == place else replace(edge, position=place))
        count[edge.target] = place + 1
    return tuple(numbered)


def relinked(edge: Edge, names: dict[str, str]) -> Edge:
    """Return an edge between the same nodes under their new names."""
    source = names.get(edge.source, edge.source)
    target = names.get(edge.target, edge.target)
    if (source, target) == (edge.source, edge.target):
        return edge
    return replace(edge, source=source, target=target)


def _present(architecture: Architecture, edge: Edge) -> Edge:
    """Return the edge of the architecture that equals `edge`."""
    for other in architecture.edges:
        if other == edge:
            return other
    raise ArchitectureError(
        f"An edit names an edge that is there. Received {edge} with {edge.op}. "
        "Take it from `in_edges` or `out_edges`."
    )


def _lost_widths(architecture: Architecture, gone: Iterable[Edge]) -> dict[str, int]:
    """Channels that each concatenation loses with the edges that go."""
    lost: dict[str, int] = {}
    for edge in gone:
        source, target = architecture.node(edge.source), architecture.node(edge.target)
        width = edge.op.output_width(edge.reads(source.width), source.size)
        if target.merge == "concat" and width is not None:
            lost[target.name] = lost.get(target.name, 0) + width
    return lost


def _narrower(node: Node, channels: int) -> Node:
    return replace(node, width=node.width - channels) if channels else node


def _known_fields(kind: type[Node] | type[Edge], changes: dict[str, Any]) -> None:
    """Raise if a changed field does not exist."""
    known = [field.name for field in fields(kind)]
    unknown = [name for name in changes if name not in known]
    if unknown:
        raise ArchitectureError(
            f"An edit changes fields of a {kind.__name__}: {', '.join(known)}. "
            f"Received {unknown[0]!r}. Use one of these names."
        )
