"""A network with skip connections as a lattice with random links on top of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph.analyzers._long_range import long_range_pairs, long_range_parts
from topograph.analyzers.degree import counted_graph
from topograph.graph.contract import keep

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture
    from topograph.graph.channels import ChannelGraph

__all__ = ["lattice", "random_part"]


def lattice(architecture: Architecture) -> ChannelGraph:
    r"""Return the short-range part of an architecture, :math:`\mathcal{G}`.

    A network with long-range links is a lattice, in which channels read the layer before theirs,
    with a random network :math:`\mathcal{R}` on top of it.

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are taken; all its channels where it has no cells.

    Returns
    -------
    ChannelGraph
        All these channels, with the links that pass over no layer: those into the next layer,
        inside a layer and from cell to cell. Without cells, a link passes over a layer if it leads
        from depth :math:`j` to depth :math:`i \ge j + 2`, where the depth of a feature map is the
        length of the longest way to it.

    See Also
    --------
    random_part : the other links; no link is in both, and none is missing.

    Notes
    -----
    The parts are channel graphs and no architectures: a layer without its skip connections has
    another width, and the skip connections alone are no network that computes. Both parts keep all
    channels, so degrees and adjacency matrices add up.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Section 3 and Appendix E (Fig. 9 of arXiv:1910.00780v2).

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=3, classes=2, rng=0)
    >>> lattice(tower), random_part(tower)  # 3 * 4 links, and 2 * 2 + 2 * 3
    (ChannelGraph(8 channels, 12 links, 3 blocks), ChannelGraph(8 channels, 10 links, 2 blocks))
    """
    graph = counted_graph(architecture, "all")
    members, loose = long_range_parts(graph, long_range_pairs(graph, architecture))
    return keep(graph, ~members, ~loose)


def random_part(architecture: Architecture) -> ChannelGraph:
    r"""Return the long-range part of an architecture, :math:`\mathcal{R}`.

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are taken; all its channels where it has no cells.

    Returns
    -------
    ChannelGraph
        All these channels, with the links that `lattice` leaves out.

    Examples
    --------
    >>> import topograph as tg
    >>> random_part(tg.generators.dense_mlp(2, 8, candidates=0)).links
    0
    """
    graph = counted_graph(architecture, "all")
    return keep(graph, *long_range_parts(graph, long_range_pairs(graph, architecture)))
