"""A cascade neuron by neuron: layers as columns of dots, every link as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection

from topograph.errors import BudgetError
from topograph.graph.cascade import cascade_wirings
from topograph.plots.palette import colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from topograph.graph.architecture import Architecture
    from topograph.graph.wiring import Sparse

__all__ = ["plot_cascade"]

_WIDEST = 64
"""Neurons of a layer that can still be told apart."""

_LINKS: dict[bool, dict[str, Any]] = {
    False: {"colors": colour("ink"), "linewidths": 0.7, "linestyles": "solid", "zorder": 2},
    True: {"colors": colour("orange"), "linewidths": 0.7, "linestyles": (0, (2, 1.5)), "zorder": 1},
}
"""How trained and constant links look."""


def plot_cascade(cascade: Architecture, *, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw each neuron of a cascade as a dot and each link as a line, inputs on the left.

    Links that train are dark, those of constant weight are dashed and orange.

    Parameters
    ----------
    cascade : Architecture
        One input and a chain of linear layers, from :mod:`topograph.generators.cascades`, of at
        most 64 neurons each.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the links that train: arguments of :class:`matplotlib.collections.LineCollection`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on, without frame; neuron 0 is on top, layer l stands at x = l.

    Raises
    ------
    ArchitectureError
        If the architecture is no cascade.
    BudgetError
        If a layer has more than 64 neurons.

    See Also
    --------
    topograph.plots.plot_architecture : any architecture, in layers.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.generators.cascades import butterfly
    >>> ax = plot_cascade(butterfly(4, 2, skip=True), ax=Figure().add_subplot())
    >>> [len(links.get_segments()) for links in ax.collections[:2]]  # trained, constant
    [8, 8]
    """
    wirings = cascade_wirings(cascade)
    widths = [wirings[0].sources, *(wiring.targets for wiring in wirings)]
    if max(widths) > _WIDEST:
        raise BudgetError(
            f"Neurons are drawn one by one, which can be seen for up to {_WIDEST} in a layer. "
            f"Received a layer of {max(widths)}. Draw a smaller cascade of the same kind, or use "
            "plot_architecture."
        )
    ax = current_axes(ax)
    heights = [_heights(width, max(widths)) for width in widths]
    segments = [_segments(place, wiring, heights) for place, wiring in enumerate(wirings)]
    lines = np.concatenate(segments)
    fixed = np.concatenate([_constant(wiring) for wiring in wirings])
    for is_constant, marks in _LINKS.items():
        own = marks if is_constant else {**marks, **style}
        ax.add_collection(LineCollection(list(lines[fixed == is_constant]), **own))
    columns = np.repeat(np.arange(len(widths)), widths)
    size = float(np.clip(300 / max(widths), 4, 30))
    ax.scatter(columns, np.concatenate(heights), s=size, color=colour("blue"), zorder=3)
    ax.set_axis_off()
    return ax


def _heights(width: int, widest: int) -> NDArray[np.float64]:
    """Heights of the neurons of a layer, evenly over at most the height of the widest."""
    step = 1.0 if width == 1 else min(2.0, (widest - 1) / (width - 1))
    return np.asarray(step * ((width - 1) / 2 - np.arange(width)), dtype=np.float64)


def _segments(
    place: int, wiring: Sparse, heights: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Ends of the links of a layer, shape (links, 2, 2)."""
    starts = np.full(wiring.links, float(place)), heights[place][wiring.indices]
    stops = np.full(wiring.links, place + 1.0), heights[place + 1][wiring.rows()]
    return np.stack([np.stack(starts, axis=1), np.stack(stops, axis=1)], axis=1)


def _constant(wiring: Sparse) -> NDArray[np.bool_]:
    """Tell which links do not train."""
    return np.zeros(wiring.links, dtype=bool) if wiring.constant is None else wiring.constant
