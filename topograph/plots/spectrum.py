"""Eigenvalues of kernels, from the largest to the smallest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.arrays import to_host
from topograph.errors import ShapeError
from topograph.plots.palette import LINES, MARKERS, PALETTE, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from topograph.analyzers.kernels.kernel import Kernel

__all__ = ["plot_spectrum"]


def plot_spectrum(
    kernels: Mapping[str, Kernel],
    *,
    normalised: bool = False,
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw the eigenvalues of kernels in descending order, with a mark at the smallest.

    Parameters
    ----------
    kernels : mapping of str to Kernel
        From :func:`topograph.analyzers.nngp` or :func:`topograph.analyzers.ntk`, by the name of the
        network; at most six.
    normalised : bool
        Divide by the mean of the diagonal, so that eigenvalues add up to the number of inputs.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the lines: arguments of :meth:`matplotlib.axes.Axes.plot`, such as ``linewidth``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on, the eigenvalues on a logarithmic scale.

    Raises
    ------
    ShapeError
        If there is no kernel, or more than six.

    Notes
    -----
    Eigenvalues that are 0 up to rounding have no place on a logarithmic axis; they leave a hole.

    Examples
    --------
    >>> import numpy as np
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> kernel = tg.analyzers.nngp(tg.generators.dag([(0, 1, "linear")]), np.eye(2))
    >>> ax = plot_spectrum({"one layer": kernel}, ax=Figure().add_subplot())
    >>> ax.lines[0].get_ydata().round(4).tolist()  # 1 + 1 / pi and 1 - 1 / pi
    [1.3183, 0.6817]
    """
    if not 1 <= len(kernels) <= len(PALETTE):
        raise ShapeError(
            f"Kernels are told apart by at most {len(PALETTE)} colours and lines. "
            f"Received {len(kernels)} kernels. Draw several panels."
        )
    ax = current_axes(ax)
    for place, (name, kernel) in enumerate(kernels.items()):
        values = np.asarray(to_host(kernel.spectrum))[::-1]
        floor = len(values) * np.finfo(float).eps * abs(values[0])
        unit = np.mean(to_host(kernel.diagonal)) if normalised else 1.0
        shown = np.where(values > floor, values, np.nan) / (unit or np.nan)
        own = {
            "color": colour(place),
            "linestyle": LINES[place],
            "marker": MARKERS[place],
            "markevery": [-1],
            "label": name,
        }
        ax.plot(np.arange(1, len(values) + 1), shown, **{**own, **style})
    ax.set(xlabel="Rank", yscale="log")
    ax.set_ylabel("Eigenvalue over mean diagonal" if normalised else r"Eigenvalue $\lambda$")
    ax.legend(loc="best")
    return ax
