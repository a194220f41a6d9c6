"""Undirected graphs in the forms that users have, read as one symmetric matrix."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topograph.arrays import is_sparse
from topograph.errors import ArchitectureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    from numpy.typing import ArrayLike

    Undirected = nx.Graph[Any] | ArrayLike | Sequence[tuple[int, int]]
    """A networkx graph, an adjacency matrix (an array), or a list of pairs of node numbers."""

Mask = NDArray[np.bool_]

MOST_NODES = 20_000
"""Nodes of the largest graph: its matrix is written in full."""


def undirected(graph: Undirected) -> Mask:
    """Return the symmetric matrix of a graph: True where two nodes are joined.

    An array or sparse matrix is an adjacency matrix; a list or tuple holds pairs of node numbers
    from 0; the nodes of a networkx graph are numbered as its labels if these are whole numbers, in
    ascending order, and otherwise in the order in which the graph lists them.
    """
    if hasattr(graph, "is_directed"):
        return _from_networkx(graph)
    if isinstance(graph, list | tuple):
        return _from_pairs(graph)
    return _from_matrix(graph)


def _from_networkx(graph: Any) -> Mask:
    """Read a networkx graph."""
    if graph.is_directed():
        raise ArchitectureError(
            "A wiring is made from an undirected graph: its nodes talk in both directions, or the "
            f"order of their numbers gives the direction. Received a directed graph, {graph}. "
            "Pass graph.to_undirected(), or build the network with topograph.graph.Builder."
        )
    labels = list(graph.nodes)
    _check_count(len(labels))
    if all(isinstance(label, Integral) for label in labels):
        labels.sort()
    number = {label: place for place, label in enumerate(labels)}
    pairs = [(number[one], number[other]) for one, other in graph.edges()]
    return _matrix(np.array(pairs, dtype=np.int64).reshape(-1, 2), len(labels))


def _from_pairs(graph: Any) -> Mask:
    """Read a list of pairs."""
    pairs = [tuple(pair) if isinstance(pair, list | tuple) else (pair,) for pair in graph]
    wrong = [pair for pair in pairs if len(pair) != 2 or not all(map(_is_number, pair))]
    if wrong or not pairs:
        raise ArchitectureError(
            "A list of edges holds pairs of node numbers from 0, at least one. "
            f"Received {wrong[0] if wrong else 'none'!r}. "
            "Write [(0, 1), (1, 2)], or pass a matrix as a NumPy array."
        )
    count = 1 + max(int(label) for pair in pairs for label in pair)
    _check_count(count)
    return _matrix(np.array(pairs, dtype=np.int64), count)


def _is_number(label: Any) -> bool:
    """True for a number of a node."""
    return isinstance(label, Integral) and not isinstance(label, bool) and int(label) >= 0


def _from_matrix(graph: Any) -> Mask:
    """Read an adjacency matrix."""
    matrix = np.asarray(graph.toarray() if is_sparse(graph) else graph)
    is_square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    if not is_square or matrix.dtype.kind not in "biuf" or not np.array_equal(matrix, matrix.T):
        raise ArchitectureError(
            "The adjacency matrix of an undirected graph is square, numeric and symmetric. "
            f"Received shape {matrix.shape} of {matrix.dtype}. Pass `matrix + matrix.T` to join "
            "what a directed graph joins, or a list of pairs."
        )
    _check_count(len(matrix))
    return matrix != 0


def _matrix(pairs: NDArray[np.int64], count: int) -> Mask:
    """Mark both directions of each pair."""
    joined = np.zeros((count, count), dtype=bool)
    joined[pairs[:, 0], pairs[:, 1]] = True
    return joined | joined.T


def _check_count(count: int) -> None:
    """Raise unless a graph has nodes, and not more than a matrix can hold."""
    if not 1 <= count <= MOST_NODES:
        raise ArchitectureError(
            f"A wiring has from 1 to {MOST_NODES:,} nodes, as its matrix is written in full. "
            f"Received {count:,}. Choose another graph."
        )
