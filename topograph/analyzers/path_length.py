"""How many links lie between two channels."""

from __future__ import annotations

import numpy as np

from topograph.analyzers import _batched, _bicliques, _growth
from topograph.analyzers._simple import Graph, simple
from topograph.arrays import Array, array_namespace
from topograph.arrays.sparse import is_sparse
from topograph.errors import BudgetError
from topograph.graph.channels import ChannelGraph, Counts

__all__ = ["average_path_length"]

PAIRS = ("largest", "reachable")


def average_path_length(graph: Graph, *, pairs: str = "largest") -> float | Array:
    r"""Return the mean distance between two nodes.

    .. math:: L = \frac{1}{|P|} \sum_{(i, j) \in P} d(i, j)

    where :math:`d(i, j)` counts the links of a shortest path.

    Parameters
    ----------
    graph : Architecture, ChannelGraph, networkx graph, sparse matrix or array
        Of an architecture, the channels of its cells, or all where it has no cells. An array is an
        adjacency matrix, shape (..., n, n); what is not 0 is a link. Leading axes are a batch.
    pairs : {"largest", "reachable"}
        :math:`P`: the pairs of the largest component, of equal ones that of the first node; or all
        pairs that a path joins.

    Returns
    -------
    float, or array of shape (...) for a batch
        In links; NaN where :math:`P` is empty.

    Raises
    ------
    ShapeError
        If there is no node, or a matrix is not square.
    BudgetError
        If `pairs` is another word.

    Notes
    -----
    Exact, over all pairs. Directions are ignored, as for clustering. Several roads lead to the same
    number. Where links come in few blocks, paths are followed from block to block. In other single
    graphs the balls around 1,024 nodes at once grow as rows of bits, on the host; the time is that
    of one step times the diameter. Batches multiply dense matrices where they live; in sparse
    graphs of up to 64 nodes on the host each ball is one word of bits.

    References
    ----------
    .. [1] D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature
           393, 440-442, 1998.

    Examples
    --------
    >>> import numpy as np
    >>> chain = np.diag([1, 1], k=1)
    >>> average_path_length(chain)  # distances 1, 1 and 2; of n nodes in a row (n + 1) / 3
    1.3333333333333333
    """
    if pairs not in PAIRS:
        raise BudgetError(
            "A mean distance needs pairs that a path joins, so unconnected graphs need a choice: "
            f"{' or '.join(PAIRS)}. Received {pairs!r}. Choose one of these."
        )
    given, largest = simple(graph), pairs == "largest"
    if isinstance(given, ChannelGraph):
        blocks = _bicliques.bicliques(given)
        if blocks is not None:
            return _mean(_bicliques.distances(blocks, largest=largest))
    if isinstance(given, ChannelGraph) or is_sparse(given):
        return _mean(_growth.distances(given, largest=largest))
    lengths = _batched.path_length(given, array_namespace(given), largest=largest)
    return lengths if lengths.ndim else float(lengths)


def _mean(counts: Counts) -> float:
    """Return the mean distance, given the pairs at each distance."""
    pairs = int(counts[1:].sum())
    return float(counts @ np.arange(len(counts))) / pairs if pairs else float("nan")
