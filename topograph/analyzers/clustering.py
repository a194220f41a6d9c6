"""How often two neighbours of a channel are neighbours of each other."""

from __future__ import annotations

from topograph.analyzers import _batched, _bicliques, _bitsets, _mixed
from topograph.analyzers._simple import Graph, simple, undirected
from topograph.arrays import Array, array_namespace
from topograph.arrays.sparse import is_sparse
from topograph.graph.channels import ChannelGraph

__all__ = ["average_clustering", "clustering"]


def clustering(graph: Graph) -> Array:
    r"""Return the local clustering coefficient of each node.

    .. math:: C_i = \frac{2 \, \Delta_i}{k_i (k_i - 1)}

    where node :math:`i` has :math:`k_i` neighbours, :math:`\Delta_i` pairs of which are linked;
    it is 0 where :math:`k_i < 2`.

    Parameters
    ----------
    graph : Architecture, ChannelGraph, networkx graph, sparse matrix or array
        Of an architecture, the channels of its cells, or all where it has no cells. An array is an
        adjacency matrix, shape (..., n, n); what is not 0 is a link. Leading axes are a batch.

    Returns
    -------
    float array of shape (..., n)
        Between 0 and 1, in the order of the nodes, in the library of an array that was given.

    Raises
    ------
    ShapeError
        If there is no node, or a matrix is not square.

    See Also
    --------
    average_clustering : its mean.

    Notes
    -----
    Exact. The graph is taken as simple and undirected: directions are ignored, parallel links are
    one and loops none. Three roads lead to the same number. For :math:`n` channels whose links come
    in :math:`K` blocks, besides few loose ones, :math:`O(n K^2)` operations do and no link of a
    block is written down. Other single
    graphs intersect neighbourhoods as rows of bits or, where these are long and sparse, multiply
    sparse matrices, on the host. Batches multiply dense matrices where they live.

    References
    ----------
    .. [1] D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature
           393, 440-442, 1998.

    Examples
    --------
    >>> import numpy as np
    >>> paw = np.array([[0, 1, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> clustering(paw).round(3).tolist()  # a triangle, and a fourth node that hangs on the first
    [0.333, 1.0, 1.0, 0.0]
    """
    given = simple(graph)
    if isinstance(given, ChannelGraph):
        blocks = _bicliques.bicliques(given)
        if blocks is not None:
            return _bicliques.clustering(blocks)
        mixed = _mixed.clustering(given)
        if mixed is not None:
            return mixed
        given = undirected(given.adjacency)
    if is_sparse(given):
        return _bitsets.clustering(given)
    return _batched.clustering(given, array_namespace(given))


def average_clustering(graph: Graph) -> float | Array:
    r"""Return the mean of the local clustering coefficients.

    .. math:: C = \frac{1}{n} \sum_i C_i

    Parameters
    ----------
    graph : Architecture, ChannelGraph, networkx graph, sparse matrix or array
        As in `clustering`.

    Returns
    -------
    float, or array of shape (...) for a batch
        Nodes with fewer than two neighbours count as 0, as in networkx.

    Raises
    ------
    ShapeError
        As `clustering`.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(1, 4, candidates=3, inputs=1, classes=1, rng=0)
    >>> average_clustering(tower)  # every two of the four neurons are linked
    1.0
    """
    local = clustering(graph)
    xp = array_namespace(local)
    mean = xp.mean(local, axis=-1)
    return mean if local.ndim > 1 else float(mean)
