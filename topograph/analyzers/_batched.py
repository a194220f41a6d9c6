"""Clustering and path lengths of many small graphs at once, by products of their matrices."""

from __future__ import annotations

import math
from typing import Any

from topograph.analyzers import _one_word
from topograph.arrays import Array

ENTRIES = 2**18
"""Entries of the matrices that are multiplied at a time: they then stay in the cache."""

LARGEST = 4096
"""Nodes up to which every count of triangles is exact in single precision."""


def clustering(graphs: Array, xp: Any) -> Array:
    r"""Return the local clustering coefficients, shape (..., n), of matrices (..., n, n).

    .. math:: C_i = \frac{\sum_{j} (A^2)_{ij} A_{ij}}{k_i (k_i - 1)} , \qquad
              k_i = \sum_j A_{ij} .
    """
    links = _links(graphs, xp)
    kind, every = _kind(links, xp)
    nothing = xp.empty((0, links.shape[-1]), dtype=kind)
    triangles, degree = [nothing], [nothing]
    for part in _slices(links):
        near = xp.astype(links[part, :, :], kind)
        triangles.append(xp.vecdot(xp.matmul(near, near), near))
        degree.append(xp.matmul(near, every))
    twice, neighbours = (xp.astype(xp.concat(part), xp.float64) for part in (triangles, degree))
    possible = neighbours * (neighbours - 1.0)
    local = xp.where(possible > 0, twice / xp.where(possible > 0, possible, 1.0), 0.0)
    return xp.reshape(local, graphs.shape[:-1])


def path_length(graphs: Array, xp: Any, *, largest: bool = True) -> Array:
    """Return the mean distance, shape (...), of matrices (..., n, n); NaN without any pair.

    With `largest` the nodes of the largest component count, of equal ones the first.

    Notes
    -----
    The ball around each node grows until it holds all that can be reached; a node at distance r is
    missing from the balls of the radii 0, ..., r - 1, whose sizes are counted. Graphs leave when
    their balls are complete. That is so one step before it is seen where every two of a ball and
    a neighbourhood have more than n nodes together, for then they meet.
    """
    links = _links(graphs, xp)
    if _one_word.suits(links):
        return xp.reshape(_one_word.path_length(links, largest=largest), graphs.shape[:-2])
    n, place = links.shape[-1], xp.arange(links.shape[0])
    near = links | xp.astype(xp.eye(n), xp.bool)
    kind, _ = _kind(links, xp)
    ball, within = near, xp.sum(xp.astype(near, kind), axis=-1)
    counted, before, fewest = xp.ones_like(within), xp.ones_like(within), xp.min(within, axis=-1)
    found: list[Array] = []
    places, radius = [], 1
    while not found or place.shape[0]:
        full = xp.min(within, axis=-1) + fewest > n
        ready = full | ~xp.any(within > before, axis=-1)
        done, alive = xp.nonzero(ready)[0], xp.nonzero(~ready)[0]
        state = [xp.take(part, done, axis=0) for part in (ball, within, counted, full)]
        found.append(_mean(state, xp, radius=radius, largest=largest))
        places.append(xp.take(place, done))
        counted = counted + within
        near, ball, counted, before, fewest, place = (
            xp.take(part, alive, axis=0) for part in (near, ball, counted, within, fewest, place)
        )
        ball, within = _grown(ball, near, xp)
        radius += 1
    lengths = xp.take(xp.concat(found), xp.argsort(xp.concat(places)))
    return xp.reshape(lengths, graphs.shape[:-2])


def _mean(state: list[Array], xp: Any, *, radius: int, largest: bool) -> Array:
    """Divide the distances from each node, summed, by the pairs that they belong to."""
    ball, within, counted, full = state
    n = ball.shape[-1]
    reach = xp.where(full[:, None], float(n), within)
    summed, pairs = (radius + 1) * reach - counted - within, reach - 1
    if largest:
        first = xp.argmax(reach, axis=-1, keepdims=True)
        inside = xp.take_along_axis(ball, first[:, :, None], axis=-2)[:, 0, :] | full[:, None]
        summed, pairs = xp.where(inside, summed, 0.0), xp.where(inside, pairs, 0.0)
    total = xp.sum(xp.astype(summed, xp.float64), axis=-1)
    count = xp.sum(xp.astype(pairs, xp.float64), axis=-1)
    return xp.where(count > 0, total / xp.where(count > 0, count, 1.0), math.nan)


def _grown(ball: Array, near: Array, xp: Any) -> tuple[Array, Array]:
    """Let balls grow by one step; return them and their sizes."""
    kind, every = _kind(ball, xp)
    grown, sizes = [ball[:0, :, :]], [xp.empty((0, ball.shape[-1]), dtype=kind)]
    for part in _slices(ball):
        steps = xp.matmul(xp.astype(ball[part, :, :], kind), xp.astype(near[part, :, :], kind))
        grown.append(steps > 0)
        sizes.append(xp.matmul(xp.astype(grown[-1], kind), every))
    return xp.concat(grown), xp.concat(sizes)


def _links(graphs: Array, xp: Any) -> Array:
    """Return the matrices, one after another, as undirected graphs without loops."""
    n = graphs.shape[-1]
    flat = xp.astype(xp.reshape(graphs, (-1, n, n)), xp.bool)
    return (flat | xp.matrix_transpose(flat)) & ~xp.astype(xp.eye(n), xp.bool)


def _kind(links: Array, xp: Any) -> tuple[Any, Array]:
    """Return the precision in which all counts are exact, and a vector of ones."""
    kind = xp.float32 if links.shape[-1] <= LARGEST else xp.float64
    return kind, xp.ones(links.shape[-1], dtype=kind)


def _slices(links: Array) -> list[slice]:
    """Cut a batch into parts of about `ENTRIES`."""
    batch, n, _ = links.shape
    count = max(1, ENTRIES // (n * n))
    return [slice(start, min(start + count, batch)) for start in range(0, batch, count)]
