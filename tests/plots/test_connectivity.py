"""The plane of depth and width shows the groups of the result."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import group_means
from topograph.errors import ShapeError
from topograph.plots import plot_connectivity

GROUPS = group_means([[1, 2], [1, 2], [2, 1], [2, 1], [3, 0.5]], [90.0, 94.0, 88.0, 89.0, 70.0])


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.4), layout="constrained").add_subplot()


def test_dots_are_the_groups_with_their_means_and_spreads(ax: Axes) -> None:
    assert plot_connectivity(GROUPS, ax=ax) is ax
    (dots,) = ax.collections
    places = np.asarray(dots.get_offsets())
    np.testing.assert_array_equal(places, [[1, 2], [2, 1], [3, 0.5]])
    np.testing.assert_array_equal(dots.get_array(), [92, 88.5, 70])
    diameters = np.sqrt(dots.get_sizes())
    grown = (diameters - diameters[2]) / (diameters[0] - diameters[2])
    np.testing.assert_allclose(grown, np.array([2, 0.5, 0]) / 2)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["spread 0", "2"]
    ax.figure.savefig(BytesIO())


def test_window_and_what_no_graph_can_be_are_drawn(ax: Axes) -> None:
    plot_connectivity(GROUPS, window=((1, 2.5), (0.75, 2)), paths=4, ax=ax)
    (frame,) = ax.patches
    np.testing.assert_allclose(frame.get_bbox().extents, [1, 0.75, 2.5, 2])
    shade = ax.collections[0].get_paths()[0].vertices
    depth, width = shade[(shade[:, 1] > 0) & (shade[:, 1] < ax.get_ylim()[1] - 1e-9)].T
    assert len(depth)
    np.testing.assert_allclose(depth * width, 4)


def test_groups_without_spread_need_no_scale_of_sizes(ax: Axes) -> None:
    plot_connectivity(group_means([[1, 2], [2, 1]], [1.0, 2.0]), ax=ax, vmin=0)
    assert ax.get_legend() is None
    assert ax.collections[0].get_clim()[0] == 0
    ax.figure.savefig(BytesIO())


def test_other_than_two_measures_are_refused(ax: Axes) -> None:
    with pytest.raises(ShapeError, match="two axes.*Received groups of 1 measures"):
        plot_connectivity(group_means([[1], [2]], [1.0, 2.0]), ax=ax)
