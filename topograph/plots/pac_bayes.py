"""Generalisation gaps against NN-Mass: what was published, and what is certified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import ticker

from topograph.errors import BudgetError, ShapeError
from topograph.plots.palette import LINES, MARKERS, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from topograph.analyzers.pac_bayes import PacBayes
    from topograph.analyzers.quantity import Quantity

__all__ = ["plot_pac_bayes"]


def plot_pac_bayes(results: Sequence[PacBayes], *, ax: Axes | None = None, **style: Any) -> Axes:
    r"""Draw the published gap between expected and training error, beside two that hold.

    Parameters
    ----------
    results : sequence of PacBayes
        From :func:`topograph.analyzers.pac_bayes`, one per architecture, of the same `samples`
        and `delta`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the line of the published gap: arguments of :meth:`matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on; the gaps on a logarithmic axis.

    Raises
    ------
    ShapeError
        If there is no result.
    BudgetError
        If results have different numbers of examples or different confidences.

    Notes
    -----
    What is no bound is dashed, and the legend says so. The gap of the prior is one line, since it
    does not depend on the architecture; that of a chosen wiring is one mark per architecture,
    since networks of one mass may have different codes. Where the published gap is undefined, as
    at mass 0, its line has a hole.

    Examples
    --------
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> towers = [tg.generators.dense_mlp(4, 8, candidates=t, rng=0) for t in (1, 2, 4)]
    >>> found = [tg.analyzers.pac_bayes(tower, samples=1000) for tower in towers]
    >>> ax = plot_pac_bayes(found, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.get_legend().get_texts()][-1]
    'published (not a bound)'
    """
    ordered = sorted(_alike(results), key=lambda result: result.mass)
    ax = current_axes(ax)
    mass = np.array([result.mass for result in ordered])
    own = {"linestyle": "none", "marker": MARKERS[0], "markersize": 3, "color": colour("blue")}
    _draw(ax, mass, [result.code_gap for result in ordered], "wiring chosen", **own)
    own = {"linestyle": "-", "linewidth": 2.4, "color": colour("teal")}
    _draw(ax, mass, [result.prior_gap for result in ordered], "nothing chosen", **own)
    own = {"linestyle": LINES[1], "color": colour("crimson"), **style}
    _draw(ax, mass, [result.paper_gap for result in ordered], "published", **own)
    ax.set(xlabel="NN-Mass $m$ (channels × layers)", ylabel="Expected $-$ training error")
    _scale_logarithmically(ax)
    ax.set_title(_conditions(ordered[0]), loc="left", fontsize="small", pad=5)
    ax.legend(loc="best")
    return ax


def _draw(
    ax: Axes, mass: NDArray[np.float64], gaps: Sequence[Quantity], name: str, **style: Any
) -> None:
    """Draw one kind of gap; the legend says whether it is a bound."""
    valid = all(gap.is_valid for gap in gaps)
    label = f"{name} ({'a bound' if valid else 'not a bound'})"
    ax.plot(mass, [gap.value for gap in gaps], **{"label": label, **style})


def _scale_logarithmically(ax: Axes) -> None:
    """Make the gaps' axis logarithmic, with plain numbers to read."""
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(ticker.NullFormatter())


def _alike(results: Sequence[PacBayes]) -> Sequence[PacBayes]:
    """Return results that can share axes, or refuse them."""
    if not results:
        raise ShapeError(
            "A figure of bounds has one point per architecture. Received no result. "
            "Pass a list of results of pac_bayes."
        )
    conditions = {(result.samples, result.delta) for result in results}
    if len(conditions) > 1:
        raise BudgetError(
            "Gaps are compared for one number of examples and one confidence, which they depend on "
            f"most. Received (samples, delta) of {sorted(conditions)[:3]}. Draw several panels."
        )
    return results


def _conditions(result: PacBayes) -> str:
    """Say for how many examples and how surely the gaps hold."""
    return f"$N = {result.samples}$,  $\\delta = {result.delta:g}$"
