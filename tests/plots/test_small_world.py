"""The drawing of a small world shows the ratios of the result."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import SmallWorld, small_world
from topograph.generators import dense_mlp
from topograph.plots import plot_small_world

NULLS = ("sources", "links", "degrees", "erdos_renyi")


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(4.0, 2.8), layout="constrained").add_subplot()


def found(candidates: int = 4, nulls: tuple[str, ...] = NULLS) -> SmallWorld:
    tower = dense_mlp(4, 8, candidates=candidates, rng=0)
    return small_world(tower, nulls=nulls, samples=4, rng=0)


def test_marks_and_bars_are_ratios_to_the_network(ax: Axes) -> None:
    result = found()
    assert plot_small_world(result, ax=ax) is ax
    for container, own, lattice, mean, spread in zip(
        ax.containers,
        (result.clustering, result.path_length),
        (result.lattice_clustering, result.lattice_path_length),
        (result.null_clustering, result.null_path_length),
        (result.null_clustering_std, result.null_path_length_std),
        strict=True,
    ):
        points, _, (bars,) = container
        np.testing.assert_allclose(points.get_xdata() * own, [lattice, *mean])
        ends = np.array([segment[:, 0] for segment in bars.get_segments()[1:]])
        np.testing.assert_allclose(np.ptp(ends, axis=1) * own, 2 * spread)
    ax.figure.savefig(BytesIO())


def test_quotients_of_the_marks_are_sigma(ax: Axes) -> None:
    result = found()
    plot_small_world(result, ax=ax)
    clustering, length = (points.get_xdata() for points, _, _ in ax.containers)
    np.testing.assert_allclose((length / clustering)[1:], result.sigma)


def test_rows_are_named_from_top_to_bottom_with_sigma_and_omega(ax: Axes) -> None:
    result = found(nulls=("links", "degrees"))
    plot_small_world(result, ax=ax)
    rows = [label.get_text().split("\n") for label in ax.get_yticklabels()]
    assert [row[0] for row in rows] == ["layered lattice", "layers, free sources", "same degrees"]
    assert f"{result.sigma[1]:.2f}" in rows[2][1]
    assert f"{result.omega[1]:.2f}" in rows[2][1]
    low, high = ax.get_ylim()
    assert low > high


def test_without_triangles_only_path_lengths_are_drawn(ax: Axes) -> None:
    plot_small_world(found(candidates=0), ax=ax, markersize=7)
    clustering, length = (points for points, _, _ in ax.containers)
    assert np.isnan(clustering.get_xdata()).all()
    assert np.isfinite(length.get_xdata()).all()
    assert length.get_markersize() == 7
    assert "clustering, 0" in ax.get_legend_handles_labels()[1]
    assert "-$" in ax.get_yticklabels()[1].get_text()
    ax.figure.savefig(BytesIO())
