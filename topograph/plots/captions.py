"""What is written in a drawing and where: each text takes the first place that is free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from topograph.graph import Conv2d, Identity
from topograph.graph.curves import Floats
from topograph.graph.layout import Route
from topograph.graph.svg import shortened
from topograph.plots.scene import Box, Scene
from topograph.plots.wording import TIMES, op_label

_BEFORE = {"left": 0.0, "bottom": 0.0, "center": 0.5, "right": 1.0, "top": 1.0}
"""Share of a text that lies to the left of, or below, its anchor."""

_TOUCH = 0.01
"""Overlap in points that does not count."""

_SHALLOW = 14
"""Most columns of a drawing in which convolutions are named."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A text, the place in units where it is anchored, and its distance from there in points."""

    text: str
    x: float
    y: float
    shift: tuple[float, float] = (0.0, 0.0)
    align: str = "center"
    vertical: str = "top"
    on_line: bool = False


def captions(scene: Scene, font: FontProperties) -> list[tuple[Caption, Box]]:
    """Choose texts and places for widths, names, ops and cells; what finds no room is left out.

    Returns
    -------
    list of (Caption, Box)
        The texts, and the boxes in points that they fill.
    """
    page = _Page(scene, font)
    for choices in (*_names(page), *_widths(page), *_ops(page), *_cells(page)):
        page.write(choices)
    return page.written


class _Page:
    """The texts written so far and the places that are taken."""

    def __init__(self, scene: Scene, font: FontProperties) -> None:
        self.scene = scene
        self.font = font
        self.line = 1.2 * font.get_size_in_points()
        boxes = [scene.cell_box(cell) for cell in scene.layout.cells]
        self.base = min([scene.extent[0], *(bottom for _, bottom, _, _ in boxes)])
        self.written: list[tuple[Caption, Box]] = []
        self.solid = np.array([scene.box(name) for name in scene.layout.places]) * scene.unit
        crossing = [path for route, path in scene.paths() if not scene.is_level(route)]
        self.lines = np.concatenate([*crossing, np.empty((0, 2))]) * scene.unit

    def write(self, choices: Iterable[Caption]) -> None:
        """Write the first of the captions that stands free."""
        for caption in choices:
            box = self.box(caption)
            if not self.is_taken(box, on_line=caption.on_line):
                self.written.append((caption, box))
                self.solid = np.vstack([self.solid, box])
                return

    def is_taken(self, box: Box, *, on_line: bool) -> bool:
        """True if a column or a text is in the way, or a link where none should be."""
        left, bottom, right, top = box
        low, high = self.solid[:, :2] + _TOUCH, self.solid[:, 2:] - _TOUCH
        met = ((low < (right, top)) & (high > (left, bottom))).all(axis=1).any()
        inside = (self.lines > (left, bottom)) & (self.lines < (right, top))
        return bool(met or (not on_line and inside.all(axis=1).any()))

    def width(self, text: str) -> float:
        """Width of a text in points."""
        width, _, _ = text_to_path.get_text_width_height_descent(text, self.font, ismath=False)
        return float(width)

    def box(self, caption: Caption) -> Box:
        """Room in points that a caption takes, with a small margin at both ends."""
        width = self.width(caption.text) + 1.5
        left = caption.x * self.scene.unit + caption.shift[0] - _BEFORE[caption.align] * width
        low = caption.y * self.scene.unit + caption.shift[1] - _BEFORE[caption.vertical] * self.line
        return left, low, left + width, low + self.line

    def under(self, text: str, x: float, y: float, rows: int) -> list[Caption]:
        """Places under a point, one row below the other."""
        return [Caption(text, x, y, (0.0, -1.5 - row * self.line)) for row in range(rows)]

    def over(self, text: str, x: float, y: float) -> Caption:
        """Place above a point."""
        return Caption(text, x, y, (0.0, 1.5), vertical="bottom")

    def foot(self, name: str) -> float:
        """Height under which the texts of a column stand: one base line for all in a tower."""
        return self.base if self.scene.is_tower else self.scene.bottom(name)


def _names(page: _Page) -> Iterator[list[Caption]]:
    """Inputs and outputs: the width under the column, the name under the width or beside."""
    scene = page.scene
    for name in dict.fromkeys((*scene.architecture.inputs, *scene.architecture.outputs)):
        x, y = scene.x(name), page.foot(name)
        yield page.under(str(scene.architecture.node(name).width), x, y, 3)
        text = shortened(name)
        rows = page.under(text, x, y, 4 if scene.is_tower else 2)
        left, _, right, _ = scene.box(name)
        if name in scene.architecture.inputs:
            rows.append(Caption(text, left, scene.y(name), (-2.0, 0.0), "right", "center"))
        else:
            rows.append(Caption(text, right, scene.y(name), (2.0, 0.0), "left", "center"))
        yield rows


