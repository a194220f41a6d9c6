"""A small drawing of an architecture as plain numbers: what the notebook view writes as SVG.

Up to a few hundred nodes every feature map is a bar. Larger architectures are summarised: columns
are gathered in bars, and links between distant bars in arcs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log2
from typing import TYPE_CHECKING

from topograph.graph.curves import Floats, arc, through
from topograph.graph.layout import Layout, Route, layout

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

MOST_NODES, MOST_EDGES, MOST_BRANCHES = 200, 700, 60
"""Largest architecture that is drawn node by node; branches are nodes that share a column."""

WIDTH = 640.0
"""Width of a sketch in pixels."""

_TALLEST, _WIDEST_PITCH, _HEIGHT, _LANE = 64.0, 90.0, 220.0, 1.35
_MARGIN = 24.0
_HALFWAY = (0.125, 0.375, 0.375, 0.125)
"""Weights of the control points at the middle of a cubic piece."""

_BINS, _ARCS = 96, 150

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels, downwards."""


@dataclass(slots=True)
class Sketch:
    """Bars, links and boxes in pixels, y downwards.

    Attributes
    ----------
    bars : list of Box
        Feature maps, or in a summary runs of columns.
    names : list of str
        The node of each bar, empty in a summary.
    ends : list of bool
        Whether each bar is an input or an output.
    bands : list of (Box, Box)
        Pairs of bars that are linked over their whole height.
    lines : list of float array, shape (pieces, 4, 2)
        Other short links, as cubic pieces.
    skips : list of (float, float array)
        Share of the largest number of channels, and the cubic pieces.
    boxes : list of (str, Box)
        Cells.
    is_summary : bool
        Whether a bar stands for several feature maps.
    """

    bars: list[Box] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    ends: list[bool] = field(default_factory=list)
    bands: list[tuple[Box, Box]] = field(default_factory=list)
    lines: list[Floats] = field(default_factory=list)
    skips: list[tuple[float, Floats]] = field(default_factory=list)
    boxes: list[tuple[str, Box]] = field(default_factory=list)
    is_summary: bool = False


def sketch(architecture: Architecture) -> Sketch:
    """Draw an architecture node by node, or summarise it if it is large."""
    ranks = longest_paths(architecture)
    depth = max(ranks.values()) + 1
    small = len(architecture.nodes) <= MOST_NODES and len(architecture.edges) <= MOST_EDGES
    if small and len(architecture.nodes) - depth <= MOST_BRANCHES:
        return _detailed(architecture, layout(architecture))
    return _summary(architecture, ranks, depth)


def longest_paths(architecture: Architecture) -> dict[str, int]:
    """Return the number of edges on the longest path that leads to each node."""
    ranks = dict.fromkeys((node.name for node in architecture.nodes), 0)
    for edge in architecture.edges:
        ranks[edge.target] = max(ranks[edge.target], ranks[edge.source] + 1)
    return ranks


def _detailed(architecture: Architecture, plan: Layout) -> Sketch:
    """Turn a layout into pixels."""
    grid = _Grid.of(plan.depth, plan.places.values())
    heights = _heights([architecture.node(name).width for name in plan.places], grid.tallest)
    bars = {
        name: grid.bar(x, grid.level(y), height)
        for (name, (x, y)), height in zip(plan.places.items(), heights, strict=True)
    }
    ends = {*architecture.inputs, *architecture.outputs}
    made = Sketch(list(bars.values()), list(bars), [name in ends for name in bars])
    most = max((route.channels for route in plan.routes if route.kind == "skip"), default=1)
    pairs = Counter((route.source, route.target) for route in plan.routes)
    skyline = [[bars[name] for name in column] for column in plan.columns]
    members: dict[str, list[Box]] = {
        cell: [bars[name] for name in names] for cell, names in plan.cells.items()
    }
    for route in plan.routes:
        source, target = bars[route.source], bars[route.target]
        beside = route.span == 1 and pairs[route.source, route.target] == 1
        if beside and abs(source[1] + source[3] - target[1] - target[3]) < 1e-6:
            made.bands.append((source, target))
            continue
        way = _way(route, (source, target), skyline, grid)
        if route.kind == "short":
            made.lines.append(way)
            continue
        made.skips.append((route.channels / max(most, 1), way))
        cell = architecture.node(route.target).cell
        if cell is not None:
            crest = float(way[0, :, 1] @ _HALFWAY)
            members[cell].append((target[0], crest, target[2], crest))
    made.boxes = [(cell, _around(boxes, grid.margin)) for cell, boxes in members.items()]
    return made


def _way(
    route: Route, ends: tuple[Box, Box], skyline: Sequence[Sequence[Box]], grid: _Grid
) -> Floats:
    """Return the cubic pieces of a line between the bars, or of an arc over them."""
    source, target = ends
    if route.side == "lane":
        start = (source[2], (source[1] + source[3]) / 2)
        stop = (target[0], (target[1] + target[3]) / 2)
        return through([start, *((grid.x(x), grid.level(y)) for x, y in route.waypoints), stop])
    first = grid.column(source)
    passed = [box for column in skyline[first : first + route.span + 1] for box in column]
    return _bow(source, target, passed, span=route.span, above=route.side == "above")


