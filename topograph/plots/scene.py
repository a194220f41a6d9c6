"""A layout in drawing units: how large its parts are, so that they fit the axes.

One unit is the distance of two neighbouring neurons of a column, and the same in both directions,
so that a dot is round. The distance of the columns follows from the shape of the room at hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from topograph.graph import Architecture
from topograph.graph.curves import Floats, Point, arc, sampled, through
from topograph.graph.layout import Layout, Route

MOST_DOTS = 16
"""Widest feature map whose channels are drawn one by one."""

DOT = 0.76
"""Diameter of a dot in units."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top."""

_TIGHTEST, _WIDEST = 1.7, 1.5
"""Distance of columns: at least so many units, at most so many times a column's height."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Sizes and places of everything that is drawn, in units.

    Attributes
    ----------
    architecture : Architecture
    layout : Layout
    room : tuple of float
        Width and height at hand, in points.
    dotted : bool
        Whether narrow feature maps are drawn channel by channel; if not, all are bars.
    sign : float
        Radius of the signs for sums, products and concatenations.
    parting : float
        Distance of parallel links.
    lift : float
        Factor by which arcs rise higher than they need.
    """

    architecture: Architecture
    layout: Layout
    room: tuple[float, float]
    dotted: bool = True
    sign: float = 0.6
    parting: float = 1.0
    lift: float = 1.0

    @cached_property
    def heights(self) -> dict[str, float]:
        """Height of each column: one unit per dot; bars grow as the logarithm of the width."""
        widths = {name: self.architecture.node(name).width for name in self.layout.places}
        tallest = max([8, *(width for width in widths.values() if width <= MOST_DOTS)])
        low, high = (1.15, 1.75) if self.dotted else (0.5, 1.0)
        least = MOST_DOTS if self.dotted else 1
        scale = (high - low) / np.log(max(least + 1, *widths.values()) / least)
        bars = {name: low + scale * np.log(max(w, least) / least) for name, w in widths.items()}
        return {
            name: float(width if self.is_dotted(name) else tallest * bars[name])
            for name, width in widths.items()
        }

    @cached_property
    def tallest(self) -> float:
        """Height of the tallest column."""
        return max(self.heights.values())

    @cached_property
    def is_tower(self) -> bool:
        """True if every node stands alone in its column, passed by arcs at most."""
        laned = any(route.waypoints for route in self.layout.routes)
        return not laned and self.layout.depth == len(self.layout.places)

    @cached_property
    def lane(self) -> float:
        """Distance of two lanes: a column and room for text."""
        passed = {x for route in self.layout.routes for x, _ in route.waypoints}
        shared = [
            name
            for place, column in enumerate(self.layout.columns)
            if len(column) > 1 or place in passed
            for name in column
        ]
        apart = [max(1.6 * self.heights[n], self.heights[n] + self.head(n) + 0.6) for n in shared]
        return max(apart, default=1.6 * self.tallest)

    @cached_property
    def arcs(self) -> tuple[Route, ...]:
        """Links that pass above or below all columns between their ends."""
        return tuple(route for route in self.layout.routes if route.side != "lane")

    @cached_property
    def rise(self) -> float:
        """Height of the longest arc above the columns that it passes."""
        return self.lift * self.tallest * min(0.9, 0.22 + 0.025 * self._longest)

    @cached_property
    def _longest(self) -> int:
        """Span of the longest arc."""
        return max((route.span for route in self.arcs), default=1)

    @cached_property
    def _skyline(self) -> tuple[Floats, Floats]:
        """Lowest and highest place of the nodes in each column."""
        columns = self.layout.columns
        low = np.array([min(map(self.bottom, column)) for column in columns])
        return low, np.array([max(map(self.top, column)) for column in columns])

    @cached_property
    def extent(self) -> tuple[float, float]:
        """Lowest and highest place of columns, arcs and passing links."""
        low, high = self._skyline
        places = [self.apex(route) for route in self.arcs]
        places += [y * self.lane for route in self.layout.routes for _, y in route.waypoints]
        return min([float(low.min()), *places]), max([float(high.max()), *places])

    @cached_property
    def pitch(self) -> float:
        """Distance of two columns, such that the drawing has the shape of the room."""
        low, high = self.extent
        wanted = (high - low) * self.room[0] / self.room[1] / max(1, self.layout.depth - 0.5)
        return float(np.clip(wanted, _TIGHTEST, _WIDEST * max(self.tallest, (high - low) / 2)))

    @cached_property
    def bar(self) -> float:
        """Width of a bar."""
        return float(np.clip(0.16 * self.pitch, 0.5, 2.0))

    @cached_property
    def unit(self) -> float:
        """Points per unit."""
        low, high = self.extent
        across = (self.layout.depth - 1) * self.pitch + 2 * self.bar
        return min(self.room[0] / across, self.room[1] / (high - low))

    def is_dotted(self, name: str) -> bool:
        """True for a feature map whose channels are drawn one by one."""
        return self.dotted and self.architecture.node(name).width <= MOST_DOTS

    def is_signed(self, name: str) -> bool:
        """True for a node that merges several edges by itself."""
        return len(self.architecture.in_edges(name)) > 1

    def is_level(self, route: Route) -> bool:
        """True for the one short link of two neighbours that stand at the same height."""
        level = abs(self.y(route.source) - self.y(route.target)) < 1e-6
        leaving, entering = self._short_links
        only = leaving[route.source] == entering[route.target] == 1
        return level and only and route.kind == "short" and route.span == 1

    @cached_property
    def _short_links(self) -> tuple[Counter[str], Counter[str]]:
        """Number of short links that leave and that enter each node."""
        short = [route for route in self.layout.routes if route.kind == "short"]
        return Counter(route.source for route in short), Counter(route.target for route in short)

    def x(self, name: str) -> float:
        """Middle of a column, from left to right."""
        return self.layout.places[name][0] * self.pitch

    def y(self, name: str) -> float:
        """Middle of a column, upwards."""
        return self.layout.places[name][1] * self.lane

    def half(self, name: str) -> float:
        """Half the breadth of a column."""
        return (DOT if self.is_dotted(name) else self.bar) / 2

    def head(self, name: str) -> float:
        """Height that the sign above a column takes, if it has one."""
        return 2 * self.sign + 0.3 if self.is_signed(name) else 0.0

    def top(self, name: str) -> float:
        """Upper end of a column, its sign included."""
        return self.y(name) + self.heights[name] / 2 + self.head(name)

    def bottom(self, name: str) -> float:
        """Lower end of a column."""
        return self.y(name) - self.heights[name] / 2

    def box(self, name: str) -> Box:
        """Place that a column takes, without its sign."""
        x, y, half = self.x(name), self.y(name), self.heights[name] / 2
        return x - self.half(name), y - half, x + self.half(name), y + half

    def dots(self, name: str) -> Floats:
        """Heights of the channels of a dotted column, channel 0 on top."""
        first = self.y(name) + self.heights[name] / 2 - 0.5
        return first - np.arange(float(self.architecture.node(name).width))

    def cell_box(self, cell: str) -> Box:
        """Box around the nodes of a cell and the arcs that end in it; all alike in a tower."""
        cells = self.layout.cells
        names = {name for other in cells for name in cells[other] if self.is_tower or other == cell}
        arcs = [self.apex(route) for route in self.arcs if route.target in names]
        margin = min(0.42 * self.pitch, 2.5)
        xs = [self.x(name) for name in cells[cell]]
        low = min([*map(self.bottom, names), *arcs]) - 0.7
        high = max([*map(self.top, names), *arcs]) + 0.7
        return min(xs) - margin, low, max(xs) + margin, high

    def apex(self, route: Route) -> float:
        """Height of an arc: clear of all columns that it passes, and more the longer it is."""
        rise = self.rise * (route.span / self._longest) ** 0.75
        first = int(self.layout.places[route.source][0])
        low, high = self._skyline
        passed = slice(first, first + route.span + 1)
        if route.side == "below":
            return float(low[passed].min() - rise)
        return float(high[passed].max() + rise)

    def paths(self) -> Iterator[tuple[Route, Floats]]:
        """Yield each link with the points along it, shape (points, 2)."""
        beside = Counter((route.source, route.target) for route in self.layout.routes)
        seen: Counter[tuple[str, str]] = Counter()
        for route in self.layout.routes:
            ends = (route.source, route.target)
            yield route, self._path(route, seen[ends], beside[ends])
            seen[ends] += 1

    def _path(self, route: Route, place: int, beside: int) -> Floats:
        """Points along the link that is number `place` of those between its ends."""
        if route.side == "lane":
            return sampled(through(self._stations(route, place - (beside - 1) / 2)))
        source, target = route.source, route.target
        end, sign = (self.top, 1) if route.side == "above" else (self.bottom, -1)
        start, stop = (self.x(source), end(source)), (self.x(target), end(target))
        return sampled(arc(start, stop, self.apex(route) + sign * place * self.parting), 40)

    def _stations(self, route: Route, shift: float) -> list[Point]:
        """Where a link in a lane leaves, passes and arrives."""
        start = (self.x(route.source) + self.half(route.source), self.y(route.source))
        stop = (self.x(route.target) - self.half(route.target), self.y(route.target))
        bend = shift * self.parting
        passed = [(x * self.pitch, y * self.lane + bend) for x, y in route.waypoints]
        if not passed and bend:
            passed = [((start[0] + stop[0]) / 2, (start[1] + stop[1]) / 2 + bend)]
        return [start, *passed, stop]
