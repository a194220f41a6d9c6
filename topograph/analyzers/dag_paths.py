"""Effective depth and width of many directed acyclic graphs, given as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph._checks import whole
from topograph.arrays import Array, array_namespace, to_host
from topograph.errors import ShapeError
from topograph.result import Result

__all__ = ["DagPaths", "dag_paths"]

LARGEST = 1000
"""Nodes up to which no number of paths, 2^(n-1) at most, nor n times it, overflows float64."""

BLOCK = 64
"""Nodes of one graph that are computed together."""

BATCH = 1024
"""Graphs that are computed together: their rows of numbers then stay in the cache."""

PLAIN, PARAMETERISED = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class DagPaths(Result):
    r"""Paths through graphs; `dag_paths` makes it. Arrays have the shape of the batch, ``(...)``.

    Attributes
    ----------
    log2_paths : float array
        :math:`\log_2 P`; minus infinity without any path.
    effective_depth : float array
        Mean number of parameterised operations on a path; 0 without any path.
    effective_width : float array
        Paths with parameters by `effective_depth`; 0 where the depth is 0, infinite where it
        exceeds every float.
    is_connected : bool array
        Whether there is a path.
    """

    log2_paths: Array = field(metadata={"unit": "bits"})
    effective_depth: Array = field(metadata={"unit": "parameterised operations per path"})
    effective_width: Array = field(metadata={"unit": "paths per effective depth"})
    is_connected: Array


def dag_paths(
    types: Array, *, starts: Sequence[int] = (0,), ends: Sequence[int] = (-1,)
) -> DagPaths:
    r"""Effective depth and width of each graph of a batch, by dynamic programming in float64.

    With the paths :math:`P_t` that reach node :math:`t`, the operations :math:`S_t` on all of
    them and the paths :math:`Z_t` without operation,

    .. math:: P_t = \sum_s A_{st} P_s , \quad
              S_t = \sum_s A_{st} S_s + D_{st} P_s , \quad
              Z_t = \sum_s (A_{st} - D_{st}) Z_s ,

    where :math:`A_{st}` is 1 for an edge and :math:`D_{st}` is 1 if it has parameters.

    Parameters
    ----------
    types : int array, shape (..., n, n)
        Edge from node :math:`s` to node :math:`t > s`: 0 none, 1 without parameters (a skip
        connection, pooling), 2 parameterised. Fastest where the leading axes lie last in memory,
        as in ``numpy.moveaxis(x, -1, 0)``.
    starts, ends : sequence of int
        Nodes where paths begin and end; by default the first and the last.

    Returns
    -------
    DagPaths

    Raises
    ------
    ShapeError
        If the last two axes are no square, entries are not 0, 1 or 2, an edge leads backwards, or
        a node of `starts` or `ends` is not there.

    See Also
    --------
    effective_depth : of an `Architecture`, by exact integers.

    Notes
    -----
    All terms are positive, so that nothing cancels: relative errors are those of sums of at most
    n^2 terms, 1e-15 or so. Graphs of more than 1,000 nodes carry a power of two for each node, and
    are computed one by one on the host.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Definition 4.1, Eq. (13).

    Examples
    --------
    A chain of two operations with a skip connection around it:

    >>> import numpy as np
    >>> found = dag_paths(np.array([[0, 2, 1], [0, 0, 2], [0, 0, 0]]))
    >>> float(found.effective_depth), float(found.effective_width)
    (1.0, 1.0)
    """
    xp = array_namespace(types)
    _check(types, xp)
    n, batch = types.shape[-1], types.shape[:-2]
    first, last = _places("starts", starts, n), _places("ends", ends, n)
    # Nodes first, the batch last: sums over nodes then run along contiguous graphs.
    flat = xp.reshape(xp.moveaxis(types, (-2, -1), (0, 1)), (n, n, -1))
    _check_values(flat, xp)
    if n > LARGEST:
        counts, exponents = _scaled(np.asarray(to_host(flat)), first, last)
        return _result(xp.asarray(counts), xp.asarray(exponents), batch, xp)
    if flat.shape[-1] == 1 and isinstance(flat, np.ndarray):
        counts = _single(flat[:, :, 0], first, last)
    else:
        counts = _batched(flat, first, last, xp)
    return _result(counts, xp.zeros(counts.shape[-1]), batch, xp)


def _result(counts: Array, exponents: Array, batch: tuple[int, ...], xp: Any) -> DagPaths:
    """Turn P, S and Z of the ends, each times a power of two, into depth and width."""
    paths, operations, shallow = (xp.reshape(counts[k, :], batch) for k in range(3))
    exponents = xp.reshape(exponents, batch)
    connected, deep = paths > 0, operations > 0
    depth = operations / xp.where(connected, paths, 1.0)
    # The power of two cancels in the depth, not in the width.
    width = (paths - shallow) / xp.where(deep, depth, 1.0)
    fits = xp.log2(xp.where(deep, width, 1.0)) + exponents < 1024
    half = xp.where(fits, exponents / 2, 0.0)
    return DagPaths(
        log2_paths=xp.log2(xp.where(connected, paths, 1.0))
        + xp.where(connected, exponents, -xp.inf),
        effective_depth=depth,
        effective_width=xp.where(fits, width * 2.0**half * 2.0**half, xp.inf),
        is_connected=connected,
    )


def _batched(flat: Array, starts: set[int], ends: set[int], xp: Any) -> Array:
    """Return P, S and Z of the ends, shape (3, batch), node after node for many graphs at once."""
    parts = [
        _chunk(flat[:, :, place : min(place + BATCH, flat.shape[-1])], starts, ends, xp)
        for place in range(0, flat.shape[-1], BATCH)
    ]
    return xp.concat(parts, axis=-1) if parts else xp.zeros((3, 0))


def _chunk(flat: Array, starts: set[int], ends: set[int], xp: Any) -> Array:
    """Count paths from each node to the ends, for graphs whose numbers fit into the cache.

    The last node comes first: the edges that leave a node lie together in memory. Rows of counts
    are S, P and Z, of which the first two cross the same edges.
    """
    n, _, batch = flat.shape
    types = xp.astype(flat, xp.int8, copy=False)
    counts = xp.zeros((3, n, batch))
    for s in range(n - 1, -1, -1):
        edges, later = types[s, s + 1 :, :], counts[:, s + 1 :, :]
        loaded = edges >> 1
        counts[:2, s, :] = _total(edges - loaded, later[:2, :, :], xp)
        counts[0, s, :] += _total(loaded, later[1, :, :], xp)
        counts[2, s, :] = _total(edges & 1, later[2, :, :], xp)
        if s in ends:
            counts[1:, s, :] += 1.0
    found = sum(counts[:, start, :] for start in sorted(starts))
    return xp.stack([found[1, :], found[0, :], found[2, :]])


def _total(edges: Array, values: Array, xp: Any) -> Array:
    """Add up the values, shape (..., targets, graphs), of the targets of each graph."""
    weights = xp.astype(edges, xp.float64)
    if hasattr(xp, "einsum"):
        return xp.einsum("tb,...tb->...b", weights, values)
    return xp.sum(weights * values, axis=-2)


def _single(types: NDArray[Any], starts: set[int], ends: set[int]) -> NDArray[np.float64]:
    """Return P, S and Z of the ends of one graph, shape (3, 1), by blocks of its nodes.

    A block receives products from all nodes before it, and solves a triangle of its own.
    """
    from scipy.linalg import solve_triangular

    solve = partial(solve_triangular, trans=1, unit_diagonal=True, check_finite=False)
    n = len(types)
    paths, operations, shallow = counts = np.zeros((3, n))
    counts[::2, sorted(starts)] = 1
    for low in range(0, n, BLOCK):
        high = min(low + BLOCK, n)
        plain = (types[:high, low:high] == PLAIN).astype(float)
        loaded = (types[:high, low:high] == PARAMETERISED).astype(float)
        every, inside = plain + loaded, slice(low, high)
        paths[inside] = solve(-every[low:], paths[inside] + paths[:low] @ every[:low])
        received = operations[:low] @ every[:low] + paths[:high] @ loaded
        operations[inside] = solve(-every[low:], received)
        shallow[inside] = solve(-plain[low:], shallow[inside] + shallow[:low] @ plain[:low])
    return counts[:, sorted(ends)].sum(axis=1, keepdims=True)


def _scaled(
    flat: NDArray[Any], starts: set[int], ends: set[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return P, S and Z of the ends and their common exponents, graph by graph."""
    found = [_powers(flat[:, :, graph], starts, ends) for graph in range(flat.shape[-1])]
    counts = [count for count, _ in found]
    return np.stack(counts, axis=-1), np.array([exponent for _, exponent in found], dtype=float)


