"""Curves of reconstruction show the errors of the results."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.errors import ShapeError
from topograph.plots import plot_reconstruction
from topograph.search import Reconstruction


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def result(trainable: int, mean: float, std: float) -> Reconstruction:
    error = np.array([[mean - std, mean + std]])
    return Reconstruction("x", error, mean, std, mean - std, 2 * trainable, trainable, 10)


RESULTS = {
    "butterfly": [result(30, 0.2, 0.05), result(10, 0.5, 0.1)],
    "hypercube": [result(20, 0.1, 0.3)],
}


@pytest.mark.parametrize(("against", "factor"), [("trainable", 1), ("links", 2)])
def test_points_stand_in_order_over_their_weights(ax: Axes, against: str, factor: int) -> None:
    assert plot_reconstruction(RESULTS, against=against, ax=ax) is ax
    first, second = (
        line for line in ax.lines if len(line.get_xdata()) and line.get_marker() in "os"
    )
    np.testing.assert_array_equal(first.get_xdata(), np.array([10, 30]) * factor)
    np.testing.assert_array_equal(first.get_ydata(), [0.5, 0.2])
    np.testing.assert_array_equal(second.get_ydata(), [0.1])
    assert ax.get_yscale() == "log"
    assert ax.get_legend_handles_labels()[1] == ["butterfly", "hypercube"]
    ax.figure.savefig(BytesIO())


def test_bars_stay_on_a_logarithmic_axis(ax: Axes) -> None:
    plot_reconstruction(RESULTS, ax=ax)
    (bar,) = ax.collections[1].get_segments()
    np.testing.assert_allclose(bar[:, 1], [0.01, 0.4])


def test_what_makes_no_lines_is_refused(ax: Axes) -> None:
    with pytest.raises(ShapeError, match="Received 'depth'"):
        plot_reconstruction(RESULTS, against="depth", ax=ax)
    for results in ({}, {"none": []}, {str(n): RESULTS["butterfly"] for n in range(7)}):
        with pytest.raises(ShapeError, match="Received"):
            plot_reconstruction(results, ax=ax)
