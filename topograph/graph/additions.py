"""Where feature maps are added to what several layers have made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Activation, Conv2d, Identity, Linear, Norm, Op, Pool, Zero
from topograph.graph.wiring import Select

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

CARRIERS = (Identity, Pool, Norm, Activation)
"""Ops that bring each channel on by itself and leave it in its place."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A skip connection that ends in a sum, and what it passes over.

    Attributes
    ----------
    source, target : str
        Feature map that is carried, and the sum that it enters.
    channels : int
        Different channels of the source that are carried.
    route : tuple of Edge
        Edges of the skip connection, from the sum backwards.
    layers : tuple of Edge
        Mixing edges (convolutions, linear maps) on the other ways from source to target.
    """

    source: str
    target: str
    channels: int
    route: tuple[Edge, ...]
    layers: tuple[Edge, ...]

    @property
    def projected(self) -> bool:
        """True if a 1 x 1 convolution or a linear map changes the shape on the way."""
        return any(edge.op.mixes for edge in self.route)


class Strand(NamedTuple):
    """A way back from a sum, over which channels arrive unmixed or projected once."""

    source: str
    channels: NDArray[np.integer[Any]]
    route: tuple[Edge, ...]
    projected: bool


def additions(architecture: Architecture) -> tuple[Addition, ...]:
    """Find the skip connections of an architecture that end in a sum.

    A skip connection leads from a feature map to a sum over identities, poolings, normalisations,
    activations and concatenations, or over these and one projection (a 1 x 1 convolution or a
    linear map); another way between the two passes at least two mixing edges that the skip
    connection does not. Of several feature maps on one way, the nearest to the sum counts.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> x = b.input(4, name="x")
    >>> h = b.linear(b.linear(x, 6), 4)
    >>> y = b.add([h, x], name="y")
    >>> [(found.source, found.target, found.channels) for found in additions(b.build())]
    [('x', 'y', 4)]
    """
    order = {node.name: index for index, node in enumerate(architecture.nodes)}
    found: list[Addition] = []
    for node in architecture.nodes:
        if node.merge == "sum" and len(architecture.in_edges(node.name)) > 1:
            found += _into(architecture, node, order)
    return tuple(found)


def main_edges(architecture: Architecture, node: Node) -> list[Edge]:
    """Edges that bring feature maps into a node: no `Zero`, no factor that scales channels."""
    edges = [edge for edge in architecture.in_edges(node.name) if type(edge.op) is not Zero]
    if node.merge != "product":
        return edges
    sizes = [edge.op.output_size(architecture.node(edge.source).size) for edge in edges]
    return [edge for edge, size in zip(edges, sizes, strict=True) if size == node.size]


def _into(architecture: Architecture, node: Node, order: dict[str, int]) -> Iterator[Addition]:
    """Yield the additions that end in one sum."""
    edges = main_edges(architecture, node)
    candidates = [
        order[strand.source]
        for edge in edges
        for strand in _strands(architecture, node, edge, lambda _: False)
    ]
    if not candidates:
        return
    ahead = _layers_ahead(architecture, node.name, range(min(candidates), order[node.name]))

    def is_far(source: str) -> bool:
        return ahead.get(source, 0) >= 2

    for edge in edges:
        for source, channels, route, _ in _strands(architecture, node, edge, is_far):
            if is_far(source):
                span = range(order[source] + 1, order[node.name] + 1)
                layers, depth = _passed(architecture, source, set(ahead), span, route)
                if depth >= 2:
                    yield Addition(source, node.name, len(np.unique(channels)), route, layers)


def _strands(
    architecture: Architecture, node: Node, edge: Edge, ends: Callable[[str], bool]
) -> Iterator[Strand]:
    """Follow an edge back from a sum, and not behind a feature map where `ends` is true."""
    start = Strand(node.name, np.arange(node.width), (), False)
    waiting = [(start, edge)]
    while waiting:
        strand = _back(architecture, *waiting.pop())
        if strand is None:
            continue
        yield strand
        if not ends(strand.source):
            waiting += _parts(architecture, strand)


def _back(architecture: Architecture, strand: Strand, edge: Edge) -> Strand | None:
    """Follow one more edge back; None if it is no part of a skip connection."""
    width = architecture.node(edge.source).width
    seen = edge.wiring.channels if isinstance(edge.wiring, Select) else np.arange(width)
    route = (*strand.route, edge)
    if isinstance(edge.op, CARRIERS):
        return Strand(edge.source, seen[strand.channels], route, strand.projected)
    if _projects(edge.op) and not strand.projected:
        return Strand(edge.source, seen, route, True)
    return None


def _projects(op: Op) -> bool:
    """True for a map that changes channels and looks at no neighbouring pixel."""
    return isinstance(op, Linear) or (isinstance(op, Conv2d) and op.kernel == (1, 1))


def _parts(architecture: Architecture, strand: Strand) -> list[tuple[Strand, Edge]]:
    """Where the channels of a strand come from: nothing behind a sum or product of several."""
    node = architecture.node(strand.source)
    edges = main_edges(architecture, node)
    if len(edges) == 1 and node.merge != "concat":
        return [(strand, edges[0])]
    if node.merge != "concat" or (strand.projected and len(edges) > 1):
        return []
    parts, start = [], 0
    for edge in architecture.in_edges(node.name):
        stop = start + _arriving(architecture, edge)
        inside = strand.channels[(strand.channels >= start) & (strand.channels < stop)]
        if len(inside) and type(edge.op) is not Zero:
            parts.append((strand._replace(channels=inside - start), edge))
        start = stop
    return parts


def _arriving(architecture: Architecture, edge: Edge) -> int:
    """Channels that an edge brings into a concatenation."""
    source = architecture.node(edge.source)
    return edge.op.output_width(edge.reads(source.width), source.size) or 0


def _layers_ahead(architecture: Architecture, target: str, span: range) -> dict[str, int]:
    """Largest number of mixing edges from each node of a span to the target, if it leads there."""
    ahead = {target: 0}
    for node in reversed(architecture.nodes[span.start : span.stop]):
        ways = [
            ahead[edge.target] + edge.op.mixes
            for edge in architecture.out_edges(node.name)
            if edge.target in ahead and _is_main(architecture, edge)
        ]
        if ways:
            ahead[node.name] = max(ways)
    return ahead


def _is_main(architecture: Architecture, edge: Edge) -> bool:
    """True if an edge brings a feature map into its target; see `main_edges`."""
    target = architecture.node(edge.target)
    if target.merge != "product":
        return type(edge.op) is not Zero
    return edge in main_edges(architecture, target)


def _passed(
    architecture: Architecture,
    source: str,
    leading: set[str],
    span: range,
    route: tuple[Edge, ...],
) -> tuple[tuple[Edge, ...], int]:
    """Mixing edges on the ways from source to target besides the skip connection; most on one."""
    depth: dict[str, int] = {source: 0}
    layers: list[Edge] = []
    deepest = 0
    for node in architecture.nodes[span.start : span.stop]:
        if node.name not in leading:
            continue
        entering = [e for e in main_edges(architecture, node) if e.source in depth]
        if entering:
            passed = [edge for edge in entering if edge.op.mixes and edge not in route]
            deepest = max(depth[edge.source] + (edge in passed) for edge in entering)
            depth[node.name] = deepest
            layers += passed
    return tuple(layers), deepest
