"""Which batch normalisations share statistics: decided once, from shapes alone.

The statistics of a channel are the same wherever it is read. Normalisations over concatenations
that read the same feature maps share theirs, if that spares enough: each feature map is then looked
at once, and not once for each of its readers.
"""

from __future__ import annotations

from math import prod

import networkx as nx

from topograph.exporter.selection import Joined, joined
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Identity

__all__ = ["sharing"]

WORTH_A_CALL = 8_000
"""Values per sample whose statistics must be spared, for each normalisation that shares.

Measured on one core, forwards and backwards (`benchmarks/exported_cell.py`), sharing takes of the
time without it, for batches of 64 and of 16: 0.96 to 0.99 and 1.05 to 1.15 at 7,000 values, 0.97 to
1 and 1 to 1.03 at 11,000, 0.92 to 0.95 and 0.95 to 0.96 at 70,000.
"""


def sharing(architecture: Architecture, entering: dict[str, tuple[Edge, ...]]) -> dict[str, Joined]:
    """Find the nodes that share statistics, with the feature maps that they read and what of them.

    `entering` are the edges that enter each node and matter.
    """
    readers = {
        name: joined(architecture, edges)
        for name, edges in entering.items()
        if _can_share(architecture.node(name), edges)
    }
    together = nx.Graph(
        ((name, "reads"), (source, "is read"))
        for name, (sources, _) in readers.items()
        for source in sources
    )
    shared: dict[str, Joined] = {}
    for group in nx.connected_components(together):
        names = [name for name, role in group if role == "reads"]
        sources = [name for name, role in group if role == "is read"]
        spared = _values(architecture, names) - _values(architecture, sources)
        if spared >= WORTH_A_CALL * len(names):
            shared |= {name: readers[name] for name in names}
    return shared


def _can_share(node: Node, edges: tuple[Edge, ...]) -> bool:
    """True for images that are concatenated as they are and normalised over the batch."""
    normalised = node.merge == "concat" and node.normalisation == "batch" and len(node.size) == 2
    return normalised and all(type(edge.op) is Identity for edge in edges)


def _values(architecture: Architecture, names: list[str]) -> int:
    """Values per sample in feature maps."""
    nodes = (architecture.node(name) for name in names)
    return sum(node.width * prod(node.size) for node in nodes)
