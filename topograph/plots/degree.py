"""A degree distribution as bars, with the laws fitted to it as marked lines."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from topograph.plots.palette import LINES, MARKERS, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import NDArray

    from topograph.analyzers.degree import DegreeDistribution

__all__ = ["plot_degree_distribution"]

_FEWEST_BINS, _MOST_BINS = 8, 32
_HEADROOM = 1.5
"""Height of the axes over the highest mark, so that the legend has a place."""


def plot_degree_distribution(
    distribution: DegreeDistribution, *, ax: Axes | None = None, log: bool = False, **style: Any
) -> Axes:
    r"""Draw how often each degree occurs, and the Poisson and the geometric law fitted to it.

    Parameters
    ----------
    distribution : DegreeDistribution
        From :func:`topograph.analyzers.degree_distribution`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    log : bool
        If True, probabilities on a logarithmic axis, down to half a channel.
    **style
        For the bars: arguments of :meth:`matplotlib.axes.Axes.bar`, such as ``color``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Notes
    -----
    Up to a largest degree of 31 there is one bar for each degree. Beyond, degrees are summed in at
    most 32 bins of equal width, channels and laws alike. Where three quarters of the channels have
    degrees that differ by multiples of one step, such as the width of the layers that read them,
    the bins are as wide as this step, or a multiple, and begin at these degrees. The distances in
    the legend (total variation, TV) are those of the result, at single degrees.

    Examples
    --------
    >>> from topograph.analyzers.degree import fit_degrees
    >>> from matplotlib.figure import Figure
    >>> ax = plot_degree_distribution(fit_degrees([0, 1, 1, 2]), ax=Figure().add_subplot())
    >>> [float(bar.get_height()) for bar in ax.patches]
    [0.25, 0.5, 0.25]
    """
    ax = current_axes(ax)
    bins, middles, size = _binned(distribution.degrees, distribution.counts)
    share = np.bincount(bins, weights=distribution.counts) / distribution.counts.sum()
    label = f"channels (dispersion {_short(distribution.dispersion)})"
    own = {"width": 0.86 * size, "color": "0.8", "label": label, "zorder": 1}
    bars = ax.bar(middles, share, **{**own, **style})
    laws = (("Poisson", distribution.poisson), ("geometric", distribution.geometric))
    pmfs = [np.bincount(bins, weights=law.pmf) for _, law in laws]
    lines = [
        draw_law(ax, name, middles, pmf, _short(law.total_variation))
        for (name, law), pmf in zip(laws, pmfs, strict=True)
    ]
    highest = max(float(heights.max()) for heights in (share, *pmfs))
    ax.set_xlim(middles[0] - size, middles[-1] + size)
    set_heights(ax, highest, 0.5 / distribution.counts.sum() if log else None, most=1.0)
    _label(ax, distribution, size)
    ax.legend(handles=[bars, *lines])
    return ax


def draw_law(
    ax: Axes, name: str, degrees: NDArray[Any], heights: NDArray[Any], distance: str
) -> Line2D:
    """Draw a law as a line with marks, and its distance in the legend."""
    place = ("Poisson", "geometric").index(name) + 1
    (line,) = ax.plot(
        degrees,
        heights,
        color=colour(place),
        linestyle=LINES[place - 1],
        marker=MARKERS[place],
        markersize=3,
        label=f"{name} (TV {distance})",
        zorder=1 + place,
    )
    return line


def set_heights(
    ax: Axes, highest: float, lowest: float | None = None, *, most: float = inf
) -> None:
    """Leave place for the legend above the highest mark; on a logarithmic axis from `lowest` on.

    A logarithmic axis ends at `most`, if heights cannot be larger.
    """
    if lowest is None:
        ax.set_ylim(0, _HEADROOM * highest)
    else:
        ax.set_yscale("log")
        ax.set_ylim(lowest, min(most, highest * (highest / lowest) ** (_HEADROOM - 1)))


def degree_name(direction: str, links: str) -> str:
    """Say which links were counted."""
    kind = {"in": "in-degree", "out": "out-degree", "total": "degree", "readers": "readers"}
    return kind[direction] + (" over skips" if links == "skip" else "")


def _label(ax: Axes, distribution: DegreeDistribution, size: int) -> None:
    """Name the axes, with whole numbers on the first."""
    kind = degree_name(distribution.direction, distribution.links).capitalize()
    unit = "layers" if distribution.direction == "readers" else "links"
    ax.set_xlabel(f"{kind} $k$ ({unit} per channel)")
    ax.set_ylabel(f"Probability per {size} {unit}" if size > 1 else "Probability")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _binned(
    degrees: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Return the bin of each degree, the middles of the bins and their width in degrees."""
    number, common = len(degrees), int(counts.argmax())
    step = _step(counts, common) if number > _MOST_BINS else 1
    size = step * -(-number // (step * (_MOST_BINS - 1))) if number > _MOST_BINS else 1
    first = common % size - size if step > 1 and common % size else 0
    bins = (degrees - first) // size
    return bins, first + (size - 1) / 2 + size * np.arange(bins[-1] + 1.0), size


def _step(counts: NDArray[np.int64], common: int) -> int:
    """Return the largest step by whose multiples most degrees differ from the commonest one."""
    steps = range(len(counts) // _FEWEST_BINS, 1, -1)
    most = 0.75 * counts.sum()
    return next((step for step in steps if counts[common % step :: step].sum() >= most), 1)


def _short(value: float) -> str:
    """Two decimals, none from 100 on, or a dash for what is undefined."""
    if np.isnan(value):
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
