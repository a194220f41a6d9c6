"""Singular values of layers against NN-Mass and against the size of the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.errors import ShapeError
from topograph.plots.palette import LINES, MARKERS, PALETTE, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from topograph.analyzers.isometry_bounds import IsometryBounds
    from topograph.analyzers.simulated_spectra import SimulatedSpectra

__all__ = ["plot_singular_values", "plot_squared_singular_values"]

_HEADROOM = 1.25
"""Height of the axes over the highest bound, so that the legend has a place."""
_HOLLOW = {"linestyle": "none", "markerfacecolor": "none", "markeredgewidth": 0.9}
"""Points of one height coincide, so they are rings of growing size."""


def plot_singular_values(
    bounds: IsometryBounds,
    simulated: ArrayLike | None = None,
    *,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw the mean singular value against NN-Mass, within its printed and its tight bounds.

    Parameters
    ----------
    bounds : IsometryBounds
        From :func:`topograph.analyzers.isometry_bounds`, for at least two masses.
    simulated : array_like of shape (masses,), optional
        Mean singular values that were drawn or measured, one for each mass of `bounds`; NaN is
        left out.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the points: arguments of :meth:`matplotlib.axes.Axes.plot`, such as ``markersize``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ShapeError
        If there are fewer than two masses, or `simulated` has another shape.

    Notes
    -----
    Nothing is computed here. Masses are joined by lines in ascending order.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Fig. 1(b).

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.analyzers import isometry_bounds
    >>> bounds = isometry_bounds(16, [0, 20, 40])
    >>> ax = plot_singular_values(bounds, ax=Figure().add_subplot())
    >>> ax.lines[0].get_ydata().round(4).tolist()
    [3.3648, 4.6434, 5.6238]
    """
    values = None if simulated is None else np.asarray(simulated, dtype=float)
    _check(bounds, values)
    ax = current_axes(ax)
    order = np.argsort(bounds.mass)
    mass = bounds.mass[order]
    bands = (
        ("printed bounds", bounds.printed_lower, bounds.printed_upper, "0.93"),
        ("tight bounds", bounds.lower, bounds.upper, "0.8"),
    )
    for label, low, high, shade in bands:
        ax.fill_between(
            mass, low[order], high[order], color=shade, linewidth=0, label=label, zorder=1
        )
    ax.plot(mass, bounds.exact[order], color=colour("ink"), linestyle="-", label="exact", zorder=3)
    ax.plot(
        mass,
        bounds.asymptotic[order],
        color=colour("orange"),
        linestyle=LINES[1],
        linewidth=0.8,
        label="limit of large matrices",
        zorder=4,
    )
    if values is not None:
        own = {"color": colour("blue"), "marker": "o", "linestyle": "none", "label": "simulated"}
        ax.plot(
            mass, values[order], **{**own, "markersize": 3, "clip_on": False, "zorder": 5, **style}
        )
    ax.set(xlabel="NN-Mass $m$ (channels x layers)", ylabel=r"Mean singular value $E[\sigma]$")
    ax.set_xlim(mass[0], mass[-1])
    ax.set_ylim(0, _HEADROOM * float(bounds.printed_upper.max()))
    ax.legend(loc="upper left", ncols=2).set_in_layout(False)
    return ax


def plot_squared_singular_values(
    spectra: SimulatedSpectra, *, ax: Axes | None = None, **style: Any
) -> Axes:
    r"""Draw mean squared singular values of drawn matrices against their height, over :math:`qH`.

    Parameters
    ----------
    spectra : SimulatedSpectra
        From :func:`topograph.analyzers.simulate_spectra`. The height H of a matrix is its larger
        side, its width W the smaller one; there are at most six widths.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the points: arguments of :meth:`matplotlib.axes.Axes.errorbar`, such as ``markersize``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ShapeError
        If there are more than six widths.

    Notes
    -----
    The bars are four standard errors to each side; they are often smaller than the points.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Fig. 8.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.analyzers import simulate_spectra
    >>> spectra = simulate_spectra([20, 30, 40], [20, 10, 10], rng=0)
    >>> ax = plot_squared_singular_values(spectra, ax=Figure().add_subplot())
    >>> ax.lines[0].get_ydata().tolist()  # from the least H to the largest
    [20.0, 40.0]
    """
    heights = np.maximum(spectra.rows, spectra.columns)
    widths = np.minimum(spectra.rows, spectra.columns)
    groups = np.unique(widths)
    if groups.size > len(PALETTE):
        raise ShapeError(
            f"Widths are told apart by at most {len(PALETTE)} colours and markers. "
            f"Received {groups.size} widths. Draw several panels."
        )
    ax = current_axes(ax)
    ends = np.array([heights.min(), heights.max()])
    label = "$E[\\sigma^2] = qH$, exact"
    ax.plot(ends, spectra.variance * ends, color=colour("ink"), linestyle="-", label=label)
    for place, width in enumerate(groups):
        of = widths == width
        own = {"color": colour(place), "marker": MARKERS[place], "label": f"$W = {width}$"}
        ax.errorbar(
            heights[of],
            spectra.squared[of],
            yerr=4 * spectra.squared_error[of],
            **{**_HOLLOW, "markersize": 3 + 0.9 * place, **own, **style},
        )
    ax.set(xlabel="Larger side $H$", ylabel=r"Mean square $E[\sigma^2]$")
    ax.legend(loc="upper left")
    return ax


def _check(bounds: IsometryBounds, values: Any) -> None:
    """Refuse what makes no curve."""
    if bounds.mass.ndim != 1 or bounds.mass.size < 2:
        raise ShapeError(
            "A curve against NN-Mass needs at least two masses, in one axis. "
            f"Received masses of shape {bounds.mass.shape}. Give isometry_bounds a list of them."
        )
    if values is not None and values.shape != bounds.mass.shape:
        raise ShapeError(
            "There is one simulated value for each mass of the bounds, since it stands above it. "
            f"Received shape {values.shape} for {bounds.mass.size} masses. "
            "Pass NaN where there is none."
        )