def _widths(page: _Page) -> Iterator[list[Caption]]:
    """Widths where they change; in a tower with the size of the map where that fits."""
    scene, last = page.scene, 0
    ends = {*scene.architecture.inputs, *scene.architecture.outputs}
    for run in _runs(scene):
        node = scene.architecture.node(run[0])
        known = {last} if scene.is_tower else _source_widths(scene, node.name)
        last = node.width
        inner = [name for name in run if name not in ends]
        if not inner:
            continue
        x = (scene.x(inner[0]) + scene.x(inner[-1])) / 2
        y = min(page.foot(name) for name in inner)
        room = (scene.x(inner[-1]) - scene.x(inner[0]) + 0.9 * scene.pitch) * scene.unit
        full = f"{node.width} @ {TIMES.join(map(str, node.size))}"
        if scene.is_tower and node.size and page.width(full) < room:
            yield page.under(full, x, y, 1)
        elif scene.is_tower and node.width not in known:
            yield page.under(str(node.width), x, y, 2)
        elif node.width not in known:
            top = scene.top(node.name)
            yield [*page.under(str(node.width), x, y, 1), page.over(str(node.width), x, top)]


def _source_widths(scene: Scene, name: str) -> set[int]:
    """Widths of the feature maps from which links lead to a node."""
    sources = [route.source for route in scene.layout.routes if route.target == name]
    return {scene.architecture.node(source).width for source in sources}


def _runs(scene: Scene) -> list[list[str]]:
    """Layers of one shape that follow each other in a tower; single nodes elsewhere."""
    nodes = [scene.architecture.node(name) for name in scene.layout.places]
    if not scene.is_tower:
        return [[node.name] for node in nodes]
    layered = scene.architecture.cells
    shown = [node for node in nodes if node.layer is not None or node.cell not in layered]
    return [[node.name for node in run] for _, run in groupby(shown, lambda node: node.shape)]


def _ops(page: _Page) -> Iterator[list[Caption]]:
    """Ops other than linear maps; convolutions in shallow drawings with several kernels."""
    words = [(route, path, _word(page.scene, route)) for route, path in page.scene.paths()]
    kernels = {word for route, _, word in words if isinstance(route.op, Conv2d)}
    shown = len(kernels) > 1 and page.scene.layout.depth <= _SHALLOW
    convolved = [entry for entry in words if shown and isinstance(entry[0].op, Conv2d)]
    others = [entry for entry in words if not isinstance(entry[0].op, Conv2d)]
    for route, path, word in (*others, *convolved):
        if word:
            yield _beside(page, route, path, word)


def _word(scene: Scene, route: Route) -> str:
    """Name the op of a link; an identity only where others compete with it."""
    edge = route.strand.edge
    if edge.source != route.source:
        return ""
    edges = scene.architecture.in_edges(route.target)
    if isinstance(edge.op, Identity) and all(isinstance(other.op, Identity) for other in edges):
        return ""
    return op_label(edge.op, edge, edge.reads(scene.architecture.node(edge.source).width))


def _beside(page: _Page, route: Route, path: Floats, word: str) -> list[Caption]:
    """Places for the op of a link: on it, or else near the columns at its ends."""
    scene, source, target = page.scene, route.source, route.target
    shares = (0.5,) if scene.is_level(route) else (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
    points = [path[int(share * (len(path) - 1))] for share in shares]
    places = [Caption(word, x, y, vertical="center", on_line=True) for x, y in points]
    if scene.is_level(route):
        x, ends = (scene.x(source) + scene.x(target)) / 2, (source, target)
    elif len(scene.architecture.in_edges(target)) == 1:
        x, ends = scene.x(target), (target, target)
    else:
        return places
    places += page.under(word, x, min(map(page.foot, ends)), 4)
    return [*places, page.over(word, x, max(map(scene.top, ends)))]


def _cells(page: _Page) -> Iterator[list[Caption]]:
    """Names of cells above their boxes, in two rows if they are long, or below."""
    for cell in page.scene.layout.cells:
        left, bottom, right, top = page.scene.cell_box(cell)
        text = shortened(cell)
        width = page.width(text) / page.scene.unit
        middles = ((left + right) / 2, left + width / 2 + 1, right - width / 2 - 1)
        above = [
            Caption(text, x, top, (0.0, 1.0 + row * page.line), vertical="bottom")
            for row in (0, 1)
            for x in middles
        ]
        yield [*above, *page.under(text, middles[0], bottom, 2)]
