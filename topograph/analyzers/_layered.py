"""Long-range links drawn anew, layer by layer; everything else of a channel graph stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from topograph.analyzers._bicliques import Floats, split
from topograph.analyzers._long_range import Flags
from topograph.graph.channels import ChannelGraph, Counts


class Layered:
    """A channel graph without parallel links, taken apart into what stays and what is drawn.

    Parameters
    ----------
    graph : ChannelGraph
    pairs : bool array of shape (nodes, nodes)
        Target and source: feature maps that only a long-range link can join.
    """

    def __init__(self, graph: ChannelGraph, pairs: Flags) -> None:
        self.graph, self.pairs = graph, pairs
        runs, target, source = split(graph)
        self.runs, self.owner = runs, graph.node_of[runs.cuts[:-1]]
        long = pairs[self.owner][:, graph.node_of].T & (runs.reads > 0)
        self.short = runs.reads - long
        self.in_blocks = long.sum(axis=0)
        far = pairs[graph.node_of[target], graph.node_of[source]]
        self.loose = np.stack([target, source])[:, ~far]
        self.by_itself = np.bincount(target[far], minlength=graph.channels)

    def draw(self, name: str, rng: np.random.Generator) -> ChannelGraph:
        """Draw the long-range links by the null model of that name."""
        reads, wanted = self.short.copy(), self.by_itself
        streams = rng.spawn(len(self.graph.nodes))
        if name == "links":
            wanted = wanted + self.in_blocks[self.runs.run_of]
        else:
            for run in np.flatnonzero(self.in_blocks).tolist():
                stream = streams[self.owner[run]] if name == "sources" else None
                pool = self._pool(self.owner[run])
                reads[_chosen(pool, int(self.in_blocks[run]), stream), run] = 1
        loose = [self.loose]
        for node in np.unique(self.graph.node_of[wanted > 0]).tolist():
            stream = None if name == "nearest" else streams[node]
            loose.extend(self._by_itself(node, reads, wanted, stream))
        return self._built(reads, np.concatenate(loose, axis=1))

    def _pool(self, node: int) -> Counts:
        """Return the channels that a long-range link into a feature map may lead from."""
        return np.flatnonzero(self.pairs[node][self.graph.node_of])

    def _by_itself(
        self, node: int, reads: Floats, wanted: Counts, stream: np.random.Generator | None
    ) -> Iterator[Counts]:
        """Yield (target, source) for the channels of a feature map that draw by themselves."""
        pool = self._pool(node)
        start, stop = self.graph.offsets[node : node + 2]
        for target in (start + np.flatnonzero(wanted[start:stop])).tolist():
            free = pool[reads[pool, self.runs.run_of[target]] == 0]
            sources = _chosen(free, int(wanted[target]), stream)
            yield np.stack([np.full(len(sources), target), sources])

    def _built(self, reads: Floats, loose: Counts) -> ChannelGraph:
        """Put blocks and loose links together."""
        block, members = np.nonzero(reads.T)
        sizes = np.bincount(block, minlength=reads.shape[1])
        full, cuts = sizes > 0, self.runs.cuts
        return replace(
            self.graph,
            members=members.astype(np.int32),
            bounds=np.concatenate([[0], np.cumsum(sizes[full])]),
            starts=cuts[:-1][full],
            stops=cuts[1:][full],
            loose_sources=loose[1].astype(np.int32),
            loose_targets=loose[0].astype(np.int32),
        )


def _chosen(pool: Counts, count: int, stream: np.random.Generator | None) -> Counts:
    """Choose channels at random, or the last ones where there is no stream."""
    if stream is None:
        return pool[len(pool) - count :]
    return stream.choice(pool, count, replace=False, shuffle=False)