def _powers(
    types: NDArray[Any], starts: set[int], ends: set[int]
) -> tuple[NDArray[np.float64], int]:
    """Count for one graph, with a power of two for each node.

    What is lost where a source is 2^1000 times smaller than another one of the same target is
    less than a rounding.
    """
    n = len(types)
    counts, exponents = np.zeros((3, n)), np.zeros(n, dtype=np.int64)
    by_target = np.ascontiguousarray(types.T)
    for t in range(n):
        before, edges = exponents[:t], by_target[t, :t]
        scale = int(before.max(initial=0, where=edges > 0))
        weights = np.ldexp(1.0, np.minimum(before - scale, 0))
        plain = counts[:, :t] @ (weights * (edges == PLAIN))
        more = counts[:, :t] @ (weights * (edges == PARAMETERISED))
        begins = np.ldexp(float(t in starts), -scale)
        paths, operations = plain[0] + more[0] + begins, plain[1] + more[1] + more[0]
        found = np.array([paths, operations, plain[2] + begins])
        shift = max(0, int(np.frexp(paths)[1]))
        counts[:, t] = np.ldexp(found, -shift)
        exponents[t] = scale + shift if paths else 0
    chosen = sorted(ends)
    scale = int(exponents[chosen].max())
    return np.ldexp(counts[:, chosen], exponents[chosen] - scale).sum(axis=1), scale


