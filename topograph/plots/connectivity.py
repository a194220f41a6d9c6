"""A response over the plane of effective depth and width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from topograph.errors import ShapeError
from topograph.plots.palette import SEQUENTIAL, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from topograph.analyzers.group_means import GroupMeans

    Sides = tuple[tuple[float, float], tuple[float, float]]

__all__ = ["plot_connectivity"]

_SMALLEST, _LARGEST = 3.0, 11.0
"""Diameters in points of a group without spread and of the one that spreads most."""
_MARGIN = 0.25
"""Room around the outermost groups, in units of depth and width."""


def plot_connectivity(
    groups: GroupMeans,
    *,
    window: Sides | None = None,
    paths: int | None = None,
    label: str = "Mean",
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw the mean response of architectures of equal effective depth and width.

    Parameters
    ----------
    groups : GroupMeans
        From :func:`topograph.analyzers.group_means`, of two measures: depth and width.
    window : ((float, float), (float, float)), optional
        Smallest and largest depth, and width, that a filter keeps: a frame.
    paths : int, optional
        Most paths that an architecture can have. Where :math:`\bar m > P / \bar d` there is none,
        and the plane is shaded.
    label : str
        Name of the response, beside the colour scale.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the dots: arguments of :meth:`matplotlib.axes.Axes.scatter`, such as ``vmin``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ShapeError
        If the groups have not two measures.

    Notes
    -----
    A dot's colour is the mean of the group, dark for low, its diameter grows with the spread in it;
    small dots lie in front.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Fig. 5.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.analyzers import group_means
    >>> groups = group_means([[1, 2], [1, 2], [3, 0.5]], [90.0, 94.0, 80.0])
    >>> ax = plot_connectivity(groups, ax=Figure().add_subplot())
    >>> ax.collections[0].get_offsets().tolist()
    [[1.0, 2.0], [3.0, 0.5]]
    """
    if groups.measures.shape[1] != 2:
        raise ShapeError(
            "The plane has two axes, effective depth and width. "
            f"Received groups of {groups.measures.shape[1]} measures. "
            "Pass group_means(numpy.stack([depth, width], axis=-1), response)."
        )
    ax = current_axes(ax)
    depth, width = groups.measures.T
    ax.set(
        xlabel=r"Effective depth $\bar d$",
        ylabel=r"Effective width $\bar m$",
        xlim=(min(0.0, depth.min() - _MARGIN), depth.max() + _MARGIN),
        ylim=(min(0.0, width.min() - _MARGIN), width.max() + 2 * _MARGIN),
    )
    if paths is not None:
        _shade(ax, paths)
    if window is not None:
        (left, right), (low, high) = window
        frame: dict[str, Any] = {
            "facecolor": "none",
            "edgecolor": colour("crimson"),
            "linewidth": 1.0,
        }
        ax.add_patch(Rectangle((left, low), right - left, high - low, zorder=2, **frame))
    _draw(ax, groups, label, style)
    return ax


def _draw(ax: Axes, groups: GroupMeans, label: str, style: dict[str, Any]) -> None:
    """Draw the groups, those of large spread behind, with scales of colour and of size."""
    order = np.argsort(-groups.spread, kind="stable")
    depth, width = groups.measures[order].T
    top = float(groups.spread.max())
    own = {
        "c": groups.mean[order],
        "s": _diameter(groups.spread[order], top) ** 2,
        "cmap": SEQUENTIAL,
        "linewidths": 0.4,
        "edgecolors": colour("ink"),
        "clip_on": False,
        "zorder": 3,
    }
    points = ax.scatter(depth, width, **{**own, **style})
    bar = ax.figure.colorbar(points, ax=ax, label=label, pad=0.02, aspect=25)
    bar.outline.set_visible(False)
    if top > 0:
        _explain_sizes(ax, top)


def _explain_sizes(ax: Axes, top: float) -> None:
    """Show the dots of the largest spread and of none."""
    look: dict[str, Any] = {
        "linestyle": "none",
        "marker": "o",
        "color": "0.6",
        "markeredgewidth": 0,
    }
    marks = [
        Line2D([], [], markersize=float(_diameter(np.array(size), top)), **look)
        for size in (0.0, top)
    ]
    labels = ["spread 0", f"{top:.2g}"]
    place: dict[str, Any] = {
        "loc": "lower right",
        "bbox_to_anchor": (1.0, 1.0),
        "borderaxespad": 0.0,
    }
    ax.legend(marks, labels, ncols=2, columnspacing=0.8, handletextpad=0.2, **place)


def _diameter(spread: NDArray[np.float64], top: float) -> NDArray[np.float64]:
    """Return diameters of dots in points."""
    share = spread / top if top > 0 else np.zeros_like(spread)
    return _SMALLEST + (_LARGEST - _SMALLEST) * share


def _shade(ax: Axes, paths: int) -> None:
    """Shade where no architecture can be: deep and wide at once."""
    left, right = ax.get_xlim()
    high = ax.get_ylim()[1]
    depth = np.linspace(max(left, paths / (10 * high)), right, 200)
    edge = np.minimum(paths / depth, high)
    ax.fill_between(depth, edge, high, color=colour("blue"), alpha=0.12, linewidth=0, zorder=1)
