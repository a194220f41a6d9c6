"""Clustering and distances of channels whose links come in blocks; no link is ever written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from topograph.graph.channels import ChannelGraph, Counts

Floats = NDArray[np.float32]

ROWS = 1024
"""Channels whose reach is computed at a time: their tables then stay in the cache."""

LARGEST = 2**24
"""Channels up to which every count of channels is exact in single precision."""

NOTHING = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Bicliques:
    r"""A simple undirected graph of channels in runs: all channels of a run read the same sources.

    Run :math:`k` holds the channels ``cuts[k], ..., cuts[k + 1] - 1``, :math:`O_k`, and every
    channel is in one run. Column :math:`k` of `reads` marks the channels that they read,
    :math:`S_k`, all of which come before the run; it is empty where they read nothing.
    """

    cuts: Counts
    reads: Floats

    @property
    def widths(self) -> Counts:
        """Channels of each run."""
        return np.diff(self.cuts)

    @cached_property
    def run_of(self) -> Counts:
        """Run of each channel."""
        return np.repeat(np.arange(len(self.cuts) - 1), self.widths)

    @cached_property
    def shared(self) -> Floats:
        r"""Sources that runs have in common, :math:`G_{jk} = |S_j \cap S_k|`."""
        return self.reads.T @ self.reads

    @cached_property
    def inside(self) -> Floats:
        r"""Channels of a run that another reads, :math:`B_{jk} = |O_j \cap S_k|`."""
        return np.add.reduceat(self.reads, self.cuts[:-1], axis=0)

    @cached_property
    def degree(self) -> Counts:
        """Neighbours of each channel."""
        left = np.diagonal(self.shared).astype(np.int64)[self.run_of]
        return left + (self.reads @ self.widths.astype(np.float32)).astype(np.int64)


def bicliques(graph: ChannelGraph) -> Bicliques | None:
    """Bring a channel graph into runs, or return None where its list of links is shorter.

    Runs are cut where blocks begin and end, and around each channel that a loose link enters.
    """
    loose = np.unique(graph.loose_targets)
    cuts = np.unique(
        np.concatenate([[0, graph.channels], graph.starts, graph.stops, loose, loose + 1])
    )
    runs = len(cuts) - 1
    ordered = (graph.members < np.repeat(graph.starts, graph.sizes)).all()
    ordered &= (graph.loose_sources < graph.loose_targets).all()
    if 4 * runs**2 > graph.links or not ordered or graph.channels > LARGEST:
        return None
    return in_runs(graph, cuts)


def split(graph: ChannelGraph) -> tuple[Bicliques, Counts, Counts]:
    """Return the blocks in runs, and targets and sources of loose links, each once, beside them."""
    cuts = np.unique(np.concatenate([[0, graph.channels], graph.starts, graph.stops]))
    runs = in_runs(replace(graph, loose_sources=NOTHING, loose_targets=NOTHING), cuts)
    names = np.unique(graph.loose_targets.astype(np.int64) * graph.channels + graph.loose_sources)
    target, source = np.divmod(names, graph.channels)
    new = runs.reads[source, runs.run_of[target]] == 0
    return runs, target[new], source[new]


def in_runs(graph: ChannelGraph, cuts: Counts) -> Bicliques:
    """Mark what the runs between the cuts read; parallel links fall together."""
    reads = np.zeros((graph.channels, len(cuts) - 1), dtype=np.float32)
    first, last = np.searchsorted(cuts, graph.starts), np.searchsorted(cuts, graph.stops)
    for block, (start, stop) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        members = graph.members[graph.bounds[block] : graph.bounds[block + 1]]
        reads[members, start:stop] = 1
    run = np.searchsorted(cuts, graph.loose_targets, side="right") - 1
    reads[graph.loose_sources, run] = 1
    return Bicliques(cuts, reads)


def clustering(graph: Bicliques) -> NDArray[np.float64]:
    r"""Return the local clustering coefficient of each channel.

    Let run :math:`k` have :math:`w_k` channels. In a triangle, channel :math:`u` of run :math:`t`
    is the last of three, the middle or the first,

    .. math:: \sum_k B_{kt} G_{kt} +
              \sum_{j : u \in S_j} w_j \Bigl( G_{tj} + \sum_{k : u \in S_k} B_{kj} \Bigr) .
    """
    last = np.einsum("kt,kt->t", graph.inside, graph.shared, dtype=np.float64)
    widths = graph.widths.astype(np.float64)
    triangles = last[graph.run_of]
    for rows in _chunks(len(graph.run_of)):
        read = graph.reads[rows]
        pairs = read @ graph.inside
        pairs += graph.shared[graph.run_of[rows]]
        pairs *= read
        triangles[rows] += pairs @ widths
    possible = graph.degree * (graph.degree - 1.0)
    return np.divide(2 * triangles, possible, out=np.zeros_like(triangles), where=possible > 0)


def distances(graph: Bicliques, *, largest: bool = True) -> Counts:
    r"""Count the ordered pairs of channels at each distance 0, 1, 2, ... of each other.

    Parameters
    ----------
    graph : Bicliques
    largest : bool
        Count the channels of the largest component only.

    Notes
    -----
    A path goes from block to block. Each has two *sides*, :math:`S_k` and :math:`O_k`, and who
    stands on one side steps to any channel of the other. The sides that a channel arrives at
    within :math:`r` steps are therefore a row of bits; from a side :math:`A` the next step leads
    to the opposite of every side that meets :math:`A`. A channel is within :math:`r` steps if it
    belongs to a side among these. After two or three steps few different rows are left.
    """
    label = components(graph)
    chosen = np.arange(len(label))
    if largest:
        chosen = np.flatnonzero(label == label[_first_of_largest(label)])
    within = [len(chosen)]
    for count in _reached(graph, chosen):
        if count == within[-1]:
            break
        within.append(count)
    return np.diff(within, prepend=0)


def components(graph: Bicliques) -> Counts:
    """Number the connected components; each channel alone has a number of its own."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    runs = len(graph.widths)
    filled = np.diagonal(graph.shared) > 0
    meets = (graph.shared > 0) | (graph.inside > 0) & filled[:, None]
    of_run = connected_components(csr_array(np.atleast_2d(meets)), directed=False)[1]
    n = len(graph.run_of)
    run = np.where(filled[graph.run_of], graph.run_of, graph.reads.argmax(axis=1))
    return np.where(graph.degree > 0, of_run[run], runs + np.arange(n))


