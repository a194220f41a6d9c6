"""A small graph of cut, skipped and linear edges, as papers draw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Circle, FancyArrowPatch

from topograph.generators.dag import dag
from topograph.plots.palette import LINES, colour
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_dag"]

_RADIUS = 0.2
_BEND = 0.45
"""Height of an arc over its length."""
_LOOKS: dict[str, dict[str, Any]] = {
    "zero": {"color": "0.85", "linestyle": "-", "linewidth": 0.8, "zorder": 1},
    "skip": {"color": colour("ink"), "linestyle": LINES[1], "linewidth": 1.0, "zorder": 2},
    "linear": {"color": colour("blue"), "linestyle": "-", "linewidth": 1.4, "zorder": 3},
}


def plot_dag(
    edges: Iterable[tuple[int, int, str]], *, ax: Axes | None = None, **style: Any
) -> Axes:
    """Draw a graph with its nodes in a row: linear edges blue, skips dashed, cut edges light grey.

    Parameters
    ----------
    edges : iterable of (int, int, {"zero", "skip", "linear"})
        Source, target and kind, as :func:`topograph.generators.dag` takes them.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given.
    **style
        For the circles of the nodes: arguments of :class:`matplotlib.patches.Circle`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on, without frame, one unit of length in both directions.

    Raises
    ------
    ArchitectureError
        If `dag` refuses the edges.

    Notes
    -----
    Edges between neighbours are straight; those over one node bend upwards, over two nodes
    downwards, and so on in turn. Parallel edges bend one further than the other.

    See Also
    --------
    plot_architecture : the network of the same edges, neuron by neuron.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Fig. 3.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> edges = [(0, 1, "linear"), (1, 2, "linear"), (0, 2, "skip")]
    >>> ax = plot_dag(edges, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.texts]
    ['0', '1', '2']
    """
    triples = [(int(source), int(target), kind) for source, target, kind in _checked(edges)]
    ax = current_axes(ax)
    nodes = sorted({node for source, target, _ in triples for node in (source, target)})
    place = {node: float(position) for position, node in enumerate(nodes)}
    repeats = Counter[tuple[int, int]]()
    for source, target, kind in triples:
        span = place[target] - place[source]
        bend = _bend(int(span), repeats[source, target])
        repeats[source, target] += 1
        _draw_edge(ax, place[source], place[target], bend, _LOOKS[kind])
    own: dict[str, Any] = {
        "facecolor": "white",
        "edgecolor": colour("ink"),
        "linewidth": 1.0,
        "zorder": 4,
    }
    for node, x in place.items():
        ax.add_patch(Circle((x, 0), _RADIUS, **{**own, **style}))
        ax.text(x, 0, str(node), ha="center", va="center_baseline", zorder=5, size="small")
    _frame(ax, len(nodes) - 1.0)
    return ax


def _checked(edges: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return the edges, or raise as the generator does."""
    triples = list(edges)
    dag(triples, width=1)
    return triples


def _bend(span: int, repeat: int) -> float:
    """Return the bend of an edge: 0 between neighbours, else upwards and downwards in turn."""
    if span == 1:
        return -_BEND * repeat
    side = -1 if span % 2 == 0 else 1
    return side * _BEND * (1 + 0.5 * repeat)


def _draw_edge(ax: Axes, start: float, stop: float, bend: float, look: dict[str, Any]) -> None:
    """Draw an arrow from circle to circle."""
    arrow = FancyArrowPatch(
        (start, 0),
        (stop, 0),
        arrowstyle="-|>",
        mutation_scale=7,
        connectionstyle=f"arc3,rad={bend}",
        shrinkA=0,
        shrinkB=0,
        patchA=Circle((start, 0), _RADIUS, transform=ax.transData),
        patchB=Circle((stop, 0), _RADIUS, transform=ax.transData),
        joinstyle="miter",
        **look,
    )
    ax.add_patch(arrow)


def _frame(ax: Axes, last: float) -> None:
    """Set limits around nodes and arcs."""
    height = max(_BEND * last / 2, 2 * _RADIUS) + 0.1
    ax.set_xlim(-1.5 * _RADIUS, last + 1.5 * _RADIUS)
    ax.set_ylim(-height, height)
    ax.set_aspect("equal")
    ax.set_axis_off()
