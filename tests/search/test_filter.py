from __future__ import annotations

from itertools import pairwise
from math import inf, nan

import numpy as np
import pytest

from topograph.errors import BudgetError
from topograph.search import CellSpace, Window, connectivity_filter

NB201, DARTS = CellSpace.nasbench201(), CellSpace.darts()
THREE = NB201.count("nor_conv_1x1", "nor_conv_3x3") == 3


def test_the_window_of_the_space():
    window = connectivity_filter(NB201).window
    assert (window.depth, window.width) == pytest.approx((1.625, 13 / 6), rel=1e-15)
    halves = (window.depth_radius / 2, window.width_radius / 2)
    assert halves == pytest.approx((0.6875, 11 / 12), rel=1e-15)


@pytest.mark.parametrize(
    ("radius", "kept", "three"),
    [(0.5, 6256, 2880), (0.75, 9762, 3536), (0.25, 1376, 416), (1, 13_642, 4248)],
)
def test_survivors(radius, kept, three):
    found = connectivity_filter(NB201, radius=radius)
    assert (found.kept, int(found.mask[THREE].sum())) == (kept, three)
    assert len(NB201[found.mask]) == kept
    assert not found.mask[found.depth == 0].any()


@pytest.mark.parametrize(
    ("space", "window", "kept"),
    [
        (NB201, "paper", 6256),
        (NB201, "released", 8226),
        (DARTS, "space", 16_102),
        (DARTS, "paper", 25_509),
        (DARTS, "released", 35_279),
    ],
)
def test_survivors_of_other_windows(space, window, kept):
    assert connectivity_filter(space, window=window).kept == kept


def test_the_window_of_darts():
    window = connectivity_filter(DARTS).window
    found = (window.depth, window.width, window.depth_radius / 2, window.width_radius / 2)
    assert found == pytest.approx((1.2534722, 11.9333333, 0.5954861, 3.0333333), abs=5e-8)


def test_published_constants_are_those_of_the_space_rounded():
    own = connectivity_filter(NB201).window
    paper = connectivity_filter(NB201, window="paper").window
    assert (paper.depth, paper.width) == (round(own.depth, 1), round(own.width, 1))
    assert paper.depth_radius / 2 == pytest.approx(round(own.depth_radius / 2, 1))
    assert paper.width_radius / 2 == pytest.approx(round(own.width_radius / 2, 1))


def test_samples_take_the_window_of_their_space():
    whole = connectivity_filter(NB201)
    drawn = np.random.default_rng(0).choice(15_625, 400, replace=False)
    sample = connectivity_filter(NB201[drawn], window=whole.window)
    assert np.array_equal(sample.mask, whole.mask[drawn])


def test_a_window_of_ones_own():
    flat = Window(1, 2, 0, 0)
    assert connectivity_filter(NB201, window=flat).kept == 1904
    between = Window.between((0.99, 2.51), (0.99, 3.01))
    assert connectivity_filter(NB201, window=between, radius=1).kept == 8226


def test_larger_radii_keep_more():
    masks = [connectivity_filter(NB201, radius=r).mask for r in (0.1, 0.3, 0.5, 0.9, 2)]
    assert all((small <= large).all() for small, large in pairwise(masks))


def test_the_answer_is_a_table():
    frame = connectivity_filter(NB201[:5]).to_frame()
    assert len(frame) == 5
    assert {"mask", "depth", "width", "window_depth", "radius"} <= set(frame.columns)


@pytest.mark.parametrize("radius", [0, -1, nan, inf])
def test_a_radius_that_is_none_is_refused(radius):
    with pytest.raises(BudgetError, match="finite number above 0"):
        connectivity_filter(NB201, radius=radius)


def test_unknown_windows_are_refused():
    with pytest.raises(BudgetError, match="space, paper, released, or your own. Received 'wide'"):
        connectivity_filter(NB201, window="wide")
    with pytest.raises(BudgetError, match="one of space, or your own. Received 'paper'"):
        connectivity_filter(CellSpace.typed(), window="paper")


@pytest.mark.parametrize("numbers", [(nan, 1, 1, 1), (1, 1, -1, 1), (1, 1, inf, 1)])
def test_windows_that_are_none_are_refused(numbers):
    with pytest.raises(BudgetError, match="finite centre"):
        Window(*numbers)


def test_a_space_without_depth_has_no_window():
    with pytest.raises(BudgetError, match="3 cells without any such depth"):
        connectivity_filter(CellSpace.from_strings(["|skip_connect~0|"] * 3))
