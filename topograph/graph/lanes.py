"""Heights for the nodes of a layered drawing: few crossings, straight lines, nothing overlaps.

The layered method: a link over several columns gets a waypoint in each column that it passes, the
columns are ordered by the mean place of their neighbours, and then all items move as near to their
neighbours as the order and the room that each one needs allow.

References
----------
.. [1] K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
       structures", IEEE Trans. Systems, Man, and Cybernetics 11 (1981).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from math import inf

NODE_ROOM = 1.0
"""Height of the lane that a node needs."""

LINK_ROOM = 0.4
"""Height of the lane that a passing link needs."""

_SWEEPS = 10


@dataclass(eq=False)
class Grid:
    """Nodes and waypoints (numbered behind the nodes) in their columns, and their neighbours.

    Attributes
    ----------
    nodes : int
        Number of nodes.
    columns : list of list of int
        The items of each column from top to bottom.
    before, behind : list of list of int
        The neighbours of each item in the column before and in the column behind.
    chains : list of list of int
        The waypoints of each link.
    """

    nodes: int
    columns: list[list[int]]
    before: list[list[int]]
    behind: list[list[int]]
    chains: list[list[int]]

    @classmethod
    def of(cls, ranks: Sequence[int], links: Sequence[tuple[int, int]]) -> Grid:
        """Place the nodes in the columns `ranks`, and break links at each column they pass."""
        columns: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
        for node, rank in enumerate(ranks):
            columns[rank].append(node)
        grid = cls(len(ranks), columns, [[] for _ in ranks], [[] for _ in ranks], [])
        for source, target in links:
            chain = [grid._waypoint(n) for n in range(ranks[source] + 1, ranks[target])]
            for one, other in pairwise([source, *chain, target]):
                grid.behind[one].append(other)
                grid.before[other].append(one)
            grid.chains.append(chain)
        return grid

    def _waypoint(self, rank: int) -> int:
        """Add a waypoint to a column and return its number."""
        self.before.append([])
        self.behind.append([])
        self.columns[rank].append(len(self.before) - 1)
        return len(self.before) - 1

    @property
    def is_tower(self) -> bool:
        """True if no column holds more than one item."""
        return all(len(column) < 2 for column in self.columns)

    @property
    def order(self) -> list[list[int]]:
        """The nodes of each column from top to bottom."""
        return [[item for item in column if item < self.nodes] for column in self.columns]

    @property
    def room(self) -> list[float]:
        """Height of the lane that each item needs."""
        waypoints = len(self.before) - self.nodes
        return [NODE_ROOM] * self.nodes + [LINK_ROOM] * waypoints

    @cached_property
    def paths(self) -> list[list[int]]:
        """Longest runs of items of which each is the only neighbour of the next, and conversely."""
        runs: dict[int, list[int]] = {}
        for column in self.columns:
            for item in column:
                before = self.before[item]
                alone = len(before) == 1 and len(self.behind[before[0]]) == 1
                runs[item] = runs[before[0]] if alone else []
                runs[item].append(item)
        return list({id(run): run for run in runs.values()}.values())


def untangle(grid: Grid) -> Grid:
    """Order the columns by the mean place of their neighbours; keep the least tangled order.

    Examples
    --------
    >>> crossed = Grid.of([0, 0, 1, 1], [(0, 3), (1, 2)])
    >>> untangle(crossed).columns
    [[0, 1], [3, 2]]
    """
    columns, fewest = grid.columns, _crossings(grid, grid.columns)
    for sweep in range(_SWEEPS):
        if not fewest or grid.is_tower:
            break
        forwards = sweep % 2 == 0
        columns = _swept(columns, grid.before if forwards else grid.behind, forwards=forwards)
        tangled = _crossings(grid, columns)
        if tangled < fewest:
            grid.columns, fewest = columns, tangled
    return grid


def _swept(
    columns: list[list[int]], neighbours: list[list[int]], *, forwards: bool
) -> list[list[int]]:
    """Sort each column by the mean place of the neighbours in the column just sorted."""
    place: dict[int, float] = {}
    swept = []
    for column in columns if forwards else reversed(columns):
        wanted = {
            item: _mean([place[other] for other in neighbours[item]], index / len(column))
            for index, item in enumerate(column)
        }
        column = sorted(column, key=wanted.__getitem__)
        place.update((item, (index + 0.5) / len(column)) for index, item in enumerate(column))
        swept.append(column)
    return swept if forwards else swept[::-1]


def _crossings(grid: Grid, columns: list[list[int]]) -> int:
    """Count the pairs of links that cross between neighbouring columns."""
    place = {item: index for column in columns for index, item in enumerate(column)}
    total = 0
    for column in columns:
        passed: list[int] = []
        for item in column:
            ends = [place[other] for other in grid.behind[item]]
            total += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return total


def settle(grid: Grid) -> list[float]:
    """Give every item a height in lanes, upwards, such that none takes the room of another.

    Examples
    --------
    >>> settle(Grid.of([0, 1, 1, 2], [(0, 1), (0, 2), (1, 3), (2, 3)]))
    [0.0, 0.5, -0.5, 0.0]
    """
    heights = [0.0] * len(grid.before)
    if not grid.is_tower:
        _approach(grid, heights)
        _straighten(grid, heights)
    return heights


def _approach(grid: Grid, heights: list[float]) -> None:
    """Move columns, one after the other and again, towards the mean height of the neighbours."""
    room = grid.room
    for column in grid.columns:
        _place(column, [0.0] * len(column), heights, room)
    both = [[*before, *behind] for before, behind in zip(grid.before, grid.behind, strict=True)]
    for sweep in range(_SWEEPS):
        for column in grid.columns if sweep % 2 == 0 else reversed(grid.columns):
            wanted = [_mean([heights[end] for end in both[item]], 0.0) for item in column]
            _place(column, wanted, heights, room)


def _place(column: list[int], wanted: list[float], heights: list[float], room: list[float]) -> None:
    """Set the heights nearest to the wanted ones that descend and leave each item its room."""
    edges = list(accumulate((room[item] for item in column), initial=0.0))
    middles = [(low + high - edges[-1]) / 2 for low, high in pairwise(edges)]
    pools: list[tuple[float, int]] = []
    for value, middle in zip(wanted, middles, strict=True):
        mean, size = value + middle, 1
        while pools and pools[-1][0] < mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    means = [mean for mean, size in pools for _ in range(size)]
    for item, mean, middle in zip(column, means, middles, strict=True):
        heights[item] = mean - middle


def _straighten(grid: Grid, heights: list[float]) -> None:
    """Level the paths that neither branch nor join, then move each as a whole."""
    room = grid.room
    above: dict[int, int] = {}
    below: dict[int, int] = {}
    for column in grid.columns:
        for upper, lower in pairwise(column):
            above[lower], below[upper] = upper, lower
    for sweep in range(_SWEEPS):
        for path in grid.paths if sweep % 2 == 0 else reversed(grid.paths):
            ends = [*grid.before[path[0]], *grid.behind[path[-1]]]
            wanted = _mean([heights[end] for end in ends], heights[path[0]])
            roofs = [(i, above[i], -1) for i in path if i in above]
            floors = [(i, below[i], 1) for i in path if i in below]
            high = min((_beside(heights, room, *wall) for wall in roofs), default=inf)
            low = max((_beside(heights, room, *wall) for wall in floors), default=-inf)
            if low <= high:
                level = min(max(wanted, low), high)
                for item in path:
                    heights[item] = level


def _beside(heights: list[float], room: list[float], item: int, wall: int, sign: int) -> float:
    """Return the height at which an item touches its neighbour in the column."""
    return heights[wall] + sign * (room[item] + room[wall]) / 2


def _mean(values: list[float], otherwise: float) -> float:
    """Mean of the values, or another number if there are none."""
    return sum(values) / len(values) if values else otherwise
