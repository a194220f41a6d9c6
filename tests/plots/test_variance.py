"""Lines of variances are the predictions, points what was measured."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import VariancePropagation
from topograph.errors import ShapeError
from topograph.plots import plot_variance

KEPT = VariancePropagation((0, 1, 2), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
LOST = VariancePropagation((0, 1, 2), (1.0, 0.25, 0.0625), (0.09, 0.3, 1.0))
FOUND = VariancePropagation((0, 1, 2), (1.0, 0.26, 0.06), (0.08, 0.3, 1.0))


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def test_predictions_are_lines_and_measurements_points_of_their_colour(ax: Axes) -> None:
    assert plot_variance({"kept": KEPT, "lost": LOST}, measured={"lost": FOUND}, ax=ax) is ax
    assert ax.get_yscale() == "log"
    lines = [line for line in ax.lines if line.get_linestyle() != "None"]
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    expected = (KEPT.forward, KEPT.backward, LOST.forward, LOST.backward)
    for line, values in zip(lines, expected, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    for line, values in zip(points, (FOUND.forward, FOUND.backward), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
        assert line.get_color() == lines[2].get_color()
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["kept, forward", "kept, backward", "lost, forward", "lost, backward"]
    ax.figure.savefig(BytesIO())


def test_a_single_result_and_one_direction_need_no_names(ax: Axes) -> None:
    plot_variance(LOST, measured=FOUND, directions=("backward",), ax=ax, linewidth=3)
    line, points = ax.lines
    assert line.get_label() == "backward"
    assert line.get_linewidth() == 3
    assert points.get_markerfacecolor() == "white"


def test_a_variance_of_zero_has_no_point(ax: Axes) -> None:
    plot_variance(VariancePropagation((0, 1), (1.0, 0.0), (1.0, 1.0)), ax=ax)
    ax.figure.savefig(BytesIO())


def test_what_makes_no_lines_is_refused(ax: Axes) -> None:
    for results in ({}, {str(number): KEPT for number in range(7)}):
        with pytest.raises(ShapeError, match="Received"):
            plot_variance(results, ax=ax)
    with pytest.raises(ShapeError, match="Received points of 'other'"):
        plot_variance({"kept": KEPT}, measured={"other": KEPT}, ax=ax)
    with pytest.raises(ShapeError, match="sideways"):
        plot_variance(KEPT, directions=("sideways",), ax=ax)
