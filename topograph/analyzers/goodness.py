"""Whether degrees could come from a law: tests whose p-values are right for whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import exp, inf
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.analyzers.degree_laws import LAWS, cdf, exceeded_by, pmf, pools, variance
from topograph.errors import ArchitectureError, BudgetError
from topograph.result import Result
from topograph.rng import as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topograph.analyzers.degree import DegreeDistribution
    from topograph.graph.channels import Counts

    Floats = NDArray[np.float64]
    Measured = Callable[[Counts], Floats]
    Draw = Callable[[tuple[int, int]], Counts]

__all__ = ["GoodnessOfFit", "goodness_of_fit", "supremum_tail"]

CHUNK = 2**20
"""Degrees drawn at a time."""
NEGLIGIBLE = 1e-13
"""A tail below this is given by its bound; as one minus a sum it would be rounding."""
SAME = 1e-9
"""Statistics that differ by less are equal: they differ by rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class GoodnessOfFit(Result):
    """How well a law describes degrees; `goodness_of_fit` makes it.

    Attributes
    ----------
    law, test : str
    mean : float
        Of the law.
    statistic : float
    p_value : float
        Probability of a statistic at least as large, if the degrees came from the law.
    method : str
        Where the p-value comes from: ``"exact"``, ``"conditional"`` or ``"simulated"``.
    samples : int
        Samples drawn for it; 0 where it is exact.
    """

    law: str
    test: str
    mean: float = field(metadata={"unit": "links per channel"})
    statistic: float
    p_value: float
    method: str
    samples: int


def goodness_of_fit(
    distribution: DegreeDistribution,
    *,
    law: str = "poisson",
    test: str = "kolmogorov_smirnov",
    mean: float | None = None,
    samples: int = 999,
    rng: np.random.Generator | int | None = None,
) -> GoodnessOfFit:
    r"""Test whether degrees are independent draws from a Poisson or a geometric law.

    Parameters
    ----------
    distribution : DegreeDistribution
        From :func:`~topograph.analyzers.degree_distribution` or
        :func:`~topograph.analyzers.fit_degrees`.
    law : {"poisson", "geometric"}
        Law on 0, 1, 2, ...
    test : {"kolmogorov_smirnov", "chi_square", "total_variation", "dispersion"}
        The statistic: :math:`\sup_k |F_n(k) - F(k)|`; Pearson's, with degrees pooled as in
        `DegreeFit`; half of :math:`\sum_k |q_k - p_k|`; or by how much variance over mean differs
        from that of the law, 1 or :math:`1 + \mu`.
    mean : float, optional
        Mean of the law where it is known beforehand; fitted to the degrees unless given.
    samples : int
        Samples :math:`B` drawn for a p-value that is not exact, at least 1.
    rng : Generator, int or None
        Source of the samples.

    Returns
    -------
    GoodnessOfFit

    Raises
    ------
    ArchitectureError
        If `law` or `test` is another word, or `mean` is negative or no finite number.
    BudgetError
        If `samples` is less than 1.

    Notes
    -----
    The tables of Kolmogorov and Smirnov hold for continuous laws without fitted parameter. For
    whole numbers they reject too seldom, and more so if the mean is fitted.

    - *Fitted mean*: ``"conditional"``, a parametric bootstrap among samples of the same mean. The
      sum of the degrees is sufficient for both laws, so the conditional law is known: the sum
      falls on the channels like independent balls (Poisson), or all ways to divide it are equally
      likely (geometric). All samples have the same fitted law, and
      :math:`p = (1 + \#\{T_b \ge T\}) / (B + 1)` keeps its level for any number of channels.
    - *Given mean*, Kolmogorov-Smirnov: ``"exact"``. The counts :math:`n F_n(k)` are a Markov
      chain, the counts of a Poisson process on condition of its total, and the probability that
      they stay between the bounds is a product of its steps. Below :math:`10^{-13}` the bound
      :math:`2 e^{-2 n T^2}` stands for it.
    - *Given mean*, other tests: ``"simulated"`` samples of the law.

    References
    ----------
    .. [1] R. A. Lockhart, F. J. O'Reilly and M. A. Stephens, "Use of the Gibbs sampler to obtain
           conditional tests, with applications", Biometrika 94 (2007) 992-998.
    .. [2] D. S. Dimitrova, V. K. Kaishev and S. Tan, "Computing the Kolmogorov-Smirnov distribution
           when the underlying CDF is purely discrete, mixed, or continuous", J. Stat. Softw. 95
           (2020) 10.
    .. [3] P. Massart, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality", Ann.
           Probab. 18 (1990) 1269-1283.

    Examples
    --------
    >>> from topograph.analyzers import fit_degrees
    >>> found = goodness_of_fit(fit_degrees([0, 4]), mean=0.0)  # certainly no degree above 0
    >>> found.statistic, found.p_value, found.method
    (0.5, 0.0, 'exact')
    """
    _check(law, test, mean)
    because = "a p-value is a share of samples"
    samples = whole("samples", samples, minimum=1, error=BudgetError, because=because)
    fitted, centre = mean is None, distribution.mean if mean is None else float(mean)
    channels = int(distribution.counts.sum())
    measured = STATISTICS[test](law, centre, channels)
    statistic = float(measured(distribution.counts[None])[0])
    if test == "kolmogorov_smirnov" and not fitted:
        tail = supremum_tail(statistic, channels, law=law, mean=centre)
        return GoodnessOfFit(law, test, centre, statistic, tail, "exact", 0)
    size = float(distribution.counts @ distribution.degrees) if fitted else centre
    draw = partial(DRAWS[law, fitted], as_generator(rng), size)
    beyond = _as_large(statistic, measured, draw, channels, samples)
    method = "conditional" if fitted else "simulated"
    p_value = (1 + beyond) / (samples + 1)
    return GoodnessOfFit(law, test, centre, statistic, p_value, method, samples)


