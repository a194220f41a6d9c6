"""Clustering of any graph that is given by its links; neighbours are rows of bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]

LINKS = 2**14
"""Links whose common neighbours are counted at a time."""

SPARSE = 256
"""Nodes per neighbour above which a row of bits costs more than a sparse product."""


def clustering(graph: csr_array) -> NDArray[np.float64]:
    """Return the local clustering coefficient of each node of a simple undirected graph."""
    degree = np.diff(graph.indptr).astype(np.int64)
    possible = degree * (degree - 1.0)
    closed = 2.0 * triangles(graph)
    return np.divide(closed, possible, out=np.zeros(len(degree)), where=possible > 0)


def triangles(graph: csr_array) -> Ints:
    """Count the triangles at each node of a simple undirected graph."""
    sparse = graph.shape[0] ** 2 > SPARSE * graph.nnz
    return _triangles_by_products(graph) if sparse else _triangles_by_bits(graph)


def _triangles_by_bits(graph: csr_array) -> Ints:
    """Count the triangles at each node: half the common neighbours of it and its neighbours."""
    n = graph.shape[0]
    row = np.repeat(np.arange(n), np.diff(graph.indptr))
    bits = _rows_of_bits(row, graph.indices.astype(np.int64), n)
    once = row < graph.indices
    one, other = row[once], graph.indices[once]
    common = np.empty(len(one), dtype=np.int64)
    for start in range(0, len(one), LINKS):
        part = slice(start, start + LINKS)
        both = bits.take(one[part], axis=0)
        both &= bits.take(other[part], axis=0)
        np.bitwise_count(both).sum(axis=1, dtype=np.int64, out=common[part])
    twice = np.bincount(one, common, n) + np.bincount(other, common, n)
    return (twice / 2).astype(np.int64)


def _rows_of_bits(row: Ints, column: Ints, n: int) -> Bits:
    """Return a table of n rows of bits, set in the given columns."""
    words = -(-n // 64)
    place = row * words + column // 64
    bit = np.uint64(1) << (column % 64).astype(np.uint64)
    table = np.zeros(n * words, dtype=np.uint64)
    first = np.flatnonzero(np.diff(place, prepend=-1))
    if len(place):
        table[place[first]] = np.bitwise_or.reduceat(bit, first)
    return table.reshape(n, words)


def _triangles_by_products(graph: csr_array) -> Ints:
    """Count the triangles at each node; links lead from fewer neighbours to more."""
    from scipy.sparse import triu

    order = np.argsort(np.diff(graph.indptr), kind="stable")
    up = triu(graph[order][:, order], format="csr").astype(np.int64)
    ends = (up @ up).multiply(up)
    middle = (up.T @ up).multiply(up)
    found = np.empty(len(order), dtype=np.int64)
    found[order] = ends.sum(axis=1) + ends.sum(axis=0) + middle.sum(axis=1)
    return found
