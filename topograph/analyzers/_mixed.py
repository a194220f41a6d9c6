"""Clustering of channels whose links come partly in blocks and partly one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers._bicliques import split
from topograph.analyzers._bitsets import triangles
from topograph.analyzers._simple import undirected
from topograph.graph.channels import ChannelGraph


def clustering(graph: ChannelGraph) -> NDArray[np.float64] | None:
    r"""Return the local clustering coefficients, or None where blocks do not pay.

    The symmetric adjacency matrix is :math:`S = P Q^\top + N`, where :math:`P = (R, E)`,
    :math:`Q = (E, R)`, the columns of :math:`R` and :math:`E` mark the sources and the channels of
    runs, and :math:`N` holds the loose links. The triangles at the channels are half of

    .. math:: \operatorname{diag} S^3 = \operatorname{diag}
        (P \, (S S Q)^\top + N S P \, Q^\top + N P \, (N Q)^\top + N^3) .
    """
    runs, target, source = split(graph)
    if 4 * len(runs.widths) ** 2 > graph.links:
        return None
    from scipy.sparse import coo_array

    shape = (graph.channels, graph.channels)
    loose = undirected(coo_array((np.ones(len(target)), (target, source)), shape=shape))
    numbers = loose.astype(np.float64)
    reads = runs.reads.astype(np.float64)
    inside = (runs.run_of[:, None] == np.arange(len(runs.widths))).astype(np.float64)
    p, q = np.hstack([reads, inside]), np.hstack([inside, reads])

    def neighbours(x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum the rows of `x` over the neighbours of each channel."""
        return p @ (q.T @ x) + numbers @ x

    closed = 2.0 * triangles(loose)
    closed += np.einsum("uk,uk->u", p, neighbours(neighbours(q)))
    closed += np.einsum("uk,uk->u", q, numbers @ neighbours(p))
    closed += np.einsum("uk,uk->u", numbers @ p, numbers @ q)
    degree = runs.degree + np.diff(loose.indptr)
    possible = degree * (degree - 1.0)
    return np.divide(closed, possible, out=np.zeros(len(degree)), where=possible > 0)
