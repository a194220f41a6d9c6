"""The average degree, counted, and its published limit beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.analyzers.degree import counted_graph
from topograph.analyzers.mass import MassProfile, mass_profile
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.channels import ChannelGraph
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AverageDegree", "average_degree", "average_degree_limit"]


@dataclass(frozen=True, slots=True, eq=False)
class AverageDegree(Result):
    r"""Average degree and its published limit; `average_degree_limit` makes it.

    Arrays have one entry per cell.

    Attributes
    ----------
    cell : tuple of str
    exact : float array
        Links among the channels of the cell per channel.
    lattice, skip : float array
        Its parts: links to the next layer, and links that pass over a layer.
    limit : float array
        :math:`w + m / 2`.
    error : float array
        By how much the limit overstates the exact value, relative to it.
    skip_error : float array
        The same for :math:`m / 2` and `skip`; NaN without such links.
    """

    cell: tuple[str, ...]
    exact: NDArray[np.float64] = field(metadata={"unit": "links per channel"})
    lattice: NDArray[np.float64] = field(metadata={"unit": "links per channel"})
    skip: NDArray[np.float64] = field(metadata={"unit": "links per channel"})
    limit: NDArray[np.float64] = field(metadata={"unit": "links per channel"})
    error: NDArray[np.float64]
    skip_error: NDArray[np.float64]


def average_degree(architecture: Architecture, *, links: str = "all") -> float:
    r"""Mean number of links that enter (and, as often, leave) a channel of the cells.

    .. math:: \bar k = \frac{\text{links among the channels}}{\text{channels}}

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are counted; all its channels where it has no cells.
    links : {"all", "skip"}
        All links among them, or those that pass over at least one layer of a cell.

    Returns
    -------
    float
        Links per channel.

    Notes
    -----
    The published :math:`w + m / 2` is the limit of infinite depth; see `average_degree_limit`.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Proposition 1.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=3, classes=2, rng=0)
    >>> average_degree(tower)  # (3 * 4 + 2 * 2 + 2 * 3) / 8
    2.75
    """
    graph = counted_graph(architecture, links)
    return graph.links / graph.channels


def average_degree_limit(architecture: Architecture) -> AverageDegree:
    r"""Compare the average degree of each cell with its published limit :math:`w + m / 2`.

    Parameters
    ----------
    architecture : Architecture
        At least one cell, each of one width, whose skip connections are concatenated.

    Returns
    -------
    AverageDegree

    Raises
    ------
    ArchitectureError
        If there is no cell, or a cell has more than one width or skip connections that are added.

    Notes
    -----
    The limit is that of infinite depth. With :math:`d` layers of :math:`w` channels the average
    degree is

    .. math:: \bar k = w \frac{d - 1}{d} + \frac{m}{2} \frac{(d - 1)(d - 2)}{d^2} ,

    so the limit always overstates it. Layers that hold further feature maps (expansion blocks) have
    degrees of another kind: the limit is not meant for them.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Proposition 1.

    Examples
    --------
    >>> import topograph as tg
    >>> found = average_degree_limit(tg.generators.dense_mlp(2, 4, candidates=3, classes=2, rng=0))
    >>> found.exact.tolist(), found.limit.round(4).tolist()
    ([2.75], [5.3333])
    """
    profile = mass_profile(architecture)
    _check(profile)
    graph = architecture.channel_graph()
    exact = _links_per_channel(architecture, graph, profile.cell)
    skip = _links_per_channel(architecture, graph.skips(architecture), profile.cell)
    limit = profile.width + profile.mass / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        error, skip_error = limit / exact - 1, profile.mass / 2 / skip - 1
    return AverageDegree(profile.cell, exact, exact - skip, skip, limit, error, skip_error)


def _links_per_channel(
    architecture: Architecture, graph: ChannelGraph, cells: tuple[str, ...]
) -> NDArray[np.float64]:
    """Links among the channels of each cell over these channels."""
    own = {cell: [n for n in graph.nodes if architecture.node(n).cell == cell] for cell in cells}
    parts = [graph.within(names) for names in own.values()]
    return np.array([part.links / part.channels for part in parts])


def _check(profile: MassProfile) -> None:
    """Raise unless all cells have one width and skip connections, if any, that are concatenated."""
    for cell, width, skips in zip(profile.cell, profile.width, profile.skips, strict=True):
        if not width or skips == "added":
            given = f"{skips} skip connections" if width else "layers of several widths"
            raise ArchitectureError(
                "The limit w + m / 2 holds in cells of one width whose skip connections are "
                f"concatenated. Received {given} in cell {cell!r}. Ask for average_degree alone."
            )
