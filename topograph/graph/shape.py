"""Rules of shape: ops act on the sizes that they meet, wirings and merges fit the widths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from topograph.errors import ShapeError
from topograph.graph.draft import Draft, Violation
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Flatten, Identity, Op, Size, Zero
from topograph.graph.wiring import Grouped, OneToOne, Select, Sparse


def op_sizes(draft: Draft) -> Iterator[Violation]:
    """Every op can act on the size of its source."""
    for edge in draft.edges:
        if type(edge.op).output_size is Op.output_size:
            continue
        try:
            edge.op.output_size(draft.by_name[edge.source].size)
        except ShapeError as error:
            yield Violation("op_sizes", f"{error} The edge is {edge}.", ShapeError)


def selections(draft: Draft) -> Iterator[Violation]:
    """Selected channels are channels of the source."""
    chosen = [(e, e.wiring.channels) for e in draft.edges if isinstance(e.wiring, Select)]
    if not chosen:
        return
    lengths = [len(part) for _, part in chosen]
    widths = np.array([draft.by_name[edge.source].width for edge, _ in chosen])
    owner = np.repeat(np.arange(len(chosen)), lengths)
    channels = np.concatenate([part for _, part in chosen])
    outside = (channels < 0) | (channels >= widths[owner])
    empty = [place for place, length in enumerate(lengths) if not length]
    for place in [*empty, *owner[outside][:1]]:
        edge = chosen[place][0]
        yield Violation(
            "selections",
            f"A selection names at least one channel of its source, from 0 to {widths[place] - 1} "
            f"here. Received {edge.wiring} on {edge}. Drop what is not there.",
            ShapeError,
        )


def wirings(draft: Draft) -> Iterator[Violation]:
    """The wiring suits the op and the widths at both ends."""
    for edge in draft.edges:
        fault = _wiring_fault(edge, draft.by_name[edge.source], draft.by_name[edge.target])
        if fault:
            yield Violation("wirings", f"{fault} The edge is {edge}.", ShapeError)


def _wiring_fault(edge: Edge, source: Node, target: Node) -> str | None:
    """Say what is wrong with a wiring between two nodes, if anything."""
    wiring, op = edge.wiring, edge.op
    if not op.mixes:
        fits = type(wiring) is OneToOne or (type(wiring) is Select and type(op) is not Flatten)
        return (
            None
            if fits
            else (
                f"{type(op).__name__} carries each channel by itself. Received {wiring}. "
                "Wire it one to one, or select channels."
            )
        )
    if type(wiring) is OneToOne and source.width != target.width:
        return (
            "One-to-one wiring needs as many targets as sources. "
            f"Received {source.width} sources and {target.width} targets. Use equal widths."
        )
    if type(wiring) is Grouped and (source.width % wiring.groups or target.width % wiring.groups):
        return (
            "The number of groups divides the widths at both ends. Received "
            f"{wiring.groups} groups for {source.width} -> {target.width}. Choose a common divisor."
        )
    if type(wiring) is Sparse and (wiring.sources, wiring.targets) != (source.width, target.width):
        return (
            f"Sparse wiring has the shape of its two ends, {target.width} x {source.width}. "
            f"Received {wiring}. Build it for these widths."
        )
    return None


def merges(draft: Draft) -> Iterator[Violation]:
    """Incoming feature maps have the shape that the merge needs."""
    for node in draft.nodes:
        edges = draft.entering[node.name]
        if not edges:
            continue
        fault = _FAULTS[node.merge](node, edges, draft.by_name)
        if fault:
            yield Violation("merges", f"{fault} The node is {node.name!r}.", ShapeError)


def _arrivals(node: Node, edges: list[Edge], nodes: dict[str, Node]) -> list[tuple[int, Size]]:
    """Width and size in which each edge arrives; a mixing op makes the width of its target."""
    shapes = []
    for edge in edges:
        source = nodes[edge.source]
        if type(edge.op) is Identity:
            shapes.append((edge.reads(source.width), source.size))
            continue
        width = edge.op.output_width(edge.reads(source.width), source.size)
        size = node.size if type(edge.op) is Zero else edge.op.output_size(source.size)
        shapes.append((node.width if width is None else width, size))
    return shapes


def _sum_fault(node: Node, edges: list[Edge], nodes: dict[str, Node]) -> str | None:
    """A sum adds feature maps of its own shape."""
    for edge, shape in zip(edges, _arrivals(node, edges, nodes), strict=True):
        if shape != (node.width, node.size):
            return (
                f"A sum adds feature maps of its own shape, {node.width} channels of size "
                f"{node.size}. Received {shape[0]} channels of size {shape[1]} from "
                f"{edge.source!r}. Project it with a linear map or a convolution."
            )
    return None


def _concat_fault(node: Node, edges: list[Edge], nodes: dict[str, Node]) -> str | None:
    """A concatenation lays channels of one size side by side."""
    mixing = [edge for edge in edges if edge.op.mixes]
    if mixing:
        return (
            "A concatenation lays feature maps side by side, so each must have its width before. "
            f"Received {type(mixing[0].op).__name__} on {mixing[0]}. Give it a node of its own."
        )
    shapes = _arrivals(node, edges, nodes)
    total = sum(width for width, _ in shapes)
    if total != node.width or any(size != node.size for _, size in shapes):
        return (
            "A concatenation is as wide as its parts together, all of one size. Received parts "
            f"{shapes!r:.120} for width {node.width}, size {node.size}. Make them agree."
        )
    return None


def _product_fault(node: Node, edges: list[Edge], nodes: dict[str, Node]) -> str | None:
    """A product multiplies feature maps of its own shape by maps or by one factor per channel."""
    shapes = _arrivals(node, edges, nodes)
    gates = {(), (1,) * len(node.size)}
    fits = all(width == node.width and (s == node.size or s in gates) for width, s in shapes)
    if fits and any(size == node.size for _, size in shapes):
        return None
    return (
        f"A product multiplies feature maps of its own shape, {node.width} channels of size "
        f"{node.size}, or scales their channels. Received {shapes!r:.120}. Make them agree."
    )


_FAULTS = {"sum": _sum_fault, "concat": _concat_fault, "product": _product_fault}
