"""How many links the channels of an architecture have, and which law their numbers follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.channels import ChannelGraph
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DegreeDistribution",
    "DegreeFit",
    "average_degree",
    "degree_distribution",
    "fit_degrees",
]

DIRECTIONS = ("in", "out", "total")
LINKS = ("all", "skip")
FEWEST_EXPECTED = 5.0
"""Expected channels per class of the chi-square test, below which classes are pooled."""


@dataclass(frozen=True, slots=True, eq=False)
class DegreeFit(Result):
    r"""A law fitted to degrees by maximum likelihood.

    Attributes
    ----------
    parameter : float
        Mean :math:`\lambda` of the Poisson law, success probability :math:`p` of the geometric.
    pmf : float array
        Probability of each degree 0, 1, ..., up to the largest one seen.
    total_variation : float
        Distance to the law, half the sum of absolute differences of probabilities, from 0 to 1.
    chi_square : float
        Pearson's statistic after pooling classes with fewer than 5 expected channels.
    p_value : float
        Its upper tail; NaN where pooling leaves no degree of freedom.
    """

    parameter: float
    pmf: NDArray[np.float64] = field(repr=False)
    total_variation: float
    chi_square: float
    p_value: float


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
    The published :math:`w + m / 2` is the limit of infinite depth. With :math:`d` layers of
    :math:`w` channels the exact value is
    :math:`w \frac{d - 1}{d} + \frac{m}{2} \frac{(d - 1)(d - 2)}{d^2}`.

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
    graph = _counted(architecture, links)
    return graph.links / graph.channels


def degree_distribution(
    architecture: Architecture, *, direction: str = "in", links: str = "all"
) -> DegreeDistribution:
    r"""Count the links of each channel and fit a Poisson and a geometric law to the numbers.

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are counted; all its channels where it has no cells.
    direction : {"in", "out", "total"}
        Links that enter a channel, that leave it, or both.
    links : {"all", "skip"}
        All links among these channels, or those that pass over at least one layer of a cell.

    Returns
    -------
    DegreeDistribution

    Raises
    ------
    ArchitectureError
        If `direction` or `links` is another word.

    Notes
    -----
    Degrees of one wiring are no independent draws: all channels of a layer read the same sources,
    so in-degrees are constant within a layer and out-degrees are multiples of widths. The p-values
    answer how well the law describes the numbers, not whether the wiring was drawn from it.

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
    _check_word("direction", direction, DIRECTIONS)
    graph = _counted(architecture, links)
    degree = {"in": graph.in_degree, "out": graph.out_degree}
    degree["total"] = degree["in"] + degree["out"]
    return fit_degrees(degree[direction], direction=direction, links=links)


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
    degrees = np.arange(len(counts))
    mean = float(counts @ degrees) / len(values)
    variance = float(counts @ (degrees - mean) ** 2) / len(values)
    return DegreeDistribution(
        direction=direction,
        links=links,
        degrees=degrees,
        counts=counts,
        mean=mean,
        variance=variance,
        dispersion=variance / mean if mean else float("nan"),
        poisson=_fit(counts, mean, _poisson(degrees, mean)),
        geometric=_fit(counts, 1 / (1 + mean), _geometric(degrees, 1 / (1 + mean))),
    )


def _counted(architecture: Architecture, links: str) -> ChannelGraph:
    """Return the channels that count, with the links that count."""
    _check_word("links", links, LINKS)
    graph = architecture.channel_graph()
    if links == "skip":
        graph = graph.skips(architecture)
    inside = [name for name in graph.nodes if architecture.node(name).cell is not None]
    return graph.within(inside) if inside else graph


def _check_word(what: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise ArchitectureError(
            f"The {what} of a degree is one of {', '.join(known)}: each counts other links. "
            f"Received {word!r}. Choose one of these."
        )


def _poisson(degrees: NDArray[np.int64], mean: float) -> NDArray[np.float64]:
    """Return exp(-mean) mean^k / k!, computed by logarithms."""
    from scipy.special import gammaln, xlogy

    pmf: NDArray[np.float64] = np.exp(xlogy(degrees, mean) - mean - gammaln(degrees + 1.0))
    return pmf


def _geometric(degrees: NDArray[np.int64], success: float) -> NDArray[np.float64]:
    """Return p (1 - p)^k."""
    pmf: NDArray[np.float64] = success * (1 - success) ** degrees.astype(float)
    return pmf


def _fit(counts: NDArray[np.int64], parameter: float, pmf: NDArray[np.float64]) -> DegreeFit:
    """Compare counts with a law that one parameter was fitted to."""
    beyond = max(0.0, 1.0 - float(pmf.sum()))
    distance = (float(np.abs(counts / counts.sum() - pmf).sum()) + beyond) / 2
    statistic, p_value = _chi_square(counts, pmf, beyond)
    return DegreeFit(parameter, pmf, distance, statistic, p_value)


def _chi_square(
    counts: NDArray[np.int64], pmf: NDArray[np.float64], beyond: float
) -> tuple[float, float]:
    """Pearson's test with pooled classes; one degree of freedom goes to the fitted parameter."""
    from scipy.special import chdtrc

    expected = np.append(pmf, beyond) * counts.sum()
    observed = np.append(counts, 0)
    groups = np.cumsum(expected) // FEWEST_EXPECTED
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    seen = np.add.reduceat(observed, first)
    law = np.add.reduceat(expected, first)
    freedom = len(first) - 2
    if freedom < 1:
        return float("nan"), float("nan")
    statistic = float(((seen - law) ** 2 / law).sum())
    return statistic, float(chdtrc(freedom, statistic))