def _places(name: str, nodes: Sequence[int], n: int) -> set[int]:
    """Return places of nodes, counted from the end where they are negative."""
    reason = f"a graph of {n} nodes has no others"
    return {
        whole(name, node, minimum=-n, maximum=n - 1, error=ShapeError, because=reason) % n
        for node in nodes
    }


def _check(types: Array, xp: Any) -> None:
    """Raise unless the last two axes are a square of integers."""
    square = types.ndim >= 2 and types.shape[-1] == types.shape[-2] > 0
    if not square or not xp.isdtype(types.dtype, "integral"):
        raise ShapeError(
            "Graphs are an array of integers of shape (..., n, n): the type of the edge from each "
            f"node to each. Received {types.dtype} of shape {tuple(types.shape)}. "
            "Write 0 for no edge, 1 for a plain one, 2 for one with parameters."
        )


def _check_values(flat: Array, xp: Any) -> None:
    """Raise unless all entries are known types and lead forwards."""
    if flat.shape[-1] == 0:
        return
    lowest, highest = xp.min(flat, axis=-1), xp.max(flat, axis=-1)
    if bool(xp.any(lowest < 0)) or bool(xp.any(highest > PARAMETERISED)):
        raise ShapeError(
            "The type of an edge is 0 (none), 1 (plain) or 2 (parameterised). Received values "
            f"from {int(xp.min(flat))} to {int(xp.max(flat))}. Translate operations to types first."
        )
    if bool(xp.any(xp.tril(highest) > 0)):
        raise ShapeError(
            "Edges lead from a node to a later one, since the graph has no cycle and its nodes are "
            "in topological order. Received an entry on or below the diagonal. Sort the nodes."
        )
