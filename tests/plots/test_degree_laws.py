"""Drawings of degrees by layer and of the selection law show the numbers of the results."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import degree_profile, selection_law
from topograph.generators import dense_cnn, dense_mlp
from topograph.plots import plot_degree_profile, plot_selection_law

MLP = dense_mlp(8, 16, candidates=10, classes=8, rng=0)
CNN = dense_cnn((4, 6, 8), 6, candidates=(5, 10, 15), rng=0)


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_profile_draws_dispersions_and_those_of_the_laws(ax: Axes) -> None:
    profile = degree_profile(MLP, direction="readers", links="skip")
    assert plot_degree_profile(profile, ax=ax) is ax
    own, poisson, geometric = (line.get_ydata() for line in ax.lines)
    linked = profile.mean > 0
    np.testing.assert_array_equal(own, profile.dispersion)
    np.testing.assert_array_equal(poisson[linked], 1)
    np.testing.assert_array_equal(geometric[linked], 1 + profile.mean[linked])
    assert np.isnan(own[~linked]).all()
    assert not linked[-1]


def test_profile_tells_mean_distances(ax: Axes) -> None:
    profile = degree_profile(MLP, direction="readers", links="skip")
    plot_degree_profile(profile, ax=ax)
    # All layers have 8 channels, so the weighted mean is the mean.
    assert legend(ax) == [
        "readers over skips",
        f"Poisson (TV {profile.poisson_total_variation.mean():.2g})",
        f"geometric (TV {profile.geometric_total_variation.mean():.2g})",
    ]


def test_cells_are_parted_by_lines(ax: Axes) -> None:
    plot_degree_profile(degree_profile(CNN, direction="out"), ax=ax)
    assert [line.get_xdata()[0] for line in ax.lines[3:]] == [5.5, 11.5]
    assert ax.get_xlabel() == "Feature map, in order"


@pytest.mark.parametrize("network", [MLP, CNN], ids=["mlp", "cnn"])
@pytest.mark.parametrize("direction", ["in", "out", "total", "readers"])
@pytest.mark.parametrize("log", [False, True])
def test_profiles_of_networks_are_drawn(network, direction: str, log: bool, ax: Axes) -> None:
    profile = degree_profile(network, direction=direction, links="skip")
    plot_degree_profile(profile, ax=ax, log=log, color="k")
    ax.figure.savefig(BytesIO())
    assert ax.get_yscale() == ("log" if log else "linear")
    assert ax.lines[0].get_color() == "k"
    assert ax.get_ylim()[1] > np.nanmax(1 + profile.mean)


def test_profile_without_links_is_drawn(ax: Axes) -> None:
    bare = dense_mlp(4, 5, candidates=0, classes=4)
    plot_degree_profile(degree_profile(bare, links="skip"), ax=ax, log=True)
    ax.figure.savefig(BytesIO())
    assert legend(ax)[1:] == ["Poisson (TV 0)", "geometric (TV 0)"]


@pytest.mark.parametrize("log", [False, True])
def test_selection_law_is_drawn_up_to_rare_numbers(log: bool, ax: Axes) -> None:
    law = selection_law(8, 64, candidates=10)
    plot_selection_law(law, ax=ax, log=log)
    heights = np.array([bar.get_height() for bar in ax.patches])
    np.testing.assert_array_equal(heights, law.pmf[: len(heights)])
    assert 1 - heights.sum() < (1e-6 if log else 1e-3) <= 1 - heights[:-1].sum()
    for line, expected in zip(ax.lines, (law.poisson, law.geometric), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), expected[: len(heights)])
    assert {"Poisson (TV 0.21)", "geometric (TV 0.0074)"} <= set(legend(ax))
    assert ax.get_yscale() == ("log" if log else "linear")


def test_law_without_selections_is_drawn(ax: Axes) -> None:
    plot_selection_law(selection_law(3, 2, candidates=4), ax=ax, color="k")
    ax.figure.savefig(BytesIO())
    assert [bar.get_height() for bar in ax.patches] == [1]
    assert ax.patches[0].get_facecolor() == (0, 0, 0, 1)
