"""Random networks to compare a network with: what its layers, widths and links alone would give."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from topograph.analyzers._layered import Layered
from topograph.analyzers._long_range import long_range_pairs
from topograph.analyzers._shuffled import equal_size, swapped
from topograph.analyzers._simple import undirected
from topograph.analyzers.degree import counted_graph
from topograph.errors import BudgetError
from topograph.graph.architecture import Architecture
from topograph.graph.channels import ChannelGraph
from topograph.rng import as_generator

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["NULL_MODELS", "null_model"]

LAYERED = ("sources", "links", "nearest")
PLAIN: dict[str, Callable[[csr_array, np.random.Generator], csr_array]] = {
    "degrees": swapped,
    "erdos_renyi": equal_size,
}
NULL_MODELS = (*LAYERED, *PLAIN)
"""Names that `null_model` knows."""


def null_model(
    architecture: Architecture, name: str, *, rng: np.random.Generator | int | None = None
) -> ChannelGraph | csr_array:
    r"""Draw the links of an architecture anew.

    =========== ======================================================= ======================
    name        what is drawn                                           what is kept
    =========== ======================================================= ======================
    sources     long-range sources of a layer, shared by its channels   layers, widths, links
    links       long-range sources of each channel by itself            layers, widths, links
    nearest     nothing: the nearest sources that are not short range   layers, widths, links
    degrees     ends of links are exchanged                             channels, degrees
    erdos_renyi every link, between any two channels                    channels, links
    =========== ======================================================= ======================

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are taken; all its channels where it has no cells.
    name : str
        One of the above.
    rng : Generator, int or None
        Source of randomness; each layer draws from a stream of its own.

    Returns
    -------
    ChannelGraph or csr_array
        For the first three a channel graph without parallel links; for the others a symmetric
        adjacency matrix.

    Raises
    ------
    BudgetError
        If the name is unknown.

    Notes
    -----
    In the first three the lattice stays and each layer draws as many long-range links as it has,
    uniformly and without replacement from the channels that a long-range link may lead from:
    those of the layers :math:`0, \dots, i - 2` of its cell. ``"sources"`` is how
    :func:`~topograph.generators.dense_mlp` and :func:`~topograph.generators.dense_cnn` wire.
    ``"nearest"`` is the layered lattice: skip connections as short as they can be. A channel that
    by itself reads others (over a residual connection, say) draws by itself in all of them.

    ``"degrees"`` exchanges ends of random pairs of links, :math:`(a, b), (c, d) \to
    (a, d), (c, b)`, unless a loop or a parallel link would arise. ``"erdos_renyi"`` is the
    random graph with as many nodes and links. Both forget layers and directions.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=2, classes=2, rng=0)
    >>> null_model(tower, "sources", rng=1)  # 3 * 4 + 2 * 2 * 2 links
    ChannelGraph(8 channels, 20 links, 3 blocks)
    """
    rng = as_generator(rng)
    if name not in NULL_MODELS:
        raise BudgetError(
            f"A null model is one of {', '.join(NULL_MODELS)}: each keeps other properties. "
            f"Received {name!r}. Choose one of these."
        )
    graph = counted_graph(architecture, "all")
    if name in PLAIN:
        return PLAIN[name](undirected(graph.adjacency), rng)
    return Layered(graph, long_range_pairs(graph, architecture)).draw(name, rng)
