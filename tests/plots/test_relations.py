"""The drawing of a relation: it shows the result's own numbers, and nothing else."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from topograph.analyzers import Relation, relation
from topograph.errors import BudgetError, ShapeError
from topograph.plots import PALETTE, colour, plot_relation, style

mpl.use("agg")

X = np.array([0.0, 1, 2, 4, 8, 16, 32])
Y = np.array([5.0, 1, 3, 2, 5, 4, 6])


@pytest.fixture
def line() -> Relation:
    return relation(X, Y)


@pytest.fixture
def ax() -> plt.Axes:
    return Figure().add_subplot()


def scatters(ax: plt.Axes) -> list[PathCollection]:
    return [item for item in ax.collections if isinstance(item, PathCollection)]


def test_points_line_and_band_are_those_of_the_result(line: Relation, ax: plt.Axes) -> None:
    assert plot_relation(line, ax=ax) is ax
    (points,) = scatters(ax)
    np.testing.assert_array_equal(points.get_offsets(), np.stack([line.x, line.y], axis=1))
    (drawn,) = ax.lines
    np.testing.assert_allclose(drawn.get_ydata(), line.predict(drawn.get_xdata()))
    assert drawn.get_xdata()[[0, -1]] == pytest.approx([1, 32])
    (band,) = (item for item in ax.collections if isinstance(item, FillBetweenPolyCollection))
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.round(9)}
    for x, limits in ((1.0, line.band(1.0)), (32.0, line.band(32.0))):
        assert {(x, round(float(limit), 9)) for limit in limits} <= corners


def test_numbers_stand_above_the_axes(line: Relation, ax: plt.Axes) -> None:
    plot_relation(line, ax=ax, x_label="mass", y_label="accuracy")
    text = ax.get_title(loc="left")
    assert f"{line.r_squared:.2f}" in text
    assert "n = 6$" in text
    assert "1 at $x \\leq 0$ left out" in text
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("mass", "accuracy")


def test_axis_follows_the_fit(line: Relation, ax: plt.Axes) -> None:
    assert plot_relation(line, ax=ax).get_xscale() == "log"
    straight = plot_relation(relation(X, Y, log=False), ax=Figure().add_subplot())
    assert straight.get_xscale() == "linear"
    assert "left out" not in straight.get_title(loc="left")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (7378, 11870, {"8k", "9k", "10k"}),
        (2, 28.6, {"2", "5", "10", "20"}),
        (0.01, 0.4, {"0.01", "0.1"}),
        (1, 1e6, {"1", "10", "1k", "100k", "1M"}),
        (1e9, 4e9, {"2G", "3G"}),
    ],
)
def test_short_and_long_axes_have_round_numbers(
    low: float, high: float, words: set[str], ax: plt.Axes
) -> None:
    plot_relation(relation(np.geomspace(low, high, 9), np.arange(9.0) ** 2), ax=ax)
    ax.figure.canvas.draw()
    left, right = ax.get_xlim()
    labels = zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
    shown = {label.get_text() for place, label in labels if left <= place <= right}
    assert words <= shown
    assert 2 <= len(shown) <= 10


def test_few_values_become_groups_with_their_own_colour_and_marker(
    line: Relation, ax: plt.Axes
) -> None:
    depth = np.array([32, 16, 24, 32, 16, 24, 16])
    plot_relation(line, ax=ax, colour_by=depth, colour_label="depth")
    legend = ax.get_legend()
    assert legend.get_title().get_text() == "depth"
    assert [text.get_text() for text in legend.get_texts()] == ["16", "24", "32"]
    groups = scatters(ax)
    np.testing.assert_array_equal(groups[0].get_offsets()[:, 0], line.x[depth[1:] == 16])
    assert [tuple(group.get_facecolor()[0]) for group in groups] == [
        to_rgba(colour(place)) for place in range(3)
    ]
    shapes = {group.get_paths()[0].vertices.tobytes() for group in groups}
    assert len(shapes) == 3


def test_many_numbers_become_a_colour_scale(line: Relation, ax: plt.Axes) -> None:
    values = np.arange(10, 17)
    line = relation(np.append(X, 64), np.append(Y, 7))
    plot_relation(line, ax=ax, colour_by=np.append(values, 17), colour_label="t")
    (points,) = scatters(ax)
    np.testing.assert_array_equal(points.get_array(), np.arange(11, 18))
    assert ax.figure.axes[1].get_ylabel() == "t"
    assert ax.get_legend() is None


def test_a_value_has_one_colour_in_all_panels(line: Relation, ax: plt.Axes) -> None:
    first_is_dropped = np.array([0, 1, 1, 2, 2, 2, 1])
    plot_relation(line, ax=ax, colour_by=first_is_dropped)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1", "2"]
    assert tuple(scatters(ax)[0].get_facecolor()[0]) == to_rgba(colour(1))
    scale = plot_relation(line, ax=Figure().add_subplot(), colour_by=np.arange(7))
    assert scatters(scale)[0].get_clim() == (0, 6)


def test_style_goes_to_the_points(line: Relation, ax: plt.Axes) -> None:
    plot_relation(line, ax=ax, s=50, marker="d", color="black", linewidths=2)
    (points,) = scatters(ax)
    assert points.get_sizes() == [50]
    assert points.get_linewidths() == [2]
    assert tuple(points.get_facecolor()[0]) == (0, 0, 0, 1)
    grouped = plot_relation(line, ax=Figure().add_subplot(), colour_by=X > 4, s=3)
    assert {float(group.get_sizes()[0]) for group in scatters(grouped)} == {3.0}


def test_current_axes_are_used_and_no_setting_changes(line: Relation) -> None:
    before = dict(mpl.rcParams)
    figure, ax = plt.subplots()
    assert plot_relation(line) is ax
    assert dict(mpl.rcParams) == before
    plt.close(figure)


@pytest.mark.parametrize("venue", ["icml", "screen"])
def test_file_is_written_under_a_style(venue: str, line: Relation, tmp_path: Path) -> None:
    with style(venue):
        figure, ax = plt.subplots()
        plot_relation(line, ax=ax, colour_by=X.astype(int) % 3)
        figure.savefig(tmp_path / "relation.png")
        plt.close(figure)
    assert plt.imread(tmp_path / "relation.png").std() > 0.05


def test_colours_that_do_not_fit_are_refused(line: Relation, ax: plt.Axes) -> None:
    with pytest.raises(ShapeError, match=r"Received shape \(6,\) for 7 points"):
        plot_relation(line, ax=ax, colour_by=X[1:])
    many = relation(np.arange(1, 10), np.arange(9.0))
    with pytest.raises(BudgetError, match=f"at most {len(PALETTE)} colours.*Received 9 groups"):
        plot_relation(many, ax=ax, colour_by=list("abcdefghi"))
