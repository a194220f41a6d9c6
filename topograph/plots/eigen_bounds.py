"""Smallest eigenvalues of the kernels of two inputs against their correlation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.arrays import to_host
from topograph.errors import ShapeError
from topograph.plots.palette import LINES, PALETTE, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from topograph.analyzers.kernels.bounds import EigenBound

__all__ = ["plot_eigen_bounds"]


def plot_eigen_bounds(
    bounds: Mapping[str, EigenBound],
    *,
    normalised: bool = False,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw bounds of smallest eigenvalues against the correlation of two inputs.

    Parameters
    ----------
    bounds : mapping of str to EigenBound
        From :func:`topograph.analyzers.eigen_bound`, by the name of the network; at most six.
    normalised : bool
        Draw the bound over half the trace of the 2 x 2 kernel, so that networks of many paths
        are not ahead by their scale alone.
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
        If there is no network, or more than six.

    Notes
    -----
    A path sum is an estimate: where it differs from the eigenvalue, this is drawn beside it as a
    thin grey line. Correlations are joined in ascending order.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Section 3.3 (Eqs. (7), (9), (11)).

    Examples
    --------
    >>> import numpy as np
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> layer = tg.generators.dag([(0, 1, "linear")])
    >>> bound = tg.analyzers.eigen_bound(layer, np.array([1.0, 0.0]))
    >>> ax = plot_eigen_bounds({"one layer": bound}, ax=Figure().add_subplot())
    >>> ax.lines[0].get_ydata().round(4).tolist()  # 1 - 1 / pi, and 0 for equal inputs
    [0.6817, 0.0]
    """
    _check(bounds)
    ax = current_axes(ax)
    for place, (name, bound) in enumerate(bounds.items()):
        look = {"color": colour(place), "linestyle": LINES[place], "label": name}
        _draw(ax, bound, normalised=normalised, style={**look, **style})
    values = r"\lambda_{min} / a" if normalised else r"\lambda_{min}"
    ax.set(xlabel="Correlation of two inputs $c$", ylabel=f"Bound of ${values}$")
    ax.set_ylim(bottom=0)
    ax.locator_params(axis="x", nbins=5)
    ax.legend(loc="best")
    return ax


def _draw(ax: Axes, bound: EigenBound, *, normalised: bool, style: dict[str, Any]) -> None:
    """Draw the bound of one network, and the eigenvalue where it differs."""
    parts = (bound.correlation, bound.bound, bound.true, bound.diagonal)
    x, low, true, scale = (np.ravel(np.asarray(to_host(part))) for part in parts)
    unit = np.where(scale > 0, scale, np.nan) if normalised else np.ones_like(scale)
    order = np.argsort(x)
    ax.plot(x[order], (low / unit)[order], **style)
    if not np.allclose(low, true, rtol=1e-9, atol=1e-12):
        thin: dict[str, Any] = {
            "color": "0.5",
            "linewidth": 0.6,
            "linestyle": "-",
            "label": "_eigenvalue",
        }
        ax.plot(x[order], (true / unit)[order], **thin)


def _check(bounds: Mapping[str, EigenBound]) -> None:
    """Refuse what cannot be told apart."""
    if not 1 <= len(bounds) <= len(PALETTE):
        raise ShapeError(
            f"Networks are told apart by at most {len(PALETTE)} colours and lines. "
            f"Received {len(bounds)} networks. Draw several panels."
        )
