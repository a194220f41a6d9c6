"""A network as a lattice with random links on top of it: every channel a dot, every link a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cbook import normalize_kwargs
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.patches import Circle

from topograph.analyzers.superposition import lattice, random_part
from topograph.errors import BudgetError
from topograph.graph.curves import arc, sampled
from topograph.graph.layout import layout
from topograph.plots.palette import colour
from topograph.plots.scene import MOST_DOTS
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from topograph.graph import Architecture
    from topograph.graph.channels import ChannelGraph
    from topograph.graph.curves import Floats

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["plot_superposition"]

PARTS = {
    "network": r"Network $\mathcal{G} + \mathcal{R}$",
    "lattice": r"Lattice $\mathcal{G}$",
    "random": r"Random part $\mathcal{R}$",
}
"""What can be drawn, and how it is titled."""

_MOST_CHANNELS = 512
_SHORT, _LONG, _CHANNELS = 1, 2, 3
_ARCS = ("crimson", "blue", "orange", "teal")
_DOT = 0.5
"""Diameter of a dot, in distances of two channels."""
_RISE = 0.6
"""Height of the longest arc above the columns, in heights of the tallest column."""
_LEAN = 0.3
"""Share of its length by which an arc leans inwards, so that it enters a column from its side."""
_TIGHTEST, _WIDEST = 1.7, 1.2
"""Distance of columns: at least so many units, at most so many times a column's height."""


