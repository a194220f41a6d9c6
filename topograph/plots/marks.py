"""The marks of a drawing: cells, short-range links, skips, columns and signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cbook import normalize_kwargs
from matplotlib.collections import LineCollection, PatchCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, FancyBboxPatch, Patch, Rectangle

from topograph.graph.curves import Floats
from topograph.graph.folding import channel_links
from topograph.graph.layout import Route
from topograph.plots.palette import colour
from topograph.plots.scene import DOT, Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE, _MESH, _BAND = "0.6", "0.72", "0.87"
_CELLS, _SHORT, _SKIPS, _COLUMNS, _SIGNS = 0, 1, 2, 3, 4
_CROWD = 30
"""Number of skips above which they become more transparent."""


def draw_cells(ax: Axes, scene: Scene) -> None:
    """Draw a soft box behind each cell."""
    for cell in scene.layout.cells:
        left, bottom, right, top = scene.cell_box(cell)
        ax.add_patch(
            FancyBboxPatch(
                (left, bottom),
                right - left,
                top - bottom,
                boxstyle=f"round,pad=0,rounding_size={min(1.0, (right - left) / 3)}",
                facecolor=colour("ink"),
                alpha=0.06,
                linewidth=0,
                zorder=_CELLS,
                label=cell,
            )
        )


def draw_short(ax: Axes, scene: Scene) -> None:
    """Draw the short-range links: every single one between dots, a band beside a bar, or a line."""
    level = [route for route in scene.layout.routes if scene.is_level(route)]
    meshed = [r for r in level if scene.is_dotted(r.source) and scene.is_dotted(r.target)]
    mesh = [segment for route in meshed for segment in _mesh(scene, route)]
    bands = [_band(scene, route) for route in level if route not in meshed]
    lines = [p for r, p in scene.paths() if r.kind == "short" and not scene.is_level(r)]
    gap = (scene.pitch - DOT) * scene.unit
    thin = float(np.clip(0.035 * gap, 0.12, 0.35))
    for artist in (
        PolyCollection(bands, facecolors=_BAND, linewidths=0, zorder=_SHORT),
        LineCollection(mesh, colors=_MESH, linewidths=thin, zorder=_SHORT),
        LineCollection(
            lines, colors=_LINE, linewidths=0.8, zorder=_SHORT, label="short-range links"
        ),
    ):
        ax.add_collection(artist, autolim=False)


def _mesh(scene: Scene, route: Route) -> Floats:
    """Return the single links between two dotted columns, shape (links, 2, 2)."""
    sources, targets = channel_links(scene.architecture, route.strand)
    start, stop = scene.x(route.source) + DOT / 2, scene.x(route.target) - DOT / 2
    ends = np.empty((len(sources), 2, 2))
    ends[:, 0, 0], ends[:, 1, 0] = start, stop
    ends[:, 0, 1] = scene.dots(route.source)[sources]
    ends[:, 1, 1] = scene.dots(route.target)[targets]
    return ends


def _band(scene: Scene, route: Route) -> list[tuple[float, float]]:
    """Return the corners of the area between two columns."""
    _, low, left, high = scene.box(route.source)
    right, bottom, _, top = scene.box(route.target)
    return [(left, high), (right, top), (right, bottom), (left, low)]


def draw_skips(ax: Axes, scene: Scene, style: Mapping[str, Any]) -> None:
    """Draw the skips, the stronger the more channels they carry."""
    skips = [(route.channels, path) for route, path in scene.paths() if route.kind == "skip"]
    channels = np.array([count for count, _ in skips], dtype=float)
    strength = channels / max(channels.max(initial=1.0), 1.0)
    colours = np.tile(to_rgba(colour("crimson")), (len(skips), 1))
    crowd = min(1.0, (_CROWD / max(len(skips), 1)) ** 0.35)
    colours[:, 3] = (0.3 + 0.6 * strength) * crowd
    own = {
        "color": colours,
        "linewidth": 0.35 + 0.75 * strength * crowd,
        "zorder": _SKIPS,
        "label": "skip links",
    }
    given = normalize_kwargs(dict(style), LineCollection)
    ax.add_collection(
        LineCollection([path for _, path in skips], **{**own, **given}), autolim=False
    )


def draw_columns(ax: Axes, scene: Scene) -> None:
    """Draw the feature maps: dots or bars, inputs and outputs in a colour of their own."""
    ends = {*scene.architecture.inputs, *scene.architecture.outputs}
    marks: list[Patch] = []
    colours: list[str] = []
    for name in scene.layout.places:
        column = _column(scene, name)
        marks += column
        colours += [colour("blue" if name in ends else "ink")] * len(column)
    columns = PatchCollection(marks, facecolors=colours, linewidths=0, zorder=_COLUMNS)
    ax.add_collection(columns, autolim=False)


def _column(scene: Scene, name: str) -> list[Patch]:
    """Return the dots of a narrow feature map, or one bar."""
    if scene.is_dotted(name):
        return [Circle((scene.x(name), y), DOT / 2) for y in scene.dots(name)]
    left, bottom, right, top = scene.box(name)
    return [Rectangle((left, bottom), right - left, top - bottom)]


def draw_signs(ax: Axes, scene: Scene) -> None:
    """Draw the sign of its merge above each node that merges several edges."""
    signed = [name for name in scene.layout.places if scene.is_signed(name)]
    middles = np.array([(scene.x(n), scene.top(n) - scene.sign) for n in signed]).reshape(-1, 2)
    strokes = [
        middle + scene.sign * np.array(stroke)
        for name, middle in zip(signed, middles, strict=True)
        for stroke in _STROKES[scene.architecture.node(name).merge]
    ]
    thin = min(0.7, 0.2 * scene.sign * scene.unit)
    style: dict[str, Any] = {"linewidths": thin, "edgecolors": colour("ink"), "zorder": _SIGNS}
    discs = [Circle((x, y), scene.sign) for x, y in middles]
    ax.add_collection(PatchCollection(discs, facecolors="white", **style), autolim=False)
    ax.add_collection(LineCollection(strokes, **style), autolim=False)


_STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "sum": [[(-0.55, 0), (0.55, 0)], [(0, -0.55), (0, 0.55)]],
    "product": [[(-0.4, -0.4), (0.4, 0.4)], [(-0.4, 0.4), (0.4, -0.4)]],
    "concat": [[(-0.2, -0.5), (-0.2, 0.5)], [(0.2, -0.5), (0.2, 0.5)]],
}
"""Plus, times and the double bar, in a circle of radius 1."""
