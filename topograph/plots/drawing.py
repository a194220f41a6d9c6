"""An architecture as a layered drawing: layers as columns, skips as arcs, cells as boxes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke

from topograph.graph.layout import layout
from topograph.graph.required import require_architecture
from topograph.plots.captions import captions
from topograph.plots.marks import draw_cells, draw_columns, draw_short, draw_signs, draw_skips
from topograph.plots.palette import colour
from topograph.plots.scene import DOT, Scene
from topograph.plots.style import current_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from topograph.graph import Architecture

__all__ = ["plot_architecture"]

_TEXT = 6  # above all marks
_LINES = 5
"""Width and height of the drawing in lines of text, below which nothing is written."""

_SMALLEST_DOT = 1.0
"""Diameter in points below which dots become bars."""


def plot_architecture(architecture: Architecture, *, ax: Axes | None = None, **style: Any) -> Axes:
    """Draw an architecture in layers, from its inputs on the left to its outputs on the right.

    Feature maps of at most 16 channels are columns of dots, wider ones bars that grow as the
    logarithm of their width. Short-range links are grey: every single link between dots, a band
    beside a bar, a line where branches part. Skips are arcs, the wider and darker the more
    channels they carry. Cells are boxes; circles mark sums, products and concatenations.

    Parameters
    ----------
    architecture : Architecture
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes unless given. A wide shape suits deep networks.
    **style
        For the skips: arguments of :class:`matplotlib.collections.LineCollection`, such as
        ``color`` or ``linewidth``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on, without frame, one unit of length in both directions.

    Raises
    ------
    ArchitectureError
        If it is no architecture.

    Notes
    -----
    A concatenation that one layer alone reads, and whose parts lie on one path, is not drawn: its
    parts lead into the layer. A skip is a link beside which a longer path leads from its source to
    its target. The drawing fits the size that the axes have when it is made, so make the figure
    first; texts that find no free place are left out.

    See Also
    --------
    topograph.graph.layout : the same drawing as numbers.

    Examples
    --------
    >>> import topograph as tg
    >>> from matplotlib.figure import Figure
    >>> network = tg.generators.dense_mlp(8, 6, candidates=3, rng=0)
    >>> ax = plot_architecture(network, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.texts]
    ['784', 'input', '10', 'classifier', '8', 'cell']
    """
    require_architecture(architecture)
    ax = current_axes(ax)
    font = FontProperties(size="x-small")
    scene = _composed(architecture, ax, font.get_size_in_points())
    draw_cells(ax, scene)
    draw_short(ax, scene)
    draw_skips(ax, scene, style)
    draw_columns(ax, scene)
    draw_signs(ax, scene)
    _write(ax, scene, font)
    return ax


def _composed(architecture: Architecture, ax: Axes, size: float) -> Scene:
    """Fit a scene into the axes, with room for texts of the given size in points."""
    plan = layout(architecture)
    box = ax.get_window_extent()
    points = 72 / ax.figure.dpi
    rows = 2.5 + 1.5 * bool(plan.cells)
    width, height = box.width * points - 3 * size, box.height * points - 1.2 * rows * size
    room = (max(width, size), max(height, size))
    scene = Scene(architecture, plan, room)
    scene = replace(scene, dotted=scene.unit * DOT >= _SMALLEST_DOT)
    largest = min(0.4 * scene.pitch, 0.14 * scene.tallest)
    sign = min(0.42 * size / scene.unit, largest)
    scene = replace(scene, sign=sign, parting=1.3 * size / scene.unit)
    low, high = scene.extent
    spare = room[1] / scene.unit - (high - low)
    sides = len({route.side for route in scene.arcs}) or 1
    return replace(scene, lift=float(np.clip(1 + spare / (sides * scene.rise), 1.0, 2.0)))


def _write(ax: Axes, scene: Scene, font: FontProperties) -> None:
    """Write the captions and set the limits of the axes around everything."""
    low, high = scene.extent
    right = (scene.layout.depth - 1) * scene.pitch
    boxes = [(-scene.bar, low - 1, right + scene.bar, high + 1)]
    boxes += [scene.cell_box(cell) for cell in scene.layout.cells]
    size = font.get_size_in_points()
    readable = scene.room[0] > _LINES * size and scene.room[1] > _LINES * size
    for caption, box in captions(scene, font) if readable else ():
        ax.annotate(
            caption.text,
            (caption.x, caption.y),
            caption.shift,
            textcoords="offset points",
            horizontalalignment=caption.align,
            verticalalignment=caption.vertical,
            fontproperties=font,
            color=colour("ink"),
            zorder=_TEXT,
            parse_math=False,
            path_effects=[withStroke(linewidth=1.5, foreground="white")] * caption.on_line,
        )
        boxes.append(tuple(end / scene.unit for end in box))  # type: ignore[arg-type]
    frame = np.array(boxes)
    ax.update_datalim([frame[:, :2].min(axis=0), frame[:, 2:].max(axis=0)])
    ax.margins(0)
    ax.autoscale_view()
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_axis_off()
