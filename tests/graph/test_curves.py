"""Curves against de Casteljau's construction, and the promises that drawings rely on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.graph.curves import arc, sampled, through

HEIGHTS = st.floats(-50, 50)


@st.composite
def stations(draw: st.DrawFn) -> list[tuple[float, float]]:
    steps = draw(st.lists(st.floats(0.1, 20), min_size=1, max_size=8))
    xs = np.cumsum([0.0, *steps]).tolist()
    return [(x, draw(HEIGHTS)) for x in xs]


def de_casteljau(points: np.ndarray, t: float) -> np.ndarray:
    while len(points) > 1:
        points = (1 - t) * points[:-1] + t * points[1:]
    return points[0]


def test_samples_are_those_of_repeated_halving() -> None:
    pieces = np.random.default_rng(0).normal(size=(3, 4, 2))
    expected = [de_casteljau(piece, t) for piece in pieces for t in np.linspace(0, 1, 7)]
    np.testing.assert_allclose(sampled(pieces, 7), expected)


@given(HEIGHTS, HEIGHTS, st.floats(0.5, 100), st.floats(51, 90))
def test_arc_joins_its_ends_and_reaches_its_apex_half_way(
    left: float, right: float, width: float, apex: float
) -> None:
    points = sampled(arc((0, left), (width, right), apex), 101)
    np.testing.assert_allclose(points[[0, -1]], [(0, left), (width, right)], atol=1e-9)
    np.testing.assert_allclose(points[50], (width / 2, apex))
    assert (np.diff(points[:, 0]) > 0).all()


def test_arc_between_equal_heights_is_highest_half_way() -> None:
    points = sampled(arc((0, 1), (4, 1), 3.0), 101)
    assert points[:, 1].argmax() == 50


def test_arc_leaves_the_flatter_the_more_it_leans() -> None:
    slopes = []
    for lean in (0.1, 0.3):
        piece = arc((0, 1), (4, 2), 3.0, lean=lean)[0]
        slopes.append((piece[1, 1] - piece[0, 1]) / (piece[1, 0] - piece[0, 0]))
        np.testing.assert_allclose(sampled(piece[None], 3)[1], (2, 3))
    assert slopes[0] == pytest.approx(3 * slopes[1])


@given(stations())
def test_line_passes_every_point_and_leaves_no_room_between_neighbours(
    points: list[tuple[float, float]],
) -> None:
    pieces = through(points)
    np.testing.assert_allclose(pieces[:, 0], points[:-1])
    np.testing.assert_allclose(pieces[:, 3], points[1:])
    for piece, (_, low), (_, high) in zip(pieces, points, points[1:], strict=False):
        heights = sampled(piece[None], 40)[:, 1]
        assert heights.min() >= min(low, high) - 1e-6
        assert heights.max() <= max(low, high) + 1e-6


@given(stations())
def test_line_is_level_at_its_ends_and_has_no_corner(points: list[tuple[float, float]]) -> None:
    pieces = through(points)
    assert pieces[0, 1, 1] == pytest.approx(points[0][1])
    assert pieces[-1, 2, 1] == pytest.approx(points[-1][1])
    arriving, leaving = pieces[:-1, 3] - pieces[:-1, 2], pieces[1:, 1] - pieces[1:, 0]
    np.testing.assert_allclose(
        arriving[:, 1] * leaving[:, 0], leaving[:, 1] * arriving[:, 0], atol=1e-6
    )
