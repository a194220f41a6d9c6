"""Curves of training are means over records, with their spread."""

from __future__ import annotations

from io import BytesIO
from math import nan

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.errors import BudgetError, ShapeError
from topograph.plots import plot_training
from topograph.training import Recipe, TrainingRecord


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def record(seed: int, *accuracy: float, test: tuple[float, ...] = ()) -> TrainingRecord:
    return TrainingRecord(
        recipe=Recipe(epochs=len(accuracy)),
        seed=seed,
        train_loss=tuple(1 - value for value in accuracy),
        train_accuracy=accuracy,
        test_loss=accuracy,
        test_accuracy=test or accuracy,
    )


RUNS = {
    "slow": [record(0, 0.2, 0.4, 0.5), record(1, 0.4, 0.6, 0.9)],
    "fast": [record(0, 0.5, 0.8, 0.9)],
}


@pytest.mark.parametrize("curve", ["train_accuracy", "train_loss"])
def test_lines_are_means_over_seeds(ax: Axes, curve: str) -> None:
    assert plot_training(RUNS, curve=curve, ax=ax) is ax
    slow, fast = ax.lines
    means = np.array([0.3, 0.5, 0.7])
    np.testing.assert_array_equal(slow.get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(slow.get_ydata(), means if "accuracy" in curve else 1 - means)
    np.testing.assert_array_equal(fast.get_ydata(), getattr(RUNS["fast"][0], curve))
    assert ax.get_legend_handles_labels()[1] == ["slow", "fast"]
    ax.figure.savefig(BytesIO())


def test_the_band_is_one_standard_deviation_of_several_records(ax: Axes) -> None:
    plot_training(RUNS, ax=ax)
    (band,) = ax.collections
    first = band.get_paths()[0].vertices
    at_start = first[np.isclose(first[:, 0], 1), 1]
    np.testing.assert_allclose(
        [at_start.min(), at_start.max()], 0.3 + 0.02**0.5 * np.array([-1, 1])
    )


def test_epochs_without_evaluation_are_passed_over(ax: Axes) -> None:
    runs = [record(0, 0.2, 0.4, 0.6, test=(nan, 0.3, 0.5))]
    plot_training({"x": runs}, curve="test_accuracy", ax=ax, linewidth=3)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [2, 3])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0.3, 0.5])
    assert ax.lines[0].get_linewidth() == 3


def test_an_unknown_curve_is_refused(ax: Axes) -> None:
    with pytest.raises(BudgetError, match="train_loss.*Received 'loss'"):
        plot_training(RUNS, curve="loss", ax=ax)


@pytest.mark.parametrize(
    "runs",
    [
        {},
        {"none": []},
        {"one": [record(0, 0.1), record(1, 0.1, 0.2)]},
        {str(n): RUNS["fast"] for n in range(7)},
    ],
)
def test_curves_that_cannot_be_compared_are_refused(ax: Axes, runs) -> None:
    with pytest.raises(ShapeError, match="Received"):
        plot_training(runs, ax=ax)
