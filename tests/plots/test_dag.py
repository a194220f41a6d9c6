"""The drawing of a graph has a circle per node and an arrow per edge, told apart by their look."""

from __future__ import annotations

from io import BytesIO

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from topograph.errors import ArchitectureError
from topograph.plots import colour, plot_dag

MIXED = [(0, 1, "linear"), (0, 2, "zero"), (1, 2, "skip"), (0, 3, "skip"), (2, 3, "linear")]


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(2.4, 1.2)).add_subplot()


def arrows(ax: Axes) -> list[FancyArrowPatch]:
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def heights(ax: Axes) -> list[float]:
    """How far each arrow rises above the row of nodes and falls below it."""
    ax.figure.savefig(BytesIO())
    row = ax.transData.transform((0, 0))[1]
    found = []
    for arrow in arrows(ax):
        path = arrow.get_path().transformed(arrow.get_transform())
        found.append(float((path.vertices[:3, 1] - row).mean()))  # the shaft
    return found


def test_nodes_and_edges_are_those_given(ax: Axes) -> None:
    assert plot_dag(MIXED, ax=ax) is ax
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2", "3"]
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    assert [circle.center for circle in circles] == [(0, 0), (1, 0), (2, 0), (3, 0)]
    for arrow, (_, _, kind) in zip(arrows(ax), MIXED, strict=True):
        assert same_color(arrow.get_edgecolor(), colour("blue")) == (kind == "linear")
        assert (arrow.get_linestyle() != "-") == (kind == "skip")


def test_edges_over_one_node_rise_and_over_two_fall(ax: Axes) -> None:
    plot_dag(MIXED, ax=ax)
    near, over_one, _, over_two, _ = heights(ax)
    assert near == pytest.approx(0, abs=1e-6)
    assert over_one > 5
    assert over_two < -5


def test_parallel_edges_part(ax: Axes) -> None:
    plot_dag([(0, 1, "linear"), (0, 1, "skip"), (0, 1, "linear")], ax=ax)
    first, second, third = heights(ax)
    assert first < second < third


def test_nodes_keep_their_numbers(ax: Axes) -> None:
    plot_dag([(2, 5, "linear"), (5, 9, "skip")], ax=ax, facecolor="0.9")
    assert [text.get_text() for text in ax.texts] == ["2", "5", "9"]
    circle = next(patch for patch in ax.patches if isinstance(patch, Circle))
    assert same_color(circle.get_facecolor(), "0.9")


def test_what_is_no_graph_is_refused_as_by_the_generator(ax: Axes) -> None:
    with pytest.raises(ArchitectureError, match="from a smaller to a larger"):
        plot_dag([(1, 0, "linear")], ax=ax)
    with pytest.raises(ArchitectureError, match="has an edge"):
        plot_dag([], ax=ax)
