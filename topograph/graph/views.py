"""How an architecture shows itself in a notebook: a small drawing and its key figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from topograph.graph.node import Node
from topograph.graph.sketch import MOST_EDGES, MOST_NODES, WIDTH, sketch
from topograph.graph.svg import shortened, to_svg
from topograph.graph.wiring import Full, Grouped, OneToOne, Select, Sparse, Wiring

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

_MOST_CELLS = 6
_MOST_DRAWN = 16_000
"""Edges of the largest architecture that is drawn at all."""


def to_html(architecture: Architecture) -> str:
    """Show an architecture as HTML: name, digest, a layered drawing and key figures.

    Parameters
    ----------
    architecture : Architecture

    Returns
    -------
    str
        A ``div`` with inline SVG, less than 60 kB, without scripts or style sheets. It takes
        its colour from the text around it, so it fits light and dark pages.

    Notes
    -----
    The figures are those that the graph knows by itself. *Depth* counts linear maps and
    convolutions on the path that has most of them; *trainable links* are the pairs of channels
    joined by a weight, whatever the kernel. Beyond 200 nodes or 700 edges the drawing is a
    summary and the digest, which would have to be computed, is left out.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder("line")
    >>> y = b.linear(b.input(3, name="x"), 2, name="y")
    >>> page = to_html(b.build())
    >>> page.count("<svg"), "<b>line</b>" in page
    (1, True)
    """
    drawing = to_svg(sketch(architecture)) if len(architecture.edges) <= _MOST_DRAWN else ""
    title = escape(shortened(architecture.name, 120) or "Architecture")
    rows = "".join(
        f"<tr><th style='text-align:left;padding:0 1em 0 0'>{what}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for what, value in _figures(architecture)
    )
    return (
        f"<div style='max-width:{WIDTH:.0f}px'><b>{title}</b>"
        f"{drawing}<table style='margin:0'>{rows}</table></div>"
    )


def _figures(architecture: Architecture) -> list[tuple[str, str]]:
    """Name the key figures and write them down."""
    nodes, edges = architecture.nodes, architecture.edges
    widths = [node.width for node in nodes]
    span = f"{min(widths)} to {max(widths)}" if min(widths) < max(widths) else f"{widths[0]}"
    figures = [
        ("inputs", _shapes(architecture, architecture.inputs)),
        ("outputs", _shapes(architecture, architecture.outputs)),
        ("graph", f"{_count(len(nodes), 'node')}, {_count(len(edges), 'edge')}"),
        ("width", f"{span} channels"),
    ]
    if len(edges) <= _MOST_DRAWN:
        figures.append(("depth", _count(_depth(architecture), "layer")))
        figures.append(("trainable", _count(_trainable(architecture), "link")))
    if architecture.cells:
        figures.append(("cells", _cells(architecture.cells)))
    if "digest" in vars(architecture) or _is_small(architecture):
        figures.append(("digest", architecture.digest[:12]))
    return figures


def _shapes(architecture: Architecture, names: Sequence[str]) -> str:
    """Say names and shapes of some nodes."""
    shown = [
        f"{shortened(name)} ({', '.join(map(str, architecture.node(name).shape))})"
        for name in names[:4]
    ]
    return ", ".join(shown) + (f" and {len(names) - 4:,} more" if len(names) > 4 else "")


def _cells(cells: dict[str, tuple[Node, ...]]) -> str:
    """Say how many layers each cell has."""
    first = list(cells.items())[:_MOST_CELLS]
    shown = [f"{shortened(name)} ({_count(len(layers), 'layer')})" for name, layers in first]
    hidden = len(cells) - _MOST_CELLS
    return ", ".join(shown) + (f" and {hidden:,} more" if hidden > 0 else "")


def _count(number: int, what: str) -> str:
    """Write a number of things."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _is_small(architecture: Architecture) -> bool:
    """True if the content is hashed in a moment."""
    sparse = (len(e.wiring.indices) for e in architecture.edges if isinstance(e.wiring, Sparse))
    few = len(architecture.nodes) <= MOST_NODES and len(architecture.edges) <= MOST_EDGES
    return few and sum(sparse) <= 20 * MOST_EDGES


def _depth(architecture: Architecture) -> int:
    """Count the linear maps and convolutions on the path that has most of them."""
    depth = dict.fromkeys((node.name for node in architecture.nodes), 0)
    for edge in architecture.edges:
        reached = depth[edge.source] + edge.op.mixes
        depth[edge.target] = max(depth[edge.target], reached)
    return max(depth.values())


def _trainable(architecture: Architecture) -> int:
    """Count the pairs of channels that a trainable weight joins."""
    width = {node.name: node.width for node in architecture.nodes}
    return sum(
        _PAIRS[type(edge.wiring)](edge.wiring, width[edge.source], width[edge.target])
        for edge in architecture.edges
        if edge.op.mixes
    )


_PAIRS: dict[type[Wiring], Callable[[Any, int, int], int]] = {
    Full: lambda wiring, sources, targets: sources * targets,
    OneToOne: lambda wiring, sources, targets: targets,
    Grouped: lambda wiring, sources, targets: sources * targets // wiring.groups,
    Select: lambda wiring, sources, targets: len(wiring.channels) * targets,
    Sparse: lambda wiring, sources, targets: wiring.trainable,
}
"""Pairs of channels that a mixing op joins by a trainable weight."""
