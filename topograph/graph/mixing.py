"""The linear maps and convolutions of an architecture, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph.graph.edge import Edge
from topograph.graph.wiring import Full, Grouped, OneToOne, Sparse

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture


def mixing_edges(architecture: Architecture) -> dict[str, Edge]:
    """Return the edges whose op has a weight per link, each by a name of its own.

    Such an edge goes by the name of the node that it enters; where several enter one node, by that
    name and the position of the edge, as in ``"sum[1]"``.
    """
    found = {}
    for node in architecture.nodes:
        edges = [edge for edge in architecture.in_edges(node.name) if edge.op.mixes]
        for edge in edges:
            name = node.name if len(edges) == 1 else f"{node.name}[{edge.position}]"
            found[name] = edge
    return found


def weight_shape(architecture: Architecture, edge: Edge) -> tuple[int, ...]:
    """Return the shape of the weights of a mixing edge, without the taps of a kernel.

    ``(outputs, inputs)``; with `Grouped` wiring the inputs of one group; with `OneToOne` and
    `Sparse` wiring one axis of trainable links, in the order of their targets.
    """
    reads = edge.reads(architecture.node(edge.source).width)
    makes = architecture.node(edge.target).width
    match edge.pattern:
        case Full():
            return makes, reads
        case Grouped(groups):
            return makes, reads // groups
        case OneToOne():
            return (makes,)
        case Sparse() as wiring:
            return (wiring.trainable,)
    raise TypeError(f"no weights are known for {type(edge.pattern).__name__}")
