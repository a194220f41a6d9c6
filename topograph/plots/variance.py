"""Variances by depth: predicted lines and measured points, forwards and backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib import ticker

from topograph.errors import ShapeError
from topograph.plots.palette import LINES, MARKERS, PALETTE, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from topograph.analyzers.cascades.variance import VariancePropagation

__all__ = ["plot_variance"]

_DIRECTIONS = ("forward", "backward")


def plot_variance(
    results: VariancePropagation | Mapping[str, VariancePropagation],
    *,
    measured: VariancePropagation | Mapping[str, VariancePropagation] | None = None,
    directions: tuple[str, ...] = _DIRECTIONS,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw the variance behind each layer, on a logarithmic axis.

    Parameters
    ----------
    results : VariancePropagation, or mapping of str to VariancePropagation
        Predicted, from :func:`topograph.analyzers.variance_propagation`: lines. Names, at most
        six, tell colours apart.
    measured : VariancePropagation, or mapping of str to VariancePropagation, optional
        From :func:`topograph.exporter.measured_variance`: points, under names of `results`.
    directions : tuple of {"forward", "backward"}
        Activities, gradients or both. Gradients are dashed, their points hollow.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the lines: arguments of :meth:`matplotlib.axes.Axes.plot`, such as ``linewidth``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ShapeError
        If there is no result, there are more than six, a measured one has no prediction, or a
        direction is unknown.

    Notes
    -----
    Where a variance is 0, as below the smallest number of float32, there is no point.

    Examples
    --------
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> network = tg.generators.cascades.butterfly(8, 3)
    >>> laws = ("sparse_xavier", "dense_xavier")
    >>> found = {law: tg.analyzers.variance_propagation(network, init=law) for law in laws}
    >>> ax = plot_variance(found, ax=Figure().add_subplot())
    >>> len(ax.lines), ax.get_yscale()
    (4, 'log')
    """
    predicted = _named(results)
    points = _named(measured)
    _check(predicted, points, directions)
    ax = current_axes(ax)
    for place, (name, result) in enumerate(predicted.items()):
        for way in directions:
            label = ", ".join(part for part in (name, way) if part)
            line = {"color": colour(place), "linestyle": LINES[way == "backward"], "label": label}
            ax.plot(result.layer, getattr(result, way), **{**line, **style})
            if name in points:
                marks: dict[str, Any] = {
                    "color": colour(place),
                    "marker": MARKERS[place],
                    "markerfacecolor": "white" if way == "backward" else colour(place),
                }
                values = getattr(points[name], way)
                ax.plot(points[name].layer, values, linestyle="none", markersize=3.5, **marks)
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    ax.set(xlabel="Layer", ylabel="Mean square")
    ax.legend()
    return ax


def _named(
    results: VariancePropagation | Mapping[str, VariancePropagation] | None,
) -> Mapping[str, VariancePropagation]:
    """Return results by name; a single one has none."""
    if results is None:
        return {}
    return results if isinstance(results, Mapping) else {"": results}


def _check(
    predicted: Mapping[str, VariancePropagation],
    points: Mapping[str, VariancePropagation],
    directions: tuple[str, ...],
) -> None:
    """Refuse what makes no lines."""
    if not 1 <= len(predicted) <= len(PALETTE):
        raise ShapeError(
            f"Results are told apart by {len(PALETTE)} colours. Received {len(predicted)} results. "
            "Leave some out, or draw several panels."
        )
    if strangers := sorted(set(points) - set(predicted)):
        raise ShapeError(
            "Measured points take the colour of their prediction. "
            f"Received points of {', '.join(map(repr, strangers))} beside predictions of "
            f"{', '.join(map(repr, predicted))}. Give both the same names."
        )
    if not directions or not set(directions) <= set(_DIRECTIONS):
        raise ShapeError(
            "Variances go forward with activities and backward with gradients. "
            f"Received the directions {directions!r:.80}. Choose from {', '.join(_DIRECTIONS)}."
        )
