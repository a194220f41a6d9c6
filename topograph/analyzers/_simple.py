"""What was given, as a simple undirected graph in the form that is the fastest to measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from topograph.analyzers.degree import counted_graph
from topograph.arrays import Array, array_namespace, to_host
from topograph.arrays.sparse import is_sparse
from topograph.errors import ShapeError
from topograph.graph.architecture import Architecture
from topograph.graph.channels import ChannelGraph

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

#: What the measures of this family take.
Graph: TypeAlias = "Architecture | ChannelGraph | nx.Graph[Any] | csr_array | Array"


def simple(graph: Graph) -> ChannelGraph | csr_array | Array:
    """Return a channel graph, a symmetric matrix without diagonal, or a batch (..., n, n) as it is.

    An architecture gives the channels of its cells, or all where it has no cells.
    """
    if isinstance(graph, Architecture):
        return counted_graph(graph, "all")
    if isinstance(graph, ChannelGraph):
        return graph
    if hasattr(graph, "adj"):
        return undirected(_matrix(graph))
    _check_square(graph)
    if is_sparse(graph) or (isinstance(graph, np.ndarray) and graph.ndim == 2):
        return undirected(graph)
    return graph


def undirected(matrix: Any) -> csr_array:
    """Link what the matrix links in either direction, without loops."""
    from scipy.sparse import csr_array

    host = to_host(matrix)
    arcs = csr_array(host.astype(bool) if is_sparse(host) else host != 0)
    links = (arcs + arcs.T.tocsr()).tocsr()
    row = np.repeat(np.arange(links.shape[0]), np.diff(links.indptr))
    links.data[row == links.indices] = False
    links.eliminate_zeros()
    links.sort_indices()
    return links


def _matrix(graph: Any) -> csr_array:
    """Write the links of a networkx graph down, whatever their weights."""
    import networkx as nx

    if not len(graph):
        raise ShapeError(
            "Clustering and path lengths belong to nodes. Received a networkx graph without any. "
            "Add nodes."
        )
    return nx.to_scipy_sparse_array(graph, weight=None, format="csr")


def _check_square(graph: Any) -> None:
    """Raise unless the last two axes are the same nodes."""
    shape = tuple(getattr(graph, "shape", ()))
    if len(shape) < 2 or shape[-1] != shape[-2] or 0 in shape:
        raise ShapeError(
            "An adjacency matrix has a row and a column for each node, so its last two axes are "
            f"equal and not 0. Received {type(graph).__name__} of shape {shape}. Pass an "
            "Architecture, a ChannelGraph, a networkx graph, or an array of shape (..., n, n)."
        )
    if not is_sparse(graph):
        array_namespace(graph)
