"""Lanes: nothing overlaps, lines are straight where they can be, crossings against brute force."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.graph.lanes import LINK_ROOM, NODE_ROOM, Grid, settle, untangle

Links = list[tuple[int, int]]


@st.composite
def layered(draw: st.DrawFn) -> tuple[list[int], Links]:
    """Draw columns of up to four nodes, and links that lead forwards."""
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    ranks = [rank for rank, count in enumerate(counts) for _ in range(count)]
    pairs = [(i, j) for i, j in combinations(range(len(ranks)), 2) if ranks[i] < ranks[j]]
    if not pairs:
        return ranks, []
    return ranks, draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14))


def crossings(grid: Grid) -> int:
    """Compare every two links between neighbouring columns."""
    place = {item: index for column in grid.columns for index, item in enumerate(column)}
    total = 0
    for column in grid.columns:
        links = [(place[i], place[j]) for i in column for j in grid.behind[i]]
        total += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(links, 2))
    return total


@given(layered())
def test_items_of_a_column_keep_their_order_and_their_room(drawn: tuple[list[int], Links]) -> None:
    ranks, links = drawn
    grid = untangle(Grid.of(ranks, links))
    heights, room = settle(grid), grid.room
    for column in grid.columns:
        for upper, lower in pairwise(column):
            assert heights[upper] - heights[lower] >= (room[upper] + room[lower]) / 2 - 1e-9
    assert set(room[: len(ranks)]) == {NODE_ROOM}
    assert set(room[len(ranks) :]) <= {LINK_ROOM}


@given(layered())
def test_every_link_has_a_waypoint_in_each_column_between_its_ends(
    drawn: tuple[list[int], Links],
) -> None:
    ranks, links = drawn
    grid = untangle(Grid.of(ranks, links))
    rank_of = {item: rank for rank, column in enumerate(grid.columns) for item in column}
    for (source, target), chain in zip(links, grid.chains, strict=True):
        assert [rank_of[i] for i in chain] == list(range(ranks[source] + 1, ranks[target]))
        for one, other in pairwise([source, *chain, target]):
            assert other in grid.behind[one]
            assert one in grid.before[other]


@given(layered())
def test_order_never_crosses_more_links_than_the_given_one(drawn: tuple[list[int], Links]) -> None:
    ranks, links = drawn
    before = crossings(Grid.of(ranks, links))
    assert crossings(untangle(Grid.of(ranks, links))) <= before


def test_two_by_two_is_untangled() -> None:
    grid = untangle(Grid.of([0, 0, 1, 1], [(0, 3), (1, 2)]))
    assert crossings(grid) == 0


def test_complete_pair_of_columns_keeps_its_one_crossing() -> None:
    grid = untangle(Grid.of([0, 0, 1, 1], [(0, 2), (0, 3), (1, 2), (1, 3)]))
    assert crossings(grid) == 1


def test_tower_stands_at_height_zero() -> None:
    grid = Grid.of([0, 1, 2, 3], [(0, 1), (1, 2), (2, 3)])
    assert settle(grid) == [0.0] * 4


def test_branches_are_level_and_lie_about_the_stem() -> None:
    # 0 -> (1 -> 2, 3 -> 4, 5 -> 6) -> 7
    ranks = [0, 1, 2, 1, 2, 1, 2, 3]
    links = [(0, 1), (1, 2), (0, 3), (3, 4), (0, 5), (5, 6), (2, 7), (4, 7), (6, 7)]
    heights = settle(untangle(Grid.of(ranks, links)))
    assert heights[1:7:2] == pytest.approx([1.0, 0.0, -1.0])
    assert heights[2:7:2] == pytest.approx(heights[1:7:2])
    assert heights[0] == pytest.approx(heights[7]) == pytest.approx(0.0)


def test_long_link_beside_a_path_runs_straight() -> None:
    # a path of three nodes and a link that passes them, between common ends
    ranks = [0, 1, 2, 3, 4]
    grid = untangle(Grid.of(ranks, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]))
    heights = settle(grid)
    (chain,) = (chain for chain in grid.chains if chain)
    assert len({round(heights[item], 9) for item in chain}) == 1
    assert len({round(height, 9) for height in heights[1:4]}) == 1
