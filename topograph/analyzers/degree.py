"""How many links the channels of an architecture have, and which law their numbers follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.analyzers.degree_laws import DegreeFit, fit_law
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.channels import ChannelGraph, Counts
from topograph.graph.places import places
from topograph.graph.required import require_architecture
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DegreeDistribution",
    "DegreeFit",
    "degree_distribution",
    "fit_degrees",
    "selection_counts",
]

DIRECTIONS = ("in", "out", "total", "readers")
LINKS = ("all", "skip")


@dataclass(frozen=True, slots=True, eq=False)
class DegreeDistribution(Result):
    """Degrees of the channels of an architecture; `degree_distribution` makes it.

    Attributes
    ----------
    direction, links : str
        Which links were counted.
    degrees : int array
        0, 1, ..., largest degree.
    counts : int array
        Channels of each degree.
    mean, variance : float
        Of the degree over the channels; the variance divides by their number.
    dispersion : float
        Variance over mean: 1 for a Poisson law, 1 + mean for a geometric; NaN without links.
    poisson, geometric : DegreeFit
        Laws on 0, 1, 2, ... fitted to the degrees.
    """

    direction: str
    links: str
    degrees: NDArray[np.int64] = field(metadata={"unit": "links"}, repr=False)
    counts: NDArray[np.int64] = field(metadata={"unit": "channels"}, repr=False)
    mean: float = field(metadata={"unit": "links per channel"})
    variance: float = field(metadata={"unit": "links^2 per channel"})
    dispersion: float
    poisson: DegreeFit
    geometric: DegreeFit


def degree_distribution(
    architecture: Architecture,
    *,
    direction: str = "in",
    links: str = "all",
    node: str | None = None,
) -> DegreeDistribution:
    r"""Count the links of each channel and fit a Poisson and a geometric law to the numbers.

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are counted; all its channels where it has no cells.
    direction : {"in", "out", "total", "readers"}
        Links that enter a channel, that leave it, or both; or the layers that read it, each
        counted once however many of its channels do.
    links : {"all", "skip"}
        All links among these channels, or those that pass over at least one layer of a cell.
    node : str, optional
        Name of a feature map, to count for its channels alone.

    Returns
    -------
    DegreeDistribution

    Raises
    ------
    ArchitectureError
        If `direction` or `links` is another word, or `node` names no feature map whose channels
        count.

    Notes
    -----
    Degrees of one wiring are no independent draws: all channels of a layer read the same sources,
    so in-degrees are constant within a layer and out-degrees are multiples of widths; divided by
    the width they are ``"readers"``. The p-values answer how well the law describes the numbers,
    not whether the wiring was drawn from it.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, earlier version of [2]_, arXiv:1910.00780, which
           takes the degrees of random skip connections to be Poisson (proof of Theorem 2).
    .. [2] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=0, classes=2)
    >>> found = degree_distribution(tower)  # layer 0 reads only the input
    >>> found.counts.tolist(), found.mean, found.dispersion
    ([2, 0, 6], 1.5, 0.5)
    """
    graph, degree = counted_degrees(architecture, direction, links)
    if node is not None:
        degree = degree[_channels_of(graph, node)]
    return fit_degrees(degree, direction=direction, links=links)


def selection_counts(architecture: Architecture) -> Counts:
    r"""Count, for each channel of the layers of the cells, the layers that read it over a skip.

    Where all layers of a cell have :math:`w` channels and read what they read in full, it is the
    out-degree over the skip connections divided by :math:`w`.

    Parameters
    ----------
    architecture : Architecture
        At least one cell.

    Returns
    -------
    int array, shape (channels of layers,)
        In the order of the feature maps.

    Raises
    ------
    ArchitectureError
        If the architecture has no cells.

    See Also
    --------
    selection_law : the law of these counts over random wirings.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=4, classes=2)
    >>> selection_counts(tower).tolist()  # layers 2 and 3 read layer 0, layer 3 reads layer 1
    [2, 2, 1, 1, 0, 0, 0, 0]
    """
    if not architecture.cells:
        raise ArchitectureError(
            "A skip connection passes over a layer of a cell, so it needs cells. Received an "
            "architecture without. Give its layers a cell and a place in it: "
            "Node(..., cell='cell', layer=0)."
        )
    graph, readers = counted_degrees(architecture, "readers", "skip")
    is_layer = np.array([architecture.node(name).layer is not None for name in graph.nodes])
    return readers[is_layer[graph.node_of]]


def fit_degrees(
    degree: ArrayLike, *, direction: str = "in", links: str = "all"
) -> DegreeDistribution:
    """Describe given degrees, one per channel, as `degree_distribution` does.

    Examples
    --------
    >>> found = fit_degrees([0, 1, 1, 2])
    >>> found.poisson.parameter, found.geometric.parameter
    (1.0, 0.5)
    """
    values = np.asarray(degree)
    if values.ndim != 1 or not values.size or values.dtype.kind not in "iu" or values.min() < 0:
        raise ArchitectureError(
            "Degrees are whole numbers from 0, one per channel. Received "
            f"shape {values.shape} of {values.dtype}. Give a vector of counts."
        )
    counts = np.bincount(values)
    seen = counts.nonzero()[0]
    occupied = counts[seen]
    mean = float(occupied @ seen) / len(values)
    variance = float(occupied @ (seen - mean) ** 2) / len(values)
    share = occupied / len(values)
    return DegreeDistribution(
        direction=direction,
        links=links,
        degrees=np.arange(len(counts)),
        counts=counts,
        mean=mean,
        variance=variance,
        dispersion=variance / mean if mean else float("nan"),
        poisson=fit_law("poisson", mean, counts, seen, share),
        geometric=fit_law("geometric", mean, counts, seen, share),
    )


def counted_graph(architecture: Architecture, links: str) -> ChannelGraph:
    """Return the channels that count, with the links that count."""
    _check_word("links", links, LINKS)
    require_architecture(architecture)
    graph = architecture.channel_graph()
    if links == "skip":
        graph = graph.skips(architecture)
    inside = [name for name in graph.nodes if architecture.node(name).cell is not None]
    return graph.within(inside) if inside else graph


def counted_degrees(
    architecture: Architecture, direction: str, links: str
) -> tuple[ChannelGraph, Counts]:
    """Return the channels that count and the number that each of them has."""
    _check_word("direction", direction, DIRECTIONS)
    graph = counted_graph(architecture, links)
    if direction == "readers":
        return graph, _readers(graph, architecture)
    if direction == "total":
        return graph, graph.in_degree + graph.out_degree
    return graph, graph.in_degree if direction == "in" else graph.out_degree


def _readers(graph: ChannelGraph, architecture: Architecture) -> Counts:
    """Count the layers that read each channel; a node without a place in a cell is a layer."""
    place = places(architecture)
    number: dict[object, int] = {}
    layer = np.array(
        [number.setdefault(place.get(name, name), len(number)) for name in graph.nodes]
    )
    owner = graph.node_of[np.minimum(graph.starts, graph.channels - 1)]
    readers = np.concatenate(
        [np.repeat(layer[owner], graph.sizes), layer[graph.node_of[graph.loose_targets]]]
    )
    sources = np.concatenate([graph.members, graph.loose_sources])
    pairs = np.unique(readers * graph.channels + sources)
    return np.bincount(pairs % graph.channels, minlength=graph.channels)


def _channels_of(graph: ChannelGraph, node: str) -> slice:
    """Return the channels of a feature map."""
    if node not in graph.nodes:
        raise ArchitectureError(
            "Degrees are counted for channels of the cells, or of any feature map where there are "
            f"no cells; concatenations have none. Received {node!r}. Choose among "
            f"{', '.join(graph.nodes[:8])}{', ...' if len(graph.nodes) > 8 else ''}."
        )
    place = graph.nodes.index(node)
    return slice(int(graph.offsets[place]), int(graph.offsets[place + 1]))


def _check_word(what: str, word: str, known: tuple[str, ...]) -> None:
    """Raise unless a word is known."""
    if word not in known:
        raise ArchitectureError(
            f"The {what} of a degree is one of {', '.join(known)}: each counts other links. "
            f"Received {word!r}. Choose one of these."
        )
