"""The drawing of a degree distribution shows the numbers of the result."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import DegreeDistribution, degree_distribution
from topograph.analyzers.degree import fit_degrees
from topograph.generators import dense_cnn, dense_mlp
from topograph.plots import plot_degree_distribution


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def edges(ax: Axes) -> np.ndarray:
    """Return the first degree of each bin."""
    middles = ax.lines[0].get_xdata()
    size = middles[1] - middles[0] if len(middles) > 1 else 1
    return np.asarray(middles - (size - 1) / 2)


def test_few_degrees_are_drawn_one_by_one(ax: Axes) -> None:
    found = fit_degrees([0, 1, 1, 2, 5])
    assert plot_degree_distribution(found, ax=ax) is ax
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], found.counts / 5)
    for line, law in zip(ax.lines, (found.poisson, found.geometric), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), found.degrees)
        np.testing.assert_allclose(line.get_ydata(), law.pmf)


def test_legend_tells_distances_and_dispersion(ax: Axes) -> None:
    found = fit_degrees([0, 1, 1, 2, 5])
    plot_degree_distribution(found, ax=ax)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        f"channels (dispersion {found.dispersion:.2f})",
        f"Poisson (TV {found.poisson.total_variation:.2f})",
        f"geometric (TV {found.geometric.total_variation:.2f})",
    ]


def test_laws_differ_in_colour_line_and_mark(ax: Axes) -> None:
    plot_degree_distribution(fit_degrees([0, 1, 1, 2, 5]), ax=ax)
    poisson, geometric = ax.lines
    for look in ("get_color", "get_linestyle", "get_marker"):
        assert getattr(poisson, look)() != getattr(geometric, look)()


@settings(max_examples=40)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=60))
def test_bins_hold_every_channel_and_every_part_of_the_laws(degrees: list[int]) -> None:
    found = fit_degrees(degrees)
    ax = plot_degree_distribution(found, ax=Figure().add_subplot())
    heights = [bar.get_height() for bar in ax.patches]
    assert len(heights) <= 33
    assert sum(heights) == pytest.approx(1)
    starts = edges(ax)
    stops = [*starts[1:], np.inf]
    for height, start, stop in zip(heights, starts, stops, strict=True):
        inside = [start <= degree < stop for degree in degrees]
        assert height == pytest.approx(np.mean(inside))
    for line, law in zip(ax.lines, (found.poisson, found.geometric), strict=True):
        assert line.get_ydata().sum() == pytest.approx(law.pmf.sum())


def test_bins_follow_the_step_of_the_degrees(ax: Axes) -> None:
    rng = np.random.default_rng(0)
    plot_degree_distribution(fit_degrees(8 * rng.geometric(0.3, 400)), ax=ax)
    assert set(np.diff(edges(ax))) == {8}
    assert set(edges(ax) % 8) == {0}
    assert ax.get_ylabel() == "Probability per 8 links"


def test_few_outliers_do_not_hide_the_step(ax: Axes) -> None:
    degrees = [8 * k for k in (1, 2, 3, 4, 5, 6, 9)] * 4 + [18, 34, 50]
    plot_degree_distribution(fit_degrees(degrees), ax=ax)
    assert set(np.diff(edges(ax))) == {8}


NETWORKS = [
    dense_mlp(8, 32, candidates=10, rng=0),
    dense_cnn((32, 64, 128), 20, candidates=(30, 80, 117), rng=0),
]


@pytest.mark.parametrize("network", NETWORKS, ids=["mlp", "cnn"])
@pytest.mark.parametrize("direction", ["in", "out", "total"])
@pytest.mark.parametrize("links", ["all", "skip"])
def test_distributions_of_networks_are_drawn(
    network: object, direction: str, links: str, ax: Axes
) -> None:
    found = degree_distribution(network, direction=direction, links=links)  # type: ignore[arg-type]
    plot_degree_distribution(found, ax=ax)
    ax.figure.savefig(BytesIO())
    name = {"in": "In-degree", "out": "Out-degree", "total": "Degree"}[direction]
    assert ax.get_xlabel().startswith(name)
    assert ("skips" in ax.get_xlabel()) == (links == "skip")
    low, high = ax.get_xlim()
    assert low < 0 <= found.degrees[-1] <= high
    assert ax.get_ylim()[1] > max(bar.get_height() for bar in ax.patches)


@pytest.mark.parametrize("found", [fit_degrees([0, 0]), fit_degrees([7])])
def test_degenerate_distributions_are_drawn(found: DegreeDistribution, ax: Axes) -> None:
    plot_degree_distribution(found, ax=ax)
    ax.figure.savefig(BytesIO())
    assert sum(bar.get_height() for bar in ax.patches) == 1


def test_style_goes_to_the_bars(ax: Axes) -> None:
    plot_degree_distribution(fit_degrees([1, 2, 2]), ax=ax, color="k", label="mine")
    assert {bar.get_facecolor() for bar in ax.patches} == {(0, 0, 0, 1)}
    assert "mine" in ax.get_legend_handles_labels()[1]


def test_logarithmic_axis_reaches_down_to_half_a_channel(ax: Axes) -> None:
    found = fit_degrees([0, 1, 1, 2, 5])
    plot_degree_distribution(found, ax=ax, log=True)
    ax.figure.savefig(BytesIO())
    assert ax.get_yscale() == "log"
    low, high = ax.get_ylim()
    assert low == pytest.approx(0.1)
    assert high > max(found.counts / 5)


def test_readers_are_layers(ax: Axes) -> None:
    found = degree_distribution(NETWORKS[0], direction="readers", links="skip")
    plot_degree_distribution(found, ax=ax)
    assert ax.get_xlabel() == "Readers over skips $k$ (layers per channel)"
