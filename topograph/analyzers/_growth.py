"""Distances in any graph: balls around many nodes at once grow as rows of bits."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.graph.channels import ChannelGraph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Block = tuple[Ints, Ints]
"""Two sets of nodes, each of the one linked to each of the other."""

SOURCES = 1024
"""Nodes whose balls grow together: their table then stays in the cache."""

FEW = 32
"""Nodes below which those left are joined one by one, each over all its links."""


def distances(graph: ChannelGraph | csr_array, *, largest: bool = True) -> Ints:
    """Count the ordered pairs of nodes at each distance 0, 1, 2, ... of each other.

    Parameters
    ----------
    graph : ChannelGraph or csr_array
        Its blocks are never written down as links; a matrix is symmetric.
    largest : bool
        Count the nodes of the largest component only, of equal ones those of the first.
    """
    links, blocks = parts(graph)
    label = components(links, blocks)
    size = np.bincount(label)[label]
    chosen = np.arange(len(label))
    if largest:
        chosen = np.flatnonzero(label == label[np.argmax(size)])
    growth = Growth(links, blocks)
    found: Counter[int] = Counter()
    for start in range(0, len(chosen), SOURCES):
        sources = chosen[start : start + SOURCES]
        found.update(growth.pairs(sources, int(size[sources].sum())))
    return np.array([found[distance] for distance in range(len(found))], dtype=np.int64)


def parts(graph: ChannelGraph | csr_array) -> tuple[csr_array, list[Block]]:
    """Return the links, in both directions, and the blocks."""
    from scipy.sparse import coo_array

    if not isinstance(graph, ChannelGraph):
        return graph, []
    ends = np.stack([graph.loose_sources, graph.loose_targets])
    both = np.concatenate([ends, ends[::-1]], axis=1)
    shape = (graph.channels, graph.channels)
    links = coo_array((np.ones(both.shape[1], dtype=np.int32), tuple(both)), shape=shape).tocsr()
    members = np.split(graph.members.astype(np.int64), graph.bounds[1:-1])
    runs = map(np.arange, graph.starts.tolist(), graph.stops.tolist())
    return links, list(zip(members, runs, strict=True)) if graph.blocks else []


def components(links: csr_array, blocks: list[Block]) -> Ints:
    """Number the connected component of each node; a block joins its nodes as a node of its own."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = links.shape[0]
    joined = [np.concatenate(block) for block in blocks]
    pairs = links.tocoo()
    row = np.concatenate([pairs.row, *joined])
    hub = n + np.repeat(np.arange(len(joined)), [len(nodes) for nodes in joined])
    column = np.concatenate([pairs.col, hub]).astype(row.dtype)
    total = n + len(joined)
    graph = coo_array((np.ones(len(row), dtype=np.int8), (row, column)), shape=(total, total))
    return connected_components(graph.tocsr(), directed=False)[1][:n].astype(np.int64)


class Growth:
    """Balls around nodes that grow by one step at a time.

    Inside, the nodes stand in order of falling degree, and the :math:`j`-th neighbours of those
    that have one are a *slot*: a step joins slot after slot. A block passes what either side has,
    joined once, to every node of the other side.
    """

    def __init__(self, links: csr_array, blocks: list[Block]) -> None:
        degree = np.diff(links.indptr)
        order = np.argsort(-degree, kind="stable")
        self.place = np.empty(len(order), dtype=np.int64)
        self.place[order] = np.arange(len(order))
        self.blocks = [(self.place[one], self.place[other]) for one, other in blocks]
        inner, falling = links[order][:, order], -degree[order]
        column, begin = inner.indices.astype(np.int64), inner.indptr.astype(np.int64)
        full = int(-falling[FEW - 1]) if len(order) >= FEW else 0
        counts = np.searchsorted(falling, -np.arange(full)).tolist()
        self.slots = [column[begin[:count] + slot] for slot, count in enumerate(counts)]
        many = int(np.searchsorted(falling, -full))
        self.rest = [column[begin[row] + full : begin[row + 1]] for row in range(many)]

    def pairs(self, sources: Ints, reach: int) -> dict[int, int]:
        """Count the pairs of a source and a node by distance, until `reach` of them are found."""
        number = np.arange(len(sources), dtype=np.uint64)
        ball = np.zeros((len(self.place), -(-len(sources) // 64)), dtype=np.uint64)
        ball[self.place[sources], number // 64] = np.uint64(1) << number % 64
        within = [0, len(sources)]
        while within[-1] < reach:
            ball = self.step(ball)
            within.append(int(np.bitwise_count(ball).sum(dtype=np.int64)))
        return dict(enumerate(np.diff(within).tolist()))

    def step(self, ball: Bits) -> Bits:
        """Give each node what its neighbours have."""
        grown = ball.copy()
        for slot in self.slots:
            part = grown[: len(slot)]
            np.bitwise_or(part, ball.take(slot, axis=0), out=part)
        for row, neighbours in enumerate(self.rest):
            grown[row] |= np.bitwise_or.reduce(ball.take(neighbours, axis=0), axis=0)
        for one, other in self.blocks:
            grown[one] |= np.bitwise_or.reduce(ball.take(other, axis=0), axis=0)
            grown[other] |= np.bitwise_or.reduce(ball.take(one, axis=0), axis=0)
        return grown
