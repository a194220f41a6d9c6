"""Controllability matrices side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from topograph.errors import ShapeError
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from topograph.analyzers.cascades.controllability import Controllability

__all__ = ["plot_controllability"]

_GAP = 0.12
"""Room between two matrices, in widths of the widest."""


def plot_controllability(
    results: Controllability | Mapping[str, Controllability],
    *,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw controllability matrices side by side, in one scale of colours.

    Parameters
    ----------
    results : Controllability, or mapping of str to Controllability
        From :func:`topograph.analyzers.controllability`; the names stand above the matrices.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the images: arguments of :meth:`matplotlib.axes.Axes.imshow`, such as ``vmax``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on; its images share one scale, from 0 unless ``vmin`` is given.

    Raises
    ------
    ShapeError
        If there is no result.

    Notes
    -----
    Below each matrix stand the mean and the standard deviation of its entries.

    References
    ----------
    .. [1] M. Isakov and M. A. Kinsy, "NeuroFabric: Identifying ideal topologies for training a
           priori sparse networks", 2020, Fig. 5.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.analyzers import controllability
    >>> from topograph.generators.cascades import butterfly, hypercube
    >>> cascades = {"butterfly": butterfly(8, 6), "hypercube": hypercube(8, 4)}
    >>> found = {name: controllability(cascade) for name, cascade in cascades.items()}
    >>> ax = plot_controllability(found, ax=Figure().add_subplot())
    >>> len(ax.images)
    2
    """
    named = results if isinstance(results, Mapping) else {"": results}
    if not named:
        raise ShapeError(
            "Matrices stand side by side, so there is at least one. Received none. "
            "Give a result of `controllability`, or a dictionary of them."
        )
    ax = current_axes(ax)
    largest = max(result.maximum for result in named.values())
    widest = max(max(result.K.shape) for result in named.values())
    own = {"vmin": 0.0, "vmax": largest, "interpolation": "nearest", "origin": "upper"}
    left, middle = 0.0, widest / 2
    for name, result in named.items():
        rows, columns = result.K.shape
        extent = (left, left + columns, middle + rows / 2, middle - rows / 2)
        ax.imshow(result.K, extent=extent, **{**own, **style})
        centre = left + columns / 2
        ax.text(centre, -0.03 * widest, name, ha="center", va="bottom")
        caption = f"{result.mean:.4f} ± {result.std:.4f}"
        ax.text(centre, 1.03 * widest, caption, ha="center", va="top", fontsize="small")
        left += columns + _GAP * widest
    ax.set_xlim(0, left - _GAP * widest)
    ax.set_ylim(widest, 0)
    ax.set_aspect("equal")
    ax.set(xticks=[], yticks=[], ylabel="Input $i$")
    ax.set_xlabel("Output $k$", labelpad=14)
    for spine in ax.spines.values():
        spine.set_visible(False)
    bar = ax.figure.colorbar(ax.images[-1], ax=ax, shrink=0.8, pad=0.02)
    bar.set_label("Control $K_{ik}$ (ratios)")
    return ax
