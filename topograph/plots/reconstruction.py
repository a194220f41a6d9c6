"""Errors of reconstruction against trained weights, by topology."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from topograph.errors import ShapeError
from topograph.plots.palette import LINES, MARKERS, PALETTE, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_reconstruction"]


class Reconstruction(Protocol):
    """What is drawn of a result of `topograph.search`, a room that is not imported here."""

    @property
    def mean(self) -> float:
        """Mean error."""

    @property
    def std(self) -> float:
        """Standard deviation of errors."""


COUNTS = {"trainable": "Trained weights", "links": "Connections"}


def plot_reconstruction(
    results: Mapping[str, Sequence[Reconstruction]],
    *,
    against: str = "trainable",
    ax: Axes | None = None,
    **style: Any,
) -> Axes:
    r"""Draw the error of reconstruction against the number of weights, a line per topology.

    Parameters
    ----------
    results : mapping of str to sequence of Reconstruction
        From :func:`topograph.search.reconstruct`, by topology; at most six, each with cascades of
        several sizes.
    against : {"trainable", "links"}
        Count the trained weights, or all connections.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the lines: arguments of :meth:`matplotlib.axes.Axes.errorbar`, such as ``linewidth``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on, with a logarithmic axis of errors.

    Raises
    ------
    ShapeError
        If there is no result, there are more than six topologies, or `against` is unknown.

    Notes
    -----
    Points are means over targets and seeds, bars one standard deviation of them to each side.

    References
    ----------
    .. [1] M. Isakov and M. A. Kinsy, "NeuroFabric: Identifying ideal topologies for training a
           priori sparse networks", 2020, Figs. 3 and 4.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from topograph.generators.cascades import low_rank
    >>> from topograph.search import random_targets, reconstruct
    >>> targets = random_targets(2, (4, 4), rng=0)
    >>> found = [
    ...     reconstruct(low_rank(4, r), targets, steps=20, progress=False, rng=0) for r in (1, 2)
    ... ]
    >>> ax = plot_reconstruction({"low rank": found}, ax=Figure().add_subplot())
    >>> ax.lines[0].get_xdata().tolist()
    [8, 16]
    """
    _check(results, against)
    ax = current_axes(ax)
    for place, (name, found) in enumerate(results.items()):
        ordered = sorted(found, key=lambda result: getattr(result, against))
        mean = np.array([result.mean for result in ordered])
        spread = np.array([result.std for result in ordered])
        own = {"color": colour(place), "linestyle": LINES[place], "marker": MARKERS[place]}
        ax.errorbar(
            [getattr(result, against) for result in ordered],
            mean,
            # A bar that reached 0 would leave a logarithmic axis.
            yerr=[np.minimum(spread, 0.9 * mean), spread],
            **{**own, "markersize": 3.5, "elinewidth": 0.6, "label": name, **style},
        )
    ax.set_yscale("log")
    ax.set(xlabel=COUNTS[against], ylabel=r"Error $\|W - S_L \cdots S_1\|^2 / \|W\|^2$")
    ax.legend()
    return ax


def _check(results: Mapping[str, Sequence[Reconstruction]], against: str) -> None:
    """Refuse what makes no lines."""
    if against not in COUNTS:
        raise ShapeError(
            f"Errors stand against one of {', '.join(COUNTS)}, which both count weights. "
            f"Received {against!r:.80}. Choose one of these."
        )
    if not 1 <= len(results) <= len(PALETTE) or not all(map(len, results.values())):
        raise ShapeError(
            f"Topologies are told apart by {len(PALETTE)} colours, and each has a line. "
            f"Received {len(results)} topologies with {[len(r) for r in results.values()]} "
            "cascades. Leave some out, or draw several panels."
        )