def _first_of_largest(label: Counts) -> int:
    """Return the first channel of the largest component; of equal ones the first counts."""
    _, number = np.unique(label, return_inverse=True)
    return int(np.argmax(np.bincount(number)[number]))


def _reached(graph: Bicliques, chosen: Counts) -> Iterator[int]:
    """Sum the channels within 1, 2, ... steps of each chosen one, itself included."""
    yield len(chosen) + int(graph.degree[chosen].sum())
    table = _Sides(graph)
    alone = int((graph.degree[chosen] == 0).sum())
    total, seen = alone, []
    for rows in _chunks(len(chosen)):
        second = table.step(table.opposite(chosen[rows]))
        total += int(table.count(second).sum())
        seen.append(_distinct(table.step(second)))
    yield total
    sides, times = _distinct(*map(np.concatenate, zip(*seen, strict=True)))
    while True:
        yield alone + int(table.count(sides) @ times)
        sides, times = _distinct(table.step(sides), times)


class _Sides:
    """Which sides of blocks meet; in a row of bits all sides S stand before all sides O."""

    def __init__(self, graph: Bicliques) -> None:
        self.graph = graph
        inside, widths = graph.inside, graph.widths.astype(np.float32)
        rows = [[inside.T, graph.shared], [np.diag(widths), inside]]
        ahead = np.block(rows) > 0
        self.ahead = (ahead | np.eye(len(ahead), dtype=bool)).astype(np.float32)
        self.holds = np.concatenate([inside == widths[:, None], inside > 0]).T.astype(np.float32)

    def opposite(self, channels: Counts) -> Floats:
        """Return the sides that channels arrive at by one step."""
        runs = len(self.graph.widths)
        own = self.graph.run_of[channels, None] == np.arange(runs)
        return np.concatenate([own.astype(np.float32), self.graph.reads[channels]], axis=1)

    def step(self, sides: Floats) -> Floats:
        """Return the sides that one step more arrives at."""
        return (sides @ self.ahead > 0).astype(np.float32)

    def count(self, sides: Floats) -> Counts:
        """Count the channels that belong to one of the sides.

        A run counts in full where its own side is there, or sources that hold all of it.
        """
        graph, runs = self.graph, len(self.graph.widths)
        read = sides[:, :runs]
        held = read @ self.holds > 0
        full = held[:, :runs] | (sides[:, runs:] > 0)
        counts = (full @ graph.widths).astype(np.int64)
        partly = held[:, runs:] & ~full
        for run in np.flatnonzero(partly.any(axis=0)).tolist():
            rows = np.flatnonzero(partly[:, run])
            channels = graph.reads[graph.cuts[run] : graph.cuts[run + 1]]
            counts[rows] += (read[rows] @ channels.T > 0).sum(axis=1)
        return counts


def _distinct(sides: Floats, times: Counts | None = None) -> tuple[Floats, Counts]:
    """Return the different rows, and how often each is there."""
    times = np.ones(len(sides), dtype=np.int64) if times is None else times
    bits = np.packbits(sides > 0, axis=1)
    names = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, number = np.unique(names, return_index=True, return_inverse=True)
    return sides[first], np.bincount(number, weights=times).astype(np.int64)


def _chunks(channels: int) -> Iterator[slice]:
    """Cut the channels into slices of `ROWS`."""
    return (slice(start, start + ROWS) for start in range(0, channels, ROWS))
