"""Clustering and path length of a network beside those of its null models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.plots.palette import MARKERS, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from topograph.analyzers.small_world import SmallWorld

    Floats = NDArray[np.float64]

__all__ = ["plot_small_world"]

NAMES = {
    "nearest": "layered lattice",
    "sources": "layers, shared sources",
    "links": "layers, free sources",
    "degrees": "same degrees",
    "erdos_renyi": "random graph",
}
"""What a null model is called in a figure."""

_APART = 0.13
"""Half the distance between the two marks of a null model, in rows."""


def plot_small_world(result: SmallWorld, *, ax: Axes | None = None, **style: Any) -> Axes:
    r"""Draw clustering and path length of null models, relative to those of the network.

    One row for each null model, and one for the layered lattice. The network itself is the line
    at 1: a null model that is clustered less stands to the left of it with its dot, one that has
    shorter ways with its square.

    Parameters
    ----------
    result : SmallWorld
        From :func:`topograph.analyzers.small_world`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the marks: arguments of :meth:`matplotlib.axes.Axes.errorbar`, such as ``markersize``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Notes
    -----
    Nothing is computed but ratios. Bars are one standard deviation over the networks drawn, often
    narrower than the mark. The labels give :math:`\sigma` and :math:`\omega`: a small world has
    :math:`\sigma > 1` and :math:`\omega` near 0. Where the network has no triangles, its
    clustering is 0 and nothing is relative to it: the dots are left out.

    Examples
    --------
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> tower = tg.generators.dense_mlp(4, 8, candidates=4, rng=0)
    >>> found = tg.analyzers.small_world(tower, nulls="links", samples=4, rng=0)
    >>> ax = plot_small_world(found, ax=Figure().add_subplot())
    >>> [label.get_text().split("\n")[0] for label in ax.get_yticklabels()]
    ['layered lattice', 'layers, free sources']
    """
    ax = current_axes(ax)
    clustering = _relative(
        result.clustering,
        result.lattice_clustering,
        result.null_clustering,
        result.null_clustering_std,
    )
    length = _relative(
        result.path_length,
        result.lattice_path_length,
        result.null_path_length,
        result.null_path_length_std,
    )
    rows = np.arange(1.0 + len(result.null))
    own: dict[str, Any] = {"linestyle": "none", "markersize": 4, "elinewidth": 0.9, "zorder": 3}
    for shift, (ratio, spread), look in (
        (-_APART, clustering, _look("crimson", 0, f"clustering, {result.clustering:.3g}")),
        (_APART, length, _look("blue", 1, f"path length, {result.path_length:.3g} links")),
    ):
        ax.errorbar(ratio, rows + shift, xerr=spread, **{**own, **look, **style})
    ax.axvline(1, color=colour("ink"), linewidth=0.8, zorder=1)
    _label(ax, result)
    return ax


def _relative(own: float, lattice: float, mean: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Divide by the network's own value; NaN where that is 0."""
    unit = own or np.nan
    return np.array([lattice, *mean]) / unit, np.array([np.nan, *spread]) / unit


def _look(name: str, place: int, label: str) -> dict[str, str]:
    """Return the look of the marks of one measure."""
    return {"color": colour(name), "marker": MARKERS[place], "label": label}


def _label(ax: Axes, result: SmallWorld) -> None:
    """Name the rows and the axis, with room for the legend above."""
    labels = [NAMES["nearest"]]
    for name, sigma, omega in zip(result.null, result.sigma, result.omega, strict=True):
        labels.append(f"{NAMES[name]}\n$\\sigma = {_short(sigma)}$, $\\omega = {_short(omega)}$")
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("Relative to this network")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.2)


def _short(value: float) -> str:
    """Write a number with two decimals; a dash where there is none."""
    return "-" if np.isnan(value) else f"{value:.2f}"