def _bow(source: Box, target: Box, passed: Sequence[Box], *, span: int, above: bool) -> Floats:
    """Return an arc from bar to bar, clear of all that it passes."""
    side, sign = (1, -1) if above else (3, 1)
    edge = min(box[1] for box in passed) if above else max(box[3] for box in passed)
    start = ((source[0] + source[2]) / 2, source[side])
    stop = ((target[0] + target[2]) / 2, target[side])
    return arc(start, stop, edge + sign * (6 + 5 * span**0.75))


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where columns and lanes lie, in pixels."""

    left: float
    pitch: float
    tallest: float

    @classmethod
    def of(cls, depth: int, places: Iterable[tuple[float, float]]) -> _Grid:
        """Spread columns over the width, but not too far apart, and lanes over the height."""
        pitch = min((WIDTH - 2 * _MARGIN) / max(1, depth - 1), _WIDEST_PITCH)
        lanes = [y for _, y in places]
        tallest = min(_TALLEST, _HEIGHT / (_LANE * (max(lanes) - min(lanes)) + 1))
        return cls((WIDTH - pitch * (depth - 1)) / 2, pitch, tallest)

    @property
    def half(self) -> float:
        """Half the width of a bar."""
        return min(5.0, 0.22 * self.pitch)

    @property
    def margin(self) -> float:
        """Distance of a box from the bars in it."""
        return min(10.0, 0.22 * self.pitch)

    def x(self, column: float) -> float:
        """Middle of a column."""
        return self.left + self.pitch * column

    def level(self, lane: float) -> float:
        """Middle of a lane, downwards."""
        return -_LANE * self.tallest * lane

    def column(self, bar: Box) -> int:
        """Column in which a bar stands."""
        return round(((bar[0] + bar[2]) / 2 - self.left) / self.pitch)

    def bar(self, column: float, level: float, height: float) -> Box:
        """Return the box of a bar."""
        x, half = self.x(column), self.half
        return x - half, level - height / 2, x + half, level + height / 2


def _heights(widths: Sequence[int], tallest: float) -> list[float]:
    """Heights of bars, which grow as the logarithm of the width."""
    widest = log2(1 + max(widths))
    return [tallest * (0.15 + 0.85 * log2(1 + width) / widest) for width in widths]


def _around(bars: Sequence[Box], margin: float, crest: float = 0.0) -> Box:
    """Return the box around some bars that reaches up to a crest."""
    lefts, tops, rights, bottoms = zip(*bars, strict=True)
    return min(lefts) - margin, min(*tops, crest) - 5, max(rights) + margin, max(bottoms) + 5


def _summary(architecture: Architecture, ranks: Mapping[str, int], depth: int) -> Sketch:
    """Gather columns in bars as high as their channels together, and links in arcs."""
    bins = min(depth, _BINS)
    place = {name: rank * bins // depth for name, rank in ranks.items()}
    channels = [0] * bins
    cells: dict[str, set[int]] = defaultdict(set)
    for node in architecture.nodes:
        channels[place[node.name]] += node.width
        if node.cell is not None:
            cells[node.cell].add(place[node.name])
    grid = _Grid.of(bins, [(0.0, 0.0)])
    heights = _heights(channels, grid.tallest)
    bars = [grid.bar(index, 0.0, height) for index, height in enumerate(heights)]
    skips = _gathered(architecture, place, bars)
    crest = min([0.0, *(float(way[0, :, 1] @ _HALFWAY) for _, way in skips)])
    boxes = [
        (cell, _around([bars[index] for index in places], grid.margin, crest))
        for cell, places in list(cells.items())[:_BINS]
    ]
    return Sketch(
        bars=bars,
        names=[""] * bins,
        ends=[False] * bins,
        bands=list(pairwise(bars)),
        skips=skips,
        boxes=boxes,
        is_summary=True,
    )


def _gathered(
    architecture: Architecture, place: Mapping[str, int], bars: Sequence[Box]
) -> list[tuple[float, Floats]]:
    """Return the strongest links over at least one bar; those between the same bars are one."""
    carried: Counter[tuple[int, int]] = Counter()
    width = {node.name: node.width for node in architecture.nodes}
    for edge in architecture.edges:
        ends = place[edge.source], place[edge.target]
        if ends[1] - ends[0] > 1:
            carried[ends] += edge.reads(width[edge.source])
    strongest = carried.most_common(_ARCS)
    return [
        (
            channels / strongest[0][1],
            _bow(bars[one], bars[other], bars[one : other + 1], span=other - one, above=True),
        )
        for (one, other), channels in strongest
    ]
