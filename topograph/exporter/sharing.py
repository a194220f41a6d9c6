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

WORTH_A_CALL = 16_000
"""Values per sample whose statistics must be spared, for each normalisation that shares.

Measured on one core, forwards and backwards, for batches of 16 and of 64
(`benchmarks/exported_cell.py`): sharing takes 0.97 to 1.05 of the time without it where it spares
7,000 to 11,000 values, and 0.90 to 0.97 where it spares 70,000.
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
