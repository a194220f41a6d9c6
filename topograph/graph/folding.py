"""Architectures as the field draws them: concatenations that gather skips are not drawn.

A concatenation that one layer alone reads, and whose parts lie on one path (dense connectivity,
random skips, an encoder's maps that join a decoder), folds into that layer: its parts lead there
directly. A concatenation of parallel branches stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Identity
from topograph.graph.wiring import Full, Grouped, Select, Sparse

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

Channels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Strand:
    """Channels of one feature map that one edge brings to a layer, past folded concatenations.

    Attributes
    ----------
    source : str
        The feature map that the channels belong to.
    edge : Edge
        The edge that enters the layer; it starts at a folded concatenation if one lies between.
    channels : int array, shape (carried,)
        Channels of the source.
    slots : int array, shape (carried,)
        Their places among the channels that the op of the edge reads.
    """

    source: str
    edge: Edge
    channels: Channels
    slots: Channels

    @property
    def target(self) -> str:
        """The layer that reads the channels."""
        return self.edge.target


def descendants(architecture: Architecture) -> dict[str, int]:
    """Return the nodes that each node leads to: bit i stands for node i of the architecture."""
    bit = {node.name: 1 << place for place, node in enumerate(architecture.nodes)}
    found = dict.fromkeys(bit, 0)
    for node in reversed(architecture.nodes):
        for edge in architecture.out_edges(node.name):
            found[node.name] |= found[edge.target] | bit[edge.target]
    return found


def folded(architecture: Architecture, ahead: Mapping[str, int]) -> frozenset[str]:
    """Return the concatenations that fold into the one layer that reads them."""
    place = {node.name: index for index, node in enumerate(architecture.nodes)}
    gone: set[str] = set()
    for node in reversed(architecture.nodes):
        parts = architecture.in_edges(node.name)
        sources = sorted({edge.source for edge in parts}, key=place.__getitem__)
        on_one_path = all(ahead[one] >> place[other] & 1 for one, other in pairwise(sources))
        if on_one_path and _gathers(node, parts) and _has_one_reader(architecture, node, gone):
            gone.add(node.name)
    return frozenset(gone)


def _gathers(node: Node, parts: tuple[Edge, ...]) -> bool:
    """True for a concatenation of feature maps that arrive unchanged."""
    return bool(parts) and node.merge == "concat" and all(e.op == Identity() for e in parts)


def _has_one_reader(architecture: Architecture, node: Node, gone: set[str]) -> bool:
    """True if one layer reads the concatenation by a map that sums over what it reads."""
    leaving = architecture.out_edges(node.name)
    readers = [edge for edge in leaving if edge.target not in gone]
    sums = len(architecture.in_edges(node.name)) == 1 or all(edge.op.mixes for edge in readers)
    return bool(leaving) and len(readers) <= 1 and sums and node.name not in architecture.outputs


def strands(architecture: Architecture, gone: frozenset[str]) -> list[Strand]:
    """Return what enters the nodes that are drawn, in the order of the edges."""
    gathered: dict[str, list[tuple[str, Channels]]] = {}
    found: list[Strand] = []
    for node in architecture.nodes:
        arriving = [_read(edge, gathered[edge.source]) for edge in architecture.in_edges(node.name)]
        if node.name in gone:
            gathered[node.name] = [
                (strand.source, strand.channels) for part in arriving for strand in part
            ]
        else:
            gathered[node.name] = [(node.name, np.arange(node.width))]
            found += [strand for part in arriving for strand in _joined(part)]
    return found


def _read(edge: Edge, parts: list[tuple[str, Channels]]) -> list[Strand]:
    """Follow an edge back to the feature maps whose channels it reads, in their order."""
    chosen = _chosen(edge)
    if chosen is None:
        starts = np.cumsum([0, *(len(channels) for _, channels in parts)])
        return [
            Strand(source, edge, channels, start + np.arange(len(channels)))
            for start, (source, channels) in zip(starts, parts, strict=False)
        ]
    places, slots = chosen
    if not len(places):
        return [Strand(source, edge, places, slots) for source, _ in parts]
    if len(parts) == 1:
        source, channels = parts[0]
        return [Strand(source, edge, channels[places], slots)]
    owner = np.repeat(np.arange(len(parts)), [len(channels) for _, channels in parts])[places]
    channel = np.concatenate([channels for _, channels in parts])[places]
    runs = np.split(np.arange(len(owner)), np.flatnonzero(np.diff(owner)) + 1)
    return [Strand(parts[owner[run[0]]][0], edge, channel[run], slots[run]) for run in runs]


def _chosen(edge: Edge) -> tuple[Channels, Channels] | None:
    """Return the channels that an edge reads and the slots they take; None if it reads all."""
    if isinstance(edge.wiring, Select):
        places = edge.wiring.channels.astype(np.int64)
        return places, np.arange(len(places))
    if isinstance(edge.wiring, Sparse):
        places = np.flatnonzero(np.bincount(edge.wiring.indices, minlength=1))
        return places, places
    return None


def _joined(part: list[Strand]) -> list[Strand]:
    """Join the strands of one edge that come from the same source."""
    by_source: dict[str, list[Strand]] = {}
    for strand in part:
        by_source.setdefault(strand.source, []).append(strand)
    return [
        several[0]
        if len(several) == 1
        else Strand(
            source,
            several[0].edge,
            np.concatenate([strand.channels for strand in several]),
            np.concatenate([strand.slots for strand in several]),
        )
        for source, several in by_source.items()
    ]


def channel_links(architecture: Architecture, strand: Strand) -> tuple[Channels, Channels]:
    """Return the channels of source and target at the ends of each single link of a strand."""
    edge, target = strand.edge, architecture.node(strand.target)
    reads = edge.reads(architecture.node(edge.source).width)
    before = [e for e in architecture.in_edges(target.name) if e.position < edge.position]
    start, width = 0, target.width
    if target.merge == "concat":
        widths = [_brings(architecture, e) for e in (*before, edge)]
        start, width = sum(widths[:-1]), widths[-1]
    if isinstance(edge.pattern, Sparse):
        links = np.isin(edge.pattern.indices, strand.slots)
        ends = np.searchsorted(strand.slots, edge.pattern.indices[links])
        return strand.channels[ends], start + edge.pattern.rows()[links]
    groups = edge.pattern.groups if isinstance(edge.pattern, Grouped) else reads
    groups = 1 if isinstance(edge.pattern, Full) else groups
    fan = width // groups
    first = strand.slots * groups // reads * fan
    targets = first[:, None] + np.arange(fan)
    return np.repeat(strand.channels, fan), start + targets.ravel()


def _brings(architecture: Architecture, edge: Edge) -> int:
    """Channels that an edge adds to a concatenation."""
    source = architecture.node(edge.source)
    width = edge.op.output_width(edge.reads(source.width), source.size)
    return source.width if width is None else width
