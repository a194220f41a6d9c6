"""A measure against what it should tell: points, line, confidence band and R squared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import ticker

from topograph.errors import BudgetError, ShapeError
from topograph.plots.palette import MARKERS, PALETTE, SEQUENTIAL, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from numpy.typing import ArrayLike, NDArray

    from topograph.analyzers.relation import Relation

__all__ = ["plot_relation"]

_FEW = len(PALETTE)


def plot_relation(
    relation: Relation,
    *,
    ax: Axes | None = None,
    colour_by: ArrayLike | None = None,
    x_label: str = "",
    y_label: str = "",
    colour_label: str = "",
    **style: Any,
) -> Axes:
    r"""Draw the points of a relation, its line with the confidence band, and :math:`R^2`.

    Parameters
    ----------
    relation : Relation
        From :func:`topograph.analyzers.relation`; the x axis is logarithmic where the line
        was fitted in the logarithm.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    colour_by : array_like of shape (points,), optional
        A value for each point as given to ``relation``, those it left out included. Up to
        six different values become groups, each with its own colour and marker; more, if
        they are numbers, become a colour scale.
    x_label, y_label, colour_label : str
        Names of the quantities with symbol and unit.
    **style
        For the points: arguments of :meth:`matplotlib.axes.Axes.scatter`, such as ``s``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ShapeError
        If `colour_by` has not one value for each point.
    BudgetError
        If `colour_by` names more than six groups.

    Notes
    -----
    Nothing is computed here but the places of the line. Points that have no logarithm are not
    drawn; their number stands beside :math:`R^2`, which is the left title of the axes.

    Examples
    --------
    >>> from topograph.analyzers import relation
    >>> ax = plot_relation(relation([1, 2, 4, 8], [0, 1, 2, 4]), x_label="NN-Mass $m$")
    >>> ax.get_xscale(), len(ax.collections)  # the points and the band
    ('log', 2)
    """
    ax = current_axes(ax)
    ax.set(xlabel=x_label, ylabel=y_label)
    _draw_line(ax, relation)
    style = {"s": 16, "linewidths": 0.4, "edgecolors": colour("ink"), "zorder": 3, **style}
    if colour_by is None:
        ax.scatter(relation.x, relation.y, **{"color": colour("blue"), **style})
    else:
        _draw_coloured(
            ax, relation, values=_checked(relation, colour_by), label=colour_label, **style
        )
    if relation.log:
        _scale_logarithmically(ax, float(relation.x.max() / relation.x.min()))
    _write_numbers(ax, relation)
    return ax


def _draw_line(ax: Axes, relation: Relation) -> None:
    """Draw the line and its band from the first to the last point."""
    space = np.geomspace if relation.log else np.linspace
    x = space(relation.x.min(), relation.x.max(), 200)
    low, high = relation.band(x)
    ax.fill_between(x, low, high, color=colour("ink"), alpha=0.14, linewidth=0, zorder=1)
    ax.plot(x, relation.predict(x), color=colour("ink"), linestyle="-", zorder=2)


def _checked(relation: Relation, colour_by: ArrayLike) -> NDArray[Any]:
    """Return the colour values, one for each point as given, or refuse them."""
    values = np.asarray(colour_by)
    if values.shape != (relation.n + relation.dropped,):
        raise ShapeError(
            "colour_by has one value for each point as given to relation, since it colours them. "
            f"Received shape {values.shape} for {relation.n + relation.dropped} points. "
            "Pass the column of the table that x came from."
        )
    return values


def _draw_coloured(
    ax: Axes, relation: Relation, *, values: NDArray[Any], label: str, **style: Any
) -> None:
    """Draw the points as few groups with a legend, or along a colour scale.

    Dropped points count here, so that a value has one colour in all panels of a figure.
    """
    groups, drawn = np.unique(values), values[relation.index]
    if groups.size <= _FEW:
        for place, group in enumerate(groups):
            if group in drawn:
                _draw_group(ax, relation, of=drawn == group, place=place, label=f"{group}", **style)
        ax.legend(title=label or None, loc="best", alignment="left", handlelength=1.0)
        return
    if not np.issubdtype(values.dtype, np.number):
        raise BudgetError(
            f"Groups of points are told apart by at most {_FEW} colours and markers. "
            f"Received {groups.size} groups in colour_by. Merge groups, or draw several panels."
        )
    scale = {"cmap": SEQUENTIAL, "vmin": groups[0], "vmax": groups[-1]}
    _add_scale(ax, ax.scatter(relation.x, relation.y, c=drawn, **{**scale, **style}), label)


def _draw_group(
    ax: Axes, relation: Relation, *, of: NDArray[np.bool_], place: int, label: str, **style: Any
) -> None:
    """Draw one group of points in its colour and with its marker."""
    own = {"color": colour(place), "marker": MARKERS[place], "label": label}
    ax.scatter(relation.x[of], relation.y[of], **{**own, **style})


def _add_scale(ax: Axes, points: PathCollection, label: str) -> None:
    """Put a colour scale beside the axes."""
    bar = ax.figure.colorbar(points, ax=ax, label=label, pad=0.02, aspect=25)
    bar.outline.set_visible(False)


def _scale_logarithmically(ax: Axes, ratio: float) -> None:
    """Make the x axis logarithmic, with round numbers to read however short it is."""
    ax.set_xscale("log")
    axis = ax.xaxis
    axis.set_major_formatter(ticker.FuncFormatter(_short))
    axis.set_minor_formatter(ticker.NullFormatter())
    if ratio < 8:
        axis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axis.set_minor_locator(ticker.NullLocator())
    else:
        axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5) if ratio < 500 else (1,)))
        axis.set_minor_locator(ticker.LogLocator(subs=range(2, 10)))


def _short(value: float, _position: int | None = None) -> str:
    """Write a tick's number with k, M and G for thousands, millions and billions."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:g}{letter}"
    return f"{value:g}"


def _write_numbers(ax: Axes, relation: Relation) -> None:
    """Write R squared and the number of points above the axes, where they cover no point."""
    digits = 2 if relation.r_squared < 0.995 else 4
    text = f"$R^2 = {relation.r_squared:.{digits}f}$,  $n = {relation.n}$"
    if relation.dropped:
        text += f"  ({relation.dropped} at $x \\leq 0$ left out)"
    ax.set_title(text, loc="left", fontsize="small", pad=5)
