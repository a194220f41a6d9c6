"""Degrees layer by layer: their moments, their distances to the laws, and tests of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.analyzers.degree import counted_degrees, fit_degrees
from topograph.analyzers.degree_laws import LAWS, pmf
from topograph.analyzers.goodness import goodness_of_fit
from topograph.graph.architecture import Architecture
from topograph.graph.channels import ChannelGraph, Counts
from topograph.result import Result
from topograph.rng import streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DegreeProfile", "DegreeTests", "degree_profile", "degree_tests"]


@dataclass(frozen=True, slots=True, eq=False)
class DegreeProfile(Result):
    """Degrees by feature map; `degree_profile` makes it. Sequences have one entry for each.

    Attributes
    ----------
    direction, links : str
        Which links were counted.
    node : tuple of str
        Name of the feature map.
    cell : tuple of str or None
        Its cell.
    layer : tuple of int or None
        Its place in the cell; None for what works inside a layer.
    channels : int array
    mean, variance : float array
        Of the degree over the channels; the variance divides by their number.
    dispersion : float array
        Variance over mean: 1 for a Poisson law, 1 + mean for a geometric; NaN without links.
    poisson_total_variation, geometric_total_variation : float array
        Distance to the law of the same mean, from 0 to 1.
    """

    direction: str
    links: str
    node: tuple[str, ...]
    cell: tuple[str | None, ...]
    layer: tuple[int | None, ...]
    channels: NDArray[np.int64]
    mean: NDArray[np.float64] = field(metadata={"unit": "links per channel"})
    variance: NDArray[np.float64] = field(metadata={"unit": "links^2 per channel"})
    dispersion: NDArray[np.float64]
    poisson_total_variation: NDArray[np.float64]
    geometric_total_variation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DegreeTests(Result):
    """Tests of both laws by feature map; `degree_tests` makes it.

    Attributes
    ----------
    direction, links, test : str
    part : tuple of str
        ``"overall"``, then the names of the feature maps.
    channels : int array
    poisson_statistic, geometric_statistic : float array
    poisson_p_value, geometric_p_value : float array
    """

    direction: str
    links: str
    test: str
    part: tuple[str, ...]
    channels: NDArray[np.int64]
    poisson_statistic: NDArray[np.float64]
    poisson_p_value: NDArray[np.float64]
    geometric_statistic: NDArray[np.float64]
    geometric_p_value: NDArray[np.float64]


def degree_profile(
    architecture: Architecture, *, direction: str = "in", links: str = "all"
) -> DegreeProfile:
    r"""Describe the degrees of each feature map, and compare them with both laws.

    Parameters
    ----------
    architecture : Architecture
        The feature maps of its cells are described; all of them where it has no cells.
    direction : {"in", "out", "total", "readers"}
        As in `degree_distribution`.
    links : {"all", "skip"}
        All links among these channels, or those that pass over at least one layer of a cell.

    Returns
    -------
    DegreeProfile
        ``to_frame()`` has one row for each feature map. Concatenations are none.

    Raises
    ------
    ArchitectureError
        If `direction` or `links` is another word.

    Notes
    -----
    The mean over the rows, weighted by channels, is that of `degree_distribution`; its variance is
    the weighted mean of the variances plus the variance of the means. A feature map without links
    follows both laws, of mean 0.

    See Also
    --------
    degree_distribution : the same for one feature map (`node`), or for all together.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=1, classes=2, rng=0)
    >>> degree_profile(tower, direction="readers", links="skip").mean.tolist()
    [0.5, 0.5, 0.0, 0.0]
    """
    graph, degree = counted_degrees(architecture, direction, links)
    channels = np.diff(graph.offsets)
    mean = np.bincount(graph.node_of, weights=degree) / channels
    spread = np.bincount(graph.node_of, weights=(degree - mean[graph.node_of]) ** 2) / channels
    with np.errstate(invalid="ignore"):
        dispersion = spread / mean
    nodes = [architecture.node(name) for name in graph.nodes]
    return DegreeProfile(
        direction,
        links,
        graph.nodes,
        tuple(node.cell for node in nodes),
        tuple(node.layer for node in nodes),
        channels,
        mean,
        spread,
        dispersion,
        *_distances(graph, degree, mean),
    )


def degree_tests(
    architecture: Architecture,
    *,
    direction: str = "in",
    links: str = "all",
    test: str = "kolmogorov_smirnov",
    samples: int = 999,
    rng: np.random.Generator | int | None = None,
) -> DegreeTests:
    """Test overall, and for each feature map, whether degrees are Poisson or geometric draws.

    Parameters
    ----------
    architecture : Architecture
        The channels of its cells are tested; all of them where it has no cells.
    direction : {"in", "out", "total", "readers"}
    links : {"all", "skip"}
        As in `degree_distribution`.
    test : {"kolmogorov_smirnov", "chi_square", "total_variation", "dispersion"}
    samples : int
        As in `goodness_of_fit`; means are fitted.
    rng : Generator, int or None
        Source of the samples; each part draws from a stream of its own.

    Returns
    -------
    DegreeTests
        ``to_frame()`` has a row for all channels together and one for each feature map.

    Raises
    ------
    ArchitectureError
        If `direction`, `links` or `test` is another word.
    BudgetError
        If `samples` is less than 1.

    Notes
    -----
    A p-value answers for one part. Among many parts some are small by chance: compare them with
    the level divided by the number of parts.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=1, classes=2, rng=0)
    >>> found = degree_tests(tower, direction="readers", links="skip", samples=9, rng=0)
    >>> found.part
    ('overall', 'layer_0', 'layer_1', 'layer_2', 'classifier')
    >>> found.poisson_p_value[-1].item()  # no links: nothing to reject
    1.0
    """
    graph, degree = counted_degrees(architecture, direction, links)
    parts = [degree, *np.split(degree, graph.offsets[1:-1])]
    rows = [
        [
            goodness_of_fit(fit_degrees(part), law=law, test=test, samples=samples, rng=stream)
            for law in LAWS
        ]
        for part, stream in zip(parts, streams(rng, len(parts)), strict=True)
    ]
    numbers = np.array([[(one.statistic, one.p_value) for one in row] for row in rows])
    return DegreeTests(
        direction,
        links,
        test,
        ("overall", *graph.nodes),
        np.array([len(part) for part in parts]),
        *numbers.reshape(len(parts), -1).T,
    )


def _distances(graph: ChannelGraph, degree: Counts, mean: NDArray[Any]) -> list[NDArray[Any]]:
    """Total variation of each feature map to each law."""
    channels, number = np.diff(graph.offsets), int(degree.max()) + 1
    pairs, counts = np.unique(graph.node_of * number + degree, return_counts=True)
    node, seen = np.divmod(pairs, number)
    share = counts / channels[node]
    more = [np.maximum(share - pmf(law, seen, mean[node]), 0.0) for law in LAWS]
    return [np.bincount(node, weights=part) for part in more]