def supremum_tail(statistic: float, channels: int, *, law: str, mean: float) -> float:
    r"""Probability that :math:`\sup_k |F_n(k) - F(k)|` of n draws from F is at least a value.

    Exact for a law of whole numbers; see `goodness_of_fit`.

    Examples
    --------
    >>> supremum_tail(0.5, 1, law="geometric", mean=1.0)  # P(0) = 1/2, and any draw is as far
    1.0
    >>> supremum_tail(0.75, 1, law="geometric", mean=1.0)  # draws from 2 on
    0.25
    """
    bound = 2 * exp(-2 * channels * statistic**2)
    if bound < NEGLIGIBLE:
        return bound
    law_at = cdf(law, np.arange(exceeded_by(law, mean, NEGLIGIBLE) + 1), mean)
    lows = np.maximum(np.floor(channels * (law_at - statistic) + SAME).astype(int) + 1, 0)
    highs = np.minimum(np.ceil(channels * (law_at + statistic) - SAME).astype(int) - 1, channels)
    # At the end all draws are counted.
    lows, highs = np.append(lows, channels), np.append(highs, channels)
    rates = channels * np.diff(law_at, prepend=0.0, append=1.0)
    chance, low = np.ones(1), 0
    for rate, least, most in zip(rates.tolist(), lows.tolist(), highs.tolist(), strict=True):
        steps = min(most - low, int(rate + 12 * rate**0.5 + 40))
        chance = np.convolve(chance, pmf("poisson", np.arange(steps + 1), rate))
        chance, low = chance[least - low : most - low + 1], least
        if not chance.size:
            return 1.0
    total = float(pmf("poisson", np.array(channels), channels))
    return min(1.0, max(0.0, 1.0 - float(chance[0]) / total))


