"""The laws that degrees are compared with, and how one of them is fitted to counts."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DegreeFit"]

LAWS = ("poisson", "geometric")
FEWEST_EXPECTED = 5.0
"""Expected channels per class of the chi-square test, below which classes are pooled."""


@dataclass(frozen=True, eq=False)
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
        Pearson's statistic after pooling neighbouring degrees until each class has at least 5
        expected channels.
    p_value : float
        Its upper tail under the chi-square law with two degrees of freedom fewer than classes; NaN
        where none is left.

    Notes
    -----
    The law, its statistic and its tail are computed when they are first asked for. `p_value` is
    right for many channels; :func:`~topograph.analyzers.goodness_of_fit` is for any number.
    """

    parameter: float
    pmf: NDArray[np.float64] = field(
        init=False, repr=False, default=cast(Any, cached_property(lambda fit: fit._probabilities()))
    )
    total_variation: float
    chi_square: float = field(
        init=False, default=cast(Any, cached_property(lambda fit: fit._pearson[0]))
    )
    p_value: float = field(
        init=False, default=cast(Any, cached_property(lambda fit: fit._pearson[1]))
    )
    _law: str = field(repr=False)
    _mean: float = field(repr=False)
    _counts: NDArray[np.int64] = field(repr=False)

    def _probabilities(self) -> NDArray[np.float64]:
        """Return the law at 0, 1, ..., largest degree."""
        return pmf(self._law, np.arange(len(self._counts)), self._mean)

    @cached_property
    def _pearson(self) -> tuple[float, float]:
        """Pearson's statistic and its tail; one degree of freedom goes to the fitted parameter."""
        from scipy.special import chdtrc

        channels = int(self._counts.sum())
        first, expected = pools(self._law, self._mean, channels)
        if len(first) < 3:
            return float("nan"), float("nan")
        padded = np.zeros(max(len(self._counts), first[-1] + 1), dtype=np.int64)
        padded[: len(self._counts)] = self._counts
        statistic = float(((np.add.reduceat(padded, first) - expected) ** 2 / expected).sum())
        return statistic, float(chdtrc(len(first) - 2, statistic))


def fit_law(
    law: str,
    mean: float,
    counts: NDArray[np.int64],
    seen: NDArray[np.int64],
    share: NDArray[np.float64],
) -> DegreeFit:
    """Fit a law to degrees of this mean; `seen` are the degrees that occur, `share` how often."""
    # Probabilities differ by as much in all where the degrees are the likelier as where the law is.
    distance = float(np.maximum(share - pmf(law, seen, mean), 0.0).sum())
    parameter = mean if law == "poisson" else 1 / (1 + mean)
    return DegreeFit(parameter, distance, law, mean, counts)


def pmf(law: str, degrees: NDArray[Any], mean: Any) -> NDArray[np.float64]:
    r"""Probabilities of degrees under the law of a mean :math:`\mu`.

    .. math:: e^{-\mu} \mu^k / k! \quad\text{(Poisson)} , \qquad
              \frac{1}{1 + \mu} \Bigl(\frac{\mu}{1 + \mu}\Bigr)^k \quad\text{(geometric)}

    Examples
    --------
    >>> pmf("geometric", np.arange(3), 1.0).tolist()
    [0.5, 0.25, 0.125]
    """
    from scipy.special import gammaln, xlogy

    if law == "geometric":
        ratio = mean / (1 + mean)
        return np.asarray(ratio ** degrees.astype(float) / (1 + mean))
    return np.asarray(np.exp(xlogy(degrees, mean) - mean - gammaln(degrees + 1.0)))


def cdf(law: str, degrees: NDArray[Any], mean: float) -> NDArray[np.float64]:
    """Probabilities of a degree of at most k under the law of a mean.

    Examples
    --------
    >>> cdf("geometric", np.arange(3), 1.0).tolist()
    [0.5, 0.75, 0.875]
    """
    from scipy.special import pdtr

    if law == "geometric":
        ratio = mean / (1 + mean)
        return np.asarray(1 - ratio ** (degrees + 1.0))
    return np.asarray(pdtr(degrees, mean))


def variance(law: str, mean: Any) -> Any:
    r"""Variance of the law of a mean: :math:`\mu`, or :math:`\mu + \mu^2` of the geometric."""
    return mean + mean**2 if law == "geometric" else mean


def pools(law: str, mean: float, channels: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the first degree of each class of the chi-square test, and the expected channels.

    Neighbouring degrees are pooled, from 0 on, until 5 channels are expected; the last class is
    open, and takes what is left.
    """
    last = exceeded_by(law, mean, FEWEST_EXPECTED / channels)
    reached = (channels * cdf(law, np.arange(last + 1), mean)).tolist()
    first, before = [0], [0.0]
    while True:
        stop = bisect_left(reached, before[-1] + FEWEST_EXPECTED, first[-1])
        if stop > last or channels - reached[stop] < FEWEST_EXPECTED:
            break
        first.append(stop + 1)
        before.append(reached[stop])
    return np.array(first), np.diff([*before, channels])


def exceeded_by(law: str, mean: float, share: float) -> int:
    """Return a degree that a draw from the law exceeds with less than this probability."""
    degree = int(mean) + 1
    while 1 - float(cdf(law, np.array(degree), mean)) >= share:
        degree *= 2
    return degree