def plot_superposition(
    architecture: Architecture, *, part: str = "network", ax: Axes | None = None, **style: Any
) -> Axes:
    r"""Draw the channels of a network with its short- and long-range links, or with either alone.

    Layers are columns of dots from left to right. Short-range links are light straight lines;
    long-range links are arcs, above the columns from the upper half of a layer and below them
    from the lower half. An arc has the colour of the layer that it starts from.

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are drawn; all its channels where it has no cells.
    part : {"network", "lattice", "random"}
        All links, or those of :func:`~topograph.analyzers.lattice` or
        :func:`~topograph.analyzers.random_part` alone.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the long-range links: arguments of :class:`matplotlib.collections.LineCollection`,
        such as ``color`` or ``linewidth``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on, without frame, one unit of length in both directions.

    Raises
    ------
    BudgetError
        If the part is unknown, or there are too many channels to draw one by one: more than 16 in
        a feature map or 512 in all.

    Notes
    -----
    All parts of an architecture are drawn at the same places, in axes of one size at the same
    scale, so that three panels read as a sum. As in `plot_architecture`, the drawing fits the size
    that the axes have when it is made.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Appendix E (Fig. 9 of arXiv:1910.00780v2).

    See Also
    --------
    plot_architecture : whole networks, of any width.

    Examples
    --------
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=3, classes=2, rng=0)
    >>> ax = plot_superposition(tower, part="random", ax=Figure().add_subplot())
    >>> ax.get_title(), len(ax.collections[0].get_paths())
    ('Random part $\\mathcal{R}$, 10 links', 10)
    """
    _check_part(part)
    short, long = lattice(architecture), random_part(architecture)
    _check_widths(short)
    ax = current_axes(ax)
    places = _placed(architecture, short, ax)
    if part != "random":
        _draw_short(ax, places, short)
    if part != "lattice":
        _draw_long(ax, places, long, style)
    _draw_channels(ax, places)
    links = {"network": short.links + long.links, "lattice": short.links, "random": long.links}
    ax.set_title(f"{PARTS[part]}, {links[part]} links", fontsize="small")
    ax.update_datalim([(-1, -places.high), (places.x.max() + 1, places.high)])
    ax.margins(0)
    ax.autoscale_view()
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_axis_off()
    return ax


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the channels stand, one entry for each, and how far arcs may reach."""

    column: Ints
    x: Floats
    y: Floats
    is_upper: Flags
    half: float
    high: float

    def arc(self, source: int, target: int) -> Floats:
        """Return points on the way over the columns between two channels, or under them."""
        span = abs(self.column[target] - self.column[source]) / max(1, self.column.max())
        apex = self.half + (self.high - self.half) * span**0.75
        sign = 1 if self.is_upper[source] else -1
        ends = [(self.x[channel], self.y[channel]) for channel in (source, target)]
        return sampled(arc(ends[0], ends[1], sign * apex, lean=_LEAN))


def _placed(architecture: Architecture, graph: ChannelGraph, ax: Axes) -> _Places:
    """Put each channel into the column of its layer, so that the drawing fills the axes."""
    drawn = layout(architecture).places
    rank, lane = np.array([drawn[name] for name in graph.nodes]).T
    columns, column = np.unique(rank, return_inverse=True)
    widths = np.bincount(graph.node_of, minlength=len(rank))
    below = np.arange(graph.channels) - np.repeat(np.cumsum(widths) - widths, widths)
    middle = (widths[graph.node_of] - 1) / 2
    tallest = float(widths.max())
    y: Floats = lane[graph.node_of] * (tallest + 2) + middle - below
    half = float(np.abs(y).max()) + 0.5
    high = half + _RISE * tallest
    box = ax.get_window_extent()
    wanted = 2 * high * box.width / box.height / max(1, len(columns) - 0.5)
    pitch = float(np.clip(wanted, _TIGHTEST, max(_TIGHTEST, _WIDEST * tallest)))
    column = column[graph.node_of]
    x = pitch * column.astype(np.float64)
    return _Places(column, x, y, below <= middle, half, high)


def _draw_short(ax: Axes, places: _Places, graph: ChannelGraph) -> None:
    """Draw the links of the lattice as straight lines."""
    source, target = graph.adjacency.nonzero()
    at = np.stack([places.x, places.y], axis=1)
    ends = np.stack([at[source], at[target]], axis=1)
    look: dict[str, Any] = {"colors": "0.7", "linewidths": 0.4, "zorder": _SHORT}
    ax.add_collection(LineCollection(list(ends), label="short-range links", **look), autolim=False)


def _draw_long(ax: Axes, places: _Places, graph: ChannelGraph, style: Mapping[str, Any]) -> None:
    """Draw the long-range links as arcs, in the colour of the layer they start from."""
    source, target = graph.adjacency.nonzero()
    arcs = [places.arc(*ends) for ends in zip(source.tolist(), target.tolist(), strict=True)]
    colours = [colour(_ARCS[place % len(_ARCS)]) for place in places.column[source]]
    own = {"color": colours, "linewidth": 0.6, "alpha": 0.8, "zorder": _LONG}
    given = normalize_kwargs(dict(style), LineCollection)
    lines = LineCollection(arcs, **{**own, "label": "long-range links", **given})
    ax.add_collection(lines, autolim=False)


def _draw_channels(ax: Axes, places: _Places) -> None:
    """Draw the channels as dots."""
    dots = [Circle(place, _DOT / 2) for place in zip(places.x, places.y, strict=True)]
    look: dict[str, Any] = {"facecolors": colour("ink"), "linewidths": 0, "zorder": _CHANNELS}
    ax.add_collection(PatchCollection(dots, **look), autolim=False)


def _check_part(part: str) -> None:
    """Refuse a part that is not known."""
    if part not in PARTS:
        raise BudgetError(
            "A network is a lattice and a random part, so these and their sum can be drawn. "
            f"Received {part!r}. Choose one of {', '.join(PARTS)}."
        )


def _check_widths(graph: ChannelGraph) -> None:
    """Refuse more channels than a figure can show one by one."""
    widest = int(np.bincount(graph.node_of, minlength=1).max())
    if widest > MOST_DOTS or graph.channels > _MOST_CHANNELS:
        raise BudgetError(
            f"Channels are drawn one by one, which takes feature maps of at most {MOST_DOTS} and "
            f"at most {_MOST_CHANNELS} channels in all to be readable. Received {widest} in a "
            f"feature map and {graph.channels} in all. Draw a smaller network of the same kind, "
            "or this one with plot_architecture."
        )