def _as_large(statistic: float, measured: Measured, draw: Draw, channels: int, samples: int) -> int:
    """Count the samples whose statistic is at least as large, some at a time."""
    step, count = max(1, CHUNK // channels), 0
    for start in range(0, samples, step):
        drawn = draw((min(step, samples - start), channels))
        count += int((measured(_tabled(drawn)) >= statistic - SAME).sum())
    return count


def _tabled(degrees: Counts) -> Counts:
    """Count the degrees 0, 1, ... in each row."""
    rows, number = len(degrees), int(degrees.max()) + 1
    flat = degrees + number * np.arange(rows)[:, None]
    return np.bincount(flat.ravel(), minlength=rows * number).reshape(rows, number)


def _supremum(law: str, mean: float, channels: int) -> Measured:
    def measured(counts: Counts) -> Floats:
        gap = counts.cumsum(axis=1) / channels - cdf(law, np.arange(counts.shape[1]), mean)
        return np.asarray(np.abs(gap).max(axis=1))

    return measured


def _total_variation(law: str, mean: float, channels: int) -> Measured:
    def measured(counts: Counts) -> Floats:
        more = counts / channels - pmf(law, np.arange(counts.shape[1]), mean)
        return np.asarray(np.maximum(more, 0).sum(axis=1))

    return measured


def _pearson(law: str, mean: float, channels: int) -> Measured:
    first, expected = pools(law, mean, channels)

    def measured(counts: Counts) -> Floats:
        wider = max(0, int(first[-1]) + 1 - counts.shape[1])
        seen = np.add.reduceat(np.pad(counts, ((0, 0), (0, wider))), first, axis=1)
        return np.asarray(((seen - expected) ** 2 / expected).sum(axis=1))

    return measured


def _dispersion(law: str, mean: float, channels: int) -> Measured:
    def measured(counts: Counts) -> Floats:
        degrees = np.arange(counts.shape[1])
        own = counts @ degrees / channels
        spread = (counts * (degrees - own[:, None]) ** 2).sum(axis=1) / channels
        expected = variance(law, own)
        return np.abs(spread - expected) / np.where(own > 0, own, 1)

    return measured


def _balls(rng: np.random.Generator, total: float, shape: tuple[int, int]) -> Counts:
    """Poisson draws on condition of their sum: balls that fall into boxes."""
    return rng.multinomial(int(total), np.full(shape[1], 1 / shape[1]), size=shape[0])


def _divisions(rng: np.random.Generator, total: float, shape: tuple[int, int]) -> Counts:
    """Geometric draws on condition of their sum: all divisions of it are equally likely."""
    shares = rng.standard_exponential(shape)
    return rng.multinomial(int(total), shares / shares.sum(axis=1, keepdims=True))


def _geometric(rng: np.random.Generator, mean: float, shape: tuple[int, int]) -> Counts:
    """Failures before the first success."""
    return rng.geometric(1 / (1 + mean), shape) - 1


STATISTICS: dict[str, Callable[[str, float, int], Measured]] = {
    "kolmogorov_smirnov": _supremum,
    "chi_square": _pearson,
    "total_variation": _total_variation,
    "dispersion": _dispersion,
}
DRAWS: dict[tuple[str, bool], Callable[..., Counts]] = {
    ("poisson", True): _balls,
    ("poisson", False): np.random.Generator.poisson,
    ("geometric", True): _divisions,
    ("geometric", False): _geometric,
}
"""How samples are drawn, by law and by whether its mean is fitted (given their sum) or given."""


def _check(law: str, test: str, mean: float | None) -> None:
    """Raise unless law, test and mean have a meaning."""
    if law not in LAWS:
        raise ArchitectureError(
            f"A law of degrees is one of {', '.join(LAWS)}: these are given by their mean. "
            f"Received {law!r}. Choose one of these."
        )
    if test not in STATISTICS:
        raise ArchitectureError(
            f"A test of degrees is one of {', '.join(STATISTICS)}: each measures another distance "
            f"to the law. Received {test!r}. Choose one of these."
        )
    if mean is not None and not 0 <= mean < inf:
        raise ArchitectureError(
            "The mean of a law of degrees is a finite number of at least 0, since degrees count "
            f"links. Received {mean!r}. Give such a number, or None to fit it."
        )
