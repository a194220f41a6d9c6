"""From the architecture to its channel graph, and to parts of that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import singledispatch
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.graph.channels import ChannelGraph, Ints
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Flatten, Identity, Zero
from topograph.graph.wiring import Full, Grouped, OneToOne, Select, Sparse, Wiring

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

NOWHERE = -1
"""Stands for the source of a channel that carries zeros."""


def channel_graph(architecture: Architecture) -> ChannelGraph:
    """Unfold the feature maps of an architecture into channels; see `ChannelGraph`."""
    collector = _Collector(architecture)
    for node in architecture.nodes:
        collector.enter(node)
    return collector.graph()


@dataclass
class _Collector:
    """Walks the nodes in topological order and collects blocks and loose links."""

    architecture: Architecture
    names: list[str] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    total: int = 0
    sources_of: dict[str, Ints] = field(default_factory=dict)
    members: list[Ints] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)
    loose: list[tuple[Ints, Ints]] = field(default_factory=list)

    def enter(self, node: Node) -> None:
        """Contract a node, or give it channels and collect the links that enter it."""
        edges = self.architecture.in_edges(node.name)
        if _is_transparent(node, edges) and node.name not in self.architecture.outputs:
            self.sources_of[node.name] = np.concatenate([self._carried(edge) for edge in edges])
            return
        start = self.total
        self.total += node.width
        self.names.append(node.name)
        self.widths.append(node.width)
        self.sources_of[node.name] = np.arange(start, self.total, dtype=np.int32)
        for edge in edges:
            sources = self._seen(edge)
            if type(edge.op) is Zero:
                start += len(sources) if node.merge == "concat" else 0
                continue
            if type(edge.op) is Flatten:
                pixels = prod(self.architecture.node(edge.source).size)
                sources = np.repeat(sources, pixels)
            width = len(sources) if node.merge == "concat" else node.width
            _link(edge.pattern, self, sources, (start, start + width))
            start += width if node.merge == "concat" else 0

    def _seen(self, edge: Edge) -> Ints:
        """Channels that the op of an edge reads."""
        sources = self.sources_of[edge.source]
        return sources.take(edge.wiring.channels) if isinstance(edge.wiring, Select) else sources

    def _carried(self, edge: Edge) -> Ints:
        """Channels that an edge brings into a contracted node."""
        seen = self._seen(edge)
        return np.full_like(seen, NOWHERE) if type(edge.op) is Zero else seen

    def graph(self) -> ChannelGraph:
        """Lay the collected lists out as arrays and drop what leads from nowhere."""
        runs = np.array(self.runs, dtype=np.int64).reshape(-1, 2)
        sources, targets = zip(*self.loose, strict=True) if self.loose else ((), ())
        collected = ChannelGraph(
            nodes=tuple(self.names),
            offsets=np.cumsum([0, *self.widths]),
            members=_joined(self.members),
            bounds=np.cumsum([0, *map(len, self.members)]),
            starts=runs[:, 0],
            stops=runs[:, 1],
            loose_sources=_joined(sources),
            loose_targets=_joined(targets),
        )
        present = collected.members != NOWHERE
        real = collected.loose_sources != NOWHERE
        return collected if present.all() and real.all() else keep(collected, present, real)


@singledispatch
def _link(wiring: Wiring, into: _Collector, sources: Ints, run: tuple[int, int]) -> None:
    """Link sources to the targets run[0], ..., run[1] - 1 by a wiring."""
    raise TypeError(f"no links are known for {type(wiring).__name__}")


@_link.register
def _(wiring: Full, into: _Collector, sources: Ints, run: tuple[int, int]) -> None:
    into.members.append(sources)
    into.runs.append(run)


@_link.register
def _(wiring: Grouped, into: _Collector, sources: Ints, run: tuple[int, int]) -> None:
    fan = (run[1] - run[0]) // wiring.groups
    into.members.extend(np.split(sources, wiring.groups))
    into.runs.extend(pairwise(range(run[0], run[1] + 1, fan)))


@_link.register
def _(wiring: OneToOne, into: _Collector, sources: Ints, run: tuple[int, int]) -> None:
    into.loose.append((sources, np.arange(*run, dtype=np.int32)))


@_link.register
def _(wiring: Sparse, into: _Collector, sources: Ints, run: tuple[int, int]) -> None:
    targets = (run[0] + wiring.rows()).astype(np.int32)
    into.loose.append((sources[wiring.indices], targets))


def keep(graph: ChannelGraph, members: NDArray[np.bool_], loose: NDArray[np.bool_]) -> ChannelGraph:
    """Keep some memberships of blocks and some loose links; all channels stay."""
    before = np.concatenate([[0], np.cumsum(members)])
    bounds = before[graph.bounds]
    full = np.diff(bounds) > 0
    return replace(
        graph,
        members=graph.members[members],
        bounds=np.concatenate([bounds[:-1][full], bounds[-1:]]),
        starts=graph.starts[full],
        stops=graph.stops[full],
        loose_sources=graph.loose_sources[loose],
        loose_targets=graph.loose_targets[loose],
    )


def restrict(graph: ChannelGraph, wanted: NDArray[np.bool_]) -> ChannelGraph:
    """Keep the channels of the wanted nodes, renumbered, and the links among them."""
    present = wanted[graph.node_of]
    owner = graph.node_of[np.minimum(graph.starts, graph.channels - 1)]
    members = present[graph.members] & np.repeat(wanted[owner], graph.sizes)
    loose = present[graph.loose_sources] & present[graph.loose_targets]
    kept = keep(graph, members, loose)
    number = np.concatenate([[0], np.cumsum(present)])
    widths = np.diff(graph.offsets)[wanted]
    return replace(
        kept,
        nodes=tuple(name for name, stays in zip(graph.nodes, wanted, strict=True) if stays),
        offsets=np.cumsum(np.concatenate([[0], widths])),
        members=number[kept.members].astype(np.int32),
        starts=number[kept.starts],
        stops=number[kept.stops],
        loose_sources=number[kept.loose_sources].astype(np.int32),
        loose_targets=number[kept.loose_targets].astype(np.int32),
    )


def _is_transparent(node: Node, edges: tuple[Edge, ...]) -> bool:
    """True for a concatenation that only gathers channels."""
    return (
        bool(edges)
        and node.merge == "concat"
        and all(type(edge.op) in (Identity, Zero) for edge in edges)
    )


def _joined(parts: tuple[Ints, ...] | list[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
