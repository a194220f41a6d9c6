"""Degrees layer by layer, and the law of selection counts, beside the Poisson and the geometric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from topograph.plots.degree import degree_name, draw_law, set_heights
from topograph.plots.palette import MARKERS, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from topograph.analyzers.degree_profile import DegreeProfile
    from topograph.analyzers.degree_theory import SelectionLaw

__all__ = ["plot_degree_profile", "plot_selection_law"]

_RARE = {False: 1e-3, True: 1e-6}
"""Probability beyond which degrees are not drawn, on an even and on a logarithmic axis."""


def plot_degree_profile(
    profile: DegreeProfile, *, ax: Axes | None = None, log: bool = False, **style: Any
) -> Axes:
    r"""Draw the dispersion of the degrees, layer by layer, and what either law would have.

    Parameters
    ----------
    profile : DegreeProfile
        From :func:`topograph.analyzers.degree_profile`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    log : bool
        If True, dispersions on a logarithmic axis, which leaves out those of 0.
    **style
        For the points: arguments of :meth:`matplotlib.axes.Axes.plot`, such as ``color``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Notes
    -----
    The dispersion, variance over mean, is 1 for a Poisson law and 1 + mean for a geometric. The
    legend gives the total variation (TV) to the laws, as a mean over the layers weighted by their
    channels. Layers without links have no dispersion. A thin line stands where a new cell begins.

    Examples
    --------
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> tower = tg.generators.dense_mlp(4, 6, candidates=5, rng=0)
    >>> profile = tg.analyzers.degree_profile(tower, direction="readers", links="skip")
    >>> ax = plot_degree_profile(profile, ax=Figure().add_subplot())
    >>> ax.get_xlabel()
    'Layer'
    """
    ax = current_axes(ax)
    places = np.arange(len(profile.node))
    name = degree_name(profile.direction, profile.links)
    own = {"color": colour("ink"), "linestyle": "none", "marker": MARKERS[0], "zorder": 4}
    ax.plot(places, profile.dispersion, **{**own, "label": name, **style})
    linked = np.where(profile.mean > 0, 1.0, np.nan)
    laws = {
        "Poisson": (linked, profile.poisson_total_variation),
        "geometric": (linked + profile.mean, profile.geometric_total_variation),
    }
    for law, (dispersion, distances) in laws.items():
        average = float(np.average(distances, weights=profile.channels))
        draw_law(ax, law, places, dispersion, f"{average:.2g}")
    cells = np.array([str(cell) for cell in profile.cell])
    for place in np.flatnonzero(cells[1:] != cells[:-1]):
        ax.axvline(place + 0.5, color="0.8", linewidth=0.6, zorder=0)
    one_cell = profile.layer == tuple(range(len(places)))
    ax.set_xlabel("Layer" if one_cell else "Feature map, in order")
    ax.set_ylabel("Dispersion (variance / mean)")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    heights = np.concatenate([linked, linked + profile.mean, profile.dispersion])
    visible = heights[heights > 0]
    lowest, highest = (visible.min(), visible.max()) if len(visible) else (1.0, 1.0)
    set_heights(ax, highest, lowest / 2 if log else None)
    ax.legend()
    return ax


def plot_selection_law(
    law: SelectionLaw, *, ax: Axes | None = None, log: bool = False, **style: Any
) -> Axes:
    r"""Draw the law of how many layers select a channel, and both laws of the same mean.

    Parameters
    ----------
    law : SelectionLaw
        From :func:`topograph.analyzers.selection_law`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    log : bool
        If True, probabilities on a logarithmic axis, down to one in a million.
    **style
        For the bars: arguments of :meth:`matplotlib.axes.Axes.bar`, such as ``color``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Notes
    -----
    Numbers that fewer than one channel in a thousand exceeds are left out, one in a million on a
    logarithmic axis. The distances in the legend (total variation, TV) are those of the whole laws.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.analyzers import selection_law
    >>> ax = plot_selection_law(selection_law(2, 4, candidates=1), ax=Figure().add_subplot())
    >>> [float(bar.get_height()) for bar in ax.patches]
    [0.78125, 0.1875, 0.03125]
    """
    ax = current_axes(ax)
    tail = 1 - law.pmf.cumsum()
    shown = slice(0, 1 + int(np.argmax(tail < _RARE[log])))
    degrees = law.degrees[shown]
    label = f"all wirings (dispersion {law.dispersion:.2f})"
    own = {"width": 0.86, "color": "0.8", "label": label, "zorder": 1}
    ax.bar(degrees, law.pmf[shown], **{**own, **style})
    distances = (law.poisson_total_variation, law.geometric_total_variation)
    lines = zip(("Poisson", "geometric"), (law.poisson, law.geometric), distances, strict=True)
    for name, heights, distance in lines:
        draw_law(ax, name, degrees, heights[shown], f"{distance:.2g}")
    highest = max(float(heights.max()) for heights in (law.pmf, law.poisson, law.geometric))
    set_heights(ax, highest, _RARE[True] if log else None, most=1.0)
    ax.set(xlim=(-1, degrees[-1] + 1), ylabel="Probability")
    ax.set_xlabel("Layers that select a channel $c$")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.legend()
    return ax
