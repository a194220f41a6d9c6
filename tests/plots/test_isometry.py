"""The drawings of singular values show the numbers of the results."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import isometry_bounds, simulate_spectra
from topograph.errors import ShapeError
from topograph.plots import plot_singular_values, plot_squared_singular_values


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def labels(ax: Axes) -> list[str]:
    return ax.get_legend_handles_labels()[1]


def test_curves_and_bands_are_those_of_the_bounds(ax: Axes) -> None:
    bounds = isometry_bounds(16, [40, 0, 20])
    assert plot_singular_values(bounds, ax=ax) is ax
    order = [1, 2, 0]
    exact, limit = ax.lines
    for line, values in ((exact, bounds.exact), (limit, bounds.asymptotic)):
        np.testing.assert_array_equal(line.get_xdata(), [0, 20, 40])
        np.testing.assert_array_equal(line.get_ydata(), values[order])
    for band, low, high in zip(
        ax.collections,
        (bounds.printed_lower, bounds.lower),
        (bounds.printed_upper, bounds.upper),
        strict=True,
    ):
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.min() == pytest.approx(low.min())
        assert heights.max() == pytest.approx(high.max())
    assert exact.get_linestyle() != limit.get_linestyle()
    assert "simulated" not in labels(ax)
    ax.figure.savefig(BytesIO())


def test_simulated_values_stand_above_their_masses(ax: Axes) -> None:
    bounds = isometry_bounds(8, [4, 0])
    plot_singular_values(bounds, [2.7, np.nan], ax=ax, markersize=7)
    points = ax.lines[-1]
    np.testing.assert_array_equal(points.get_ydata(), [np.nan, 2.7])
    assert points.get_markersize() == 7
    assert "simulated" in labels(ax)


def test_curves_need_masses_and_as_many_simulated_values() -> None:
    for mass in (3, [3], [[3, 4]]):
        with pytest.raises(ShapeError, match="at least two masses"):
            plot_singular_values(isometry_bounds(8, mass))
    with pytest.raises(ShapeError, match=r"Received shape \(3,\) for 2 masses"):
        plot_singular_values(isometry_bounds(8, [0, 1]), [1, 2, 3])


def test_each_width_has_its_points_over_the_exact_line(ax: Axes) -> None:
    spectra = simulate_spectra([30, 50, 5, 8], [8, 5, 40, 60], samples=20, variance=2, rng=0)
    plot_squared_singular_values(spectra, ax=ax)
    line, *_ = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), [60, 120])
    assert labels(ax) == ["$E[\\sigma^2] = qH$, exact", "$W = 5$", "$W = 8$"]
    (five, _, _), (eight, _, _) = ax.containers
    np.testing.assert_array_equal(five.get_xdata(), [50, 40])
    np.testing.assert_array_equal(eight.get_xdata(), [30, 60])
    np.testing.assert_array_equal(eight.get_ydata(), spectra.squared[[0, 3]])
    for look in ("get_color", "get_marker", "get_markersize"):
        assert getattr(five, look)() != getattr(eight, look)()
    ax.figure.savefig(BytesIO())


def test_too_many_widths_are_refused() -> None:
    spectra = simulate_spectra(9, range(1, 8), samples=2, rng=0)
    with pytest.raises(ShapeError, match="Received 7 widths"):
        plot_squared_singular_values(spectra)
