"""Path lengths of many sparse graphs of up to 64 nodes: the ball around a node is one word."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from topograph.arrays import Array

WORD = 64
"""Bits of a word: the most nodes that a graph may have here."""

SPARSE = 0.25
"""Share of linked pairs up to which words are taken in place of products of matrices.

Of random graphs of 64 nodes words take a third of the time at 0.05, three quarters at 0.2 and all
of it at 0.3; of small worlds, whose paths are longer, half of it at 0.2.
"""

PART = 256
"""Graphs that are taken at a time."""

Words = NDArray[np.uint64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def suits(links: Array) -> bool:
    """True for sparse graphs of up to 64 nodes in host memory, judged by about 64 of them."""
    if not isinstance(links, np.ndarray) or links.shape[-1] > WORD:
        return False
    sample = links[:: max(1, len(links) // WORD)]
    return sample.size > 0 and bool(np.mean(sample) <= SPARSE)


def path_length(links: NDArray[np.bool_], *, largest: bool) -> Floats:
    """Return the mean distance of each graph; NaN without any pair."""
    parts = [links[at : at + PART] for at in range(0, len(links), PART)]
    return np.concatenate([_mean_distances(part, largest=largest) for part in parts])


def _mean_distances(links: NDArray[np.bool_], *, largest: bool) -> Floats:
    """Average the distances of graphs whose arrays fit into the cache together.

    A node at distance r is missing from the balls of the radii 0, ..., r - 1. Balls grow until
    none gains a node, or none can; what they lacked on the way of their last size is counted.
    """
    count, n, _ = links.shape
    bits = np.arange(n, dtype=np.uint64)
    ball, sizes = _grown(links, np.tile(np.uint64(1) << bits, count))
    reach = sizes[-1].astype(np.int64)
    summed = (len(sizes) * reach - np.sum(sizes, axis=0, dtype=np.int64)).reshape(count, n)
    pairs = reach.reshape(count, n) - 1
    if largest:
        chosen = np.arange(count) * n + np.argmax(pairs, axis=1)
        inside = ((ball[chosen, None] >> bits) & np.uint64(1)).astype(np.int64)
        summed, pairs = summed * inside, pairs * inside
    total, among = summed.sum(axis=1), pairs.sum(axis=1)
    return np.divide(total, among, out=np.full(count, math.nan), where=among > 0)


def _grown(links: NDArray[np.bool_], ball: Words) -> tuple[Words, list[NDArray[np.uint8]]]:
    """Let balls grow to the end; return them and their sizes at the radii 0, 1, ...

    Graphs leave once more than half of those at work are complete.
    """
    count, n, _ = links.shape
    degree, neighbour = _neighbours(links)
    linked, first = _segments(degree)
    sizes = [np.bitwise_count(ball)]
    working = count
    while len(linked):
        ball[linked] |= np.bitwise_or.reduceat(ball[neighbour], first)
        sizes.append(np.bitwise_count(ball))
        grew = (sizes[-1] > sizes[-2]) & (sizes[-1] < n)
        growing = grew.reshape(count, n).any(axis=1)
        left = int(np.count_nonzero(growing))
        if 2 * left < working or not left:
            stays = np.repeat(growing, n)
            neighbour, degree = neighbour[np.repeat(stays, degree)], degree * stays
            linked, first = _segments(degree)
            working = left
    return ball, sizes


def _neighbours(links: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return degree and neighbours of every node, node by node, numbered through all graphs."""
    graphs, n, _ = links.shape
    degree = np.count_nonzero(links, axis=-1).ravel()
    node = np.arange(graphs * n)
    from_row_to_graph = node // n * n - node * n
    return degree, np.flatnonzero(links) + np.repeat(from_row_to_graph, degree)


def _segments(lengths: Ints) -> tuple[Ints, Ints]:
    """Return which segments are not empty, and where these begin."""
    filled = np.flatnonzero(lengths)
    return filled, (np.cumsum(lengths) - lengths)[filled]
