"""Write the links of a channel graph down as compressed sparse rows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from topograph.graph.channels import ChannelGraph, Counts, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array


_WORTH_A_STEP = 1000
"""Links that are written in the time that one step of a Python loop takes."""


def outgoing(graph: ChannelGraph) -> csr_array:
    """Rows are sources, columns targets, both ascending; parallel links add up.

    Only the memberships (source, block) are sorted; each then becomes a run of targets.
    """
    order = np.argsort(graph.members, kind="stable")
    members = graph.members[order]
    block = np.repeat(np.arange(graph.blocks), graph.sizes)[order]
    starts, stops = graph.starts[block], graph.stops[block]
    lengths = stops - starts
    fans = np.bincount(members, weights=lengths, minlength=graph.channels)
    overlap = (members[1:] == members[:-1]) & (starts[1:] < stops[:-1])
    rows = _rows(graph, fans, _runs(starts, lengths), tidy=not overlap.any())
    return _with_loose(rows, graph.loose_sources, graph.loose_targets)


def incoming(graph: ChannelGraph) -> csr_array:
    """Rows are targets, columns sources, both ascending; parallel links add up.

    Where no two blocks share a target, the sources of a block are written once per target.
    """
    if len(graph.loose_sources) or (graph.starts[1:] < graph.stops[:-1]).any():
        transposed: csr_array = graph.adjacency.T.tocsr()
        return transposed
    sources = np.empty(graph.links, dtype=np.int32)
    done, tidy = 0, True
    for low, high, fan in zip(graph.bounds[:-1], graph.bounds[1:], _fans(graph), strict=True):
        row = np.sort(graph.members[low:high])
        tidy = tidy and bool((row[1:] > row[:-1]).all())
        sources[done : done + len(row) * fan].reshape(fan, -1)[:] = row
        done += len(row) * fan
    return _rows(graph, graph.in_degree, sources, tidy=tidy)


def _fans(graph: ChannelGraph) -> list[int]:
    """Number of targets of each block."""
    return [int(fan) for fan in graph.stops - graph.starts]


def _runs(starts: Counts, lengths: Counts) -> Ints:
    """Concatenate the runs start, start + 1, ... of the given lengths.

    Neighbouring runs of one length are written as one array of that many columns.
    """
    cuts = np.flatnonzero(np.diff(lengths, prepend=-1, append=-1))
    ends = np.concatenate([[0], np.cumsum(lengths)])
    if len(cuts) * _WORTH_A_STEP > ends[-1]:
        shifts = np.repeat((starts - ends[:-1]).astype(np.int32), lengths)
        return np.add(shifts, np.arange(ends[-1], dtype=np.int32), out=shifts)
    runs, firsts = np.empty(ends[-1], dtype=np.int32), starts.astype(np.int32)
    for low, high in pairwise(cuts.tolist()):
        step = np.arange(lengths[low], dtype=np.int32)
        rows = runs[ends[low] : ends[high]].reshape(-1, len(step))
        np.add(firsts[low:high, None], step, out=rows)
    return runs


def _rows(graph: ChannelGraph, counts: Counts, indices: Ints, *, tidy: bool) -> csr_array:
    """Make the matrix from the length of each row and the column of each link."""
    from scipy.sparse import csr_array

    indptr = np.concatenate([[0], np.cumsum(counts)])
    kind = np.int32 if len(indices) < 2**31 else np.int64
    shape = (graph.channels, graph.channels)
    rows = csr_array((graph.ones[: len(indices)], indices, indptr.astype(kind)), shape=shape)
    if tidy:
        rows.has_canonical_format = True
    else:
        rows.data = rows.data.copy()
        rows.sum_duplicates()
    return rows


def _with_loose(rows: csr_array, i: Ints, j: Ints) -> csr_array:
    """Add the loose links to those of the blocks."""
    from scipy.sparse import coo_array

    if not len(i):
        return rows
    loose = coo_array((np.ones(len(i), dtype=np.int32), (i, j)), shape=rows.shape).tocsr()
    return loose if not rows.nnz else (rows + loose).tocsr()
