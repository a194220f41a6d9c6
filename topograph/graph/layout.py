"""Where things stand in a layered drawing of an architecture, before anything is drawn.

Layers are columns from left to right; the column of a feature map is the length of the longest
path that leads to it. Both the notebook view and the figures read this layout.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import or_
from typing import TYPE_CHECKING

from topograph.graph.folding import Strand, descendants, folded, strands
from topograph.graph.lanes import Grid, settle, untangle
from topograph.graph.node import Node
from topograph.graph.ops import Op

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A link of a drawing, and the way it takes.

    Attributes
    ----------
    strand : Strand
        The channels that the link carries, and the edge by which they enter the target.
    kind : {"short", "skip"}
        A skip has another path beside it: it passes over a layer that also leads from its source
        to its target. All other links are short.
    span : int
        Columns from source to target, at least 1.
    side : {"lane", "above", "below"}
        A skip whose ends are the first (last) nodes of their columns is an arc above (below).
        All other links run in lanes between the nodes.
    waypoints : tuple of (x, y)
        Where a link in a lane passes the columns between its ends.
    """

    strand: Strand
    kind: str
    span: int
    side: str = "lane"
    waypoints: tuple[Point, ...] = ()

    @property
    def source(self) -> str:
        """Name of the node at which the link starts."""
        return self.strand.source

    @property
    def target(self) -> str:
        """Name of the node at which the link ends."""
        return self.strand.target

    @property
    def op(self) -> Op:
        """The op on the way into the target."""
        return self.strand.edge.op

    @property
    def channels(self) -> int:
        """Number of channels of the source that the link carries."""
        return len(self.strand.channels)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A layered drawing in numbers.

    Attributes
    ----------
    columns : tuple of tuple of str
        The nodes of each column from top to bottom.
    places : dict of str to (x, y)
        x counts columns, y lanes (upwards; nodes of one column are at least 1 apart).
    routes : tuple of Route
        The links, in the order of the edges that they belong to.
    cells : dict of str to tuple of str
        The nodes of each cell that are drawn.
    folded : frozenset of str
        Concatenations that are not drawn: the layer that reads one takes its parts directly.
    """

    columns: tuple[tuple[str, ...], ...]
    places: dict[str, Point]
    routes: tuple[Route, ...]
    cells: dict[str, tuple[str, ...]]
    folded: frozenset[str]

    @property
    def depth(self) -> int:
        """Number of columns."""
        return len(self.columns)


def layout(architecture: Architecture) -> Layout:
    """Lay an architecture out in columns, one per layer.

    Parameters
    ----------
    architecture : Architecture

    Returns
    -------
    Layout
        Columns, places and links, with the concatenations folded that one layer alone reads and
        whose parts lie on one path.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> x = b.input(8, name="x")
    >>> h = b.linear(x, 8, name="h")
    >>> g = b.linear(h, 8, name="g")
    >>> y = b.linear(b.concat([g, (x, [0, 5])]), 2, name="y")
    >>> drawn = layout(b.build())
    >>> drawn.columns
    (('x',), ('h',), ('g',), ('y',))
    >>> [(route.source, route.target, route.channels) for route in drawn.routes]
    [('x', 'h', 8), ('h', 'g', 8), ('g', 'y', 8), ('x', 'y', 2)]
    >>> [route.kind for route in drawn.routes]
    ['short', 'short', 'short', 'skip']
    """
    ahead = descendants(architecture)
    gone = folded(architecture, ahead)
    shown = [node for node in architecture.nodes if node.name not in gone]
    threads = strands(architecture, gone)
    number = {node.name: index for index, node in enumerate(shown)}
    ends = [(number[strand.source], number[strand.target]) for strand in threads]
    ranks = _ranks(len(shown), ends)
    skips = _skips(ends, ranks, _paths(architecture, shown, ahead))
    grid, sides = _arranged(ranks, list(dict.fromkeys(ends)), skips)
    heights = settle(grid)
    laned = [pair for pair, side in sides.items() if side == "lane"]
    passed = {
        pair: tuple((float(ranks[pair[0]] + n), heights[item]) for n, item in enumerate(chain, 1))
        for pair, chain in zip(laned, grid.chains, strict=True)
    }
    routes = [
        Route(
            strand,
            kind="skip" if pair in skips else "short",
            span=ranks[pair[1]] - ranks[pair[0]],
            side=sides[pair],
            waypoints=passed.get(pair, ()),
        )
        for strand, pair in zip(threads, ends, strict=True)
    ]
    return Layout(
        columns=tuple(tuple(shown[item].name for item in column) for column in grid.order),
        places={node.name: (float(ranks[i]), heights[i]) for i, node in enumerate(shown)},
        routes=tuple(routes),
        cells=_cells(shown),
        folded=gone,
    )


def _cells(shown: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """Collect the nodes of each cell."""
    cells: dict[str, list[str]] = defaultdict(list)
    for node in shown:
        if node.cell is not None:
            cells[node.cell].append(node.name)
    return {cell: tuple(names) for cell, names in cells.items()}


def _ranks(count: int, ends: Sequence[tuple[int, int]]) -> list[int]:
    """Length of the longest path that leads to each node; links come in topological order."""
    ranks = [0] * count
    for source, target in ends:
        ranks[target] = max(ranks[target], ranks[source] + 1)
    return ranks


def _paths(
    architecture: Architecture, shown: Sequence[Node], ahead: Mapping[str, int]
) -> list[tuple[int, int]]:
    """Return the bit of each drawn node, and the bits of the nodes to which it leads."""
    bit = {node.name: 1 << index for index, node in enumerate(architecture.nodes)}
    return [(bit[node.name], ahead[node.name]) for node in shown]


def _skips(
    ends: Sequence[tuple[int, int]], ranks: Sequence[int], paths: Sequence[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Return the pairs (source, target) that are also joined by a path through other nodes."""
    reads: dict[int, set[int]] = defaultdict(set)
    for source, target in ends:
        reads[source].add(target)
    found: set[tuple[int, int]] = set()
    for source, targets in reads.items():
        ordered = sorted(targets, key=ranks.__getitem__)
        beyond = accumulate((paths[target][1] for target in ordered), or_, initial=0)
        reached = zip(ordered, beyond, strict=False)
        found.update((source, target) for target, bits in reached if bits & paths[target][0])
    return found


def _arranged(
    ranks: Sequence[int], pairs: Sequence[tuple[int, int]], skips: set[tuple[int, int]]
) -> tuple[Grid, dict[tuple[int, int], str]]:
    """Order the columns and choose sides for the skips; one that cannot be an arc gets a lane."""
    laned = [pair for pair in pairs if pair not in skips]
    while True:
        grid = untangle(Grid.of(ranks, laned))
        first = {column[0] for column in grid.order}
        last = {column[-1] for column in grid.order}
        sides = {pair: _side(pair, first, last) for pair in skips.difference(laned)}
        blocked = [pair for pair in pairs if sides.get(pair) == "lane"]
        if not blocked:
            return grid, dict.fromkeys(laned, "lane") | sides
        laned += blocked


def _side(pair: tuple[int, int], first: set[int], last: set[int]) -> str:
    """Return the side on which both ends of a link are free."""
    if first.issuperset(pair):
        return "above"
    return "below" if last.issuperset(pair) else "lane"
