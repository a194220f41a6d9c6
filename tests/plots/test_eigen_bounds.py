"""Curves of bounds are those of the results."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import eigen_bound
from topograph.errors import ShapeError
from topograph.generators import dag
from topograph.plots import plot_eigen_bounds

CORRELATIONS = np.linspace(-1, 1, 21)
CHAIN = dag([(0, 1, "linear"), (1, 2, "linear")])
SPLIT = dag([(0, 1, "linear"), (0, 2, "skip"), (1, 2, "linear"), (2, 3, "linear")])


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def test_lines_are_bounds_in_the_order_of_correlation(ax: Axes) -> None:
    shuffled = np.random.default_rng(0).permutation(CORRELATIONS)
    bounds = {"chain": eigen_bound(CHAIN, shuffled), "split": eigen_bound(SPLIT, CORRELATIONS)}
    assert plot_eigen_bounds(bounds, ax=ax) is ax
    assert ax.get_legend_handles_labels()[1] == ["chain", "split"]
    np.testing.assert_allclose(ax.lines[0].get_xdata(), CORRELATIONS)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), eigen_bound(CHAIN, CORRELATIONS).bound)
    assert np.ravel(ax.lines[1].get_ydata())[-1] == pytest.approx(0, abs=1e-7)
    ax.figure.savefig(BytesIO())


def test_normalised_bounds_are_divided_by_the_diagonal(ax: Axes) -> None:
    bound = eigen_bound(SPLIT, CORRELATIONS)
    plot_eigen_bounds({"split": bound}, normalised=True, ax=ax, linewidth=3)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), bound.bound / bound.diagonal)
    assert ax.lines[0].get_linewidth() == 3


def test_the_eigenvalue_is_drawn_where_an_estimate_misses_it(ax: Axes) -> None:
    estimate = eigen_bound(SPLIT, CORRELATIONS, mode="path_sum")
    exact = eigen_bound(CHAIN, CORRELATIONS, mode="path_sum")
    plot_eigen_bounds({"split": estimate, "chain": exact}, ax=ax)
    assert len(ax.lines) == 3
    np.testing.assert_allclose(ax.lines[1].get_ydata(), estimate.true)
    assert ax.get_legend_handles_labels()[1] == ["split", "chain"]


@pytest.mark.parametrize("count", [0, 7])
def test_none_or_too_many_are_refused(ax: Axes, count: int) -> None:
    bound = eigen_bound(CHAIN, CORRELATIONS)
    with pytest.raises(ShapeError, match=f"Received {count} networks"):
        plot_eigen_bounds({str(number): bound for number in range(count)}, ax=ax)
