"""The drawing of a lattice with random links shows each link once, between the right channels."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

import numpy as np
import pytest
from hypothesis import assume, given, settings
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure

from tests.plots.networks import NETWORKS
from tests.strategies import architectures
from topograph.analyzers import lattice, random_part
from topograph.errors import BudgetError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Architecture
from topograph.graph.channels import ChannelGraph
from topograph.plots import plot_superposition, style

PARTS = ("network", "lattice", "random")


def axes(size: tuple[float, float] = (3.25, 2.0)) -> Axes:
    return Figure(figsize=size, layout="constrained").add_subplot()


def tower() -> Architecture:
    return dense_mlp(4, 6, candidates=3, classes=4, inputs=4, rng=0)


def lines(ax: Axes, label: str) -> list[LineCollection]:
    return [c for c in ax.collections if c.get_label() == label and isinstance(c, LineCollection)]


def dots(ax: Axes) -> np.ndarray:
    (found,) = (c for c in ax.collections if isinstance(c, PatchCollection))
    return np.array(
        [path.get_extents().extents.reshape(2, 2).mean(0) for path in found.get_paths()]
    )


def joined(ax: Axes, label: str) -> Counter[tuple[int, int]]:
    """Count the pairs of channels whose dots the lines of a drawing join."""
    middles, pairs = dots(ax), Counter[tuple[int, int]]()
    for path in lines(ax, label)[0].get_paths():
        ends = np.abs(path.vertices[[0, -1], None] - middles).sum(axis=2)
        np.testing.assert_allclose(ends.min(axis=1), 0, atol=1e-9)
        pairs[tuple(ends.argmin(axis=1).tolist())] += 1
    return pairs


def linked(graph: ChannelGraph) -> Counter[tuple[int, int]]:
    source, target = graph.adjacency.nonzero()
    return Counter(zip(source.tolist(), target.tolist(), strict=True))


@settings(max_examples=15)
@given(architectures())
def test_each_link_is_drawn_once_between_its_channels(architecture: Architecture) -> None:
    short, long = lattice(architecture), random_part(architecture)
    assume(np.bincount(short.node_of, minlength=1).max() <= 16)
    ax = plot_superposition(architecture, ax=axes())
    assert len(dots(ax)) == short.channels
    assert joined(ax, "short-range links") == linked(short)
    assert joined(ax, "long-range links") == linked(long)


def test_a_dense_mlp_has_the_links_of_its_formula() -> None:
    ax = plot_superposition(tower(), ax=axes())
    # 5 pairs of layers of 4 x 4; layers 2 to 5 read 3 channels each, into 4
    assert len(lines(ax, "short-range links")[0].get_paths()) == 80
    assert len(lines(ax, "long-range links")[0].get_paths()) == 48
    assert ax.get_title().endswith("128 links")


def test_three_panels_share_places_and_scale() -> None:
    drawn = [plot_superposition(tower(), part=part, ax=axes()) for part in PARTS]
    for ax in drawn[1:]:
        np.testing.assert_array_equal(dots(ax), dots(drawn[0]))
        assert (ax.get_xlim(), ax.get_ylim()) == (drawn[0].get_xlim(), drawn[0].get_ylim())
    assert [bool(lines(ax, "short-range links")) for ax in drawn] == [True, True, False]
    assert [bool(lines(ax, "long-range links")) for ax in drawn] == [True, False, True]
    assert [ax.get_title().split()[-2] for ax in drawn] == ["128", "80", "48"]


def test_arcs_pass_over_the_columns_between_and_lie_inside_the_axes() -> None:
    ax = plot_superposition(tower(), ax=axes())
    ax.figure.draw_without_rendering()
    top = np.abs(dots(ax)[:, 1]).max()
    (low, high), (left, right) = ax.get_ylim(), ax.get_xlim()
    for path in lines(ax, "long-range links")[0].get_paths():
        x, y = path.vertices.T
        assert np.abs(y).max() > top
        assert low <= y.min() <= y.max() <= high
        assert left <= x.min() <= x.max() <= right


@pytest.mark.parametrize("name", ["mlp_3", "mlp_16", "mlp_32", "cnn_12", "perceptron", "lone"])
def test_small_networks_are_drawn_at_small_sizes(name: str) -> None:
    for size in ((3.25, 1.6), (0.6, 0.4)):
        ax = axes(size)
        assert plot_superposition(NETWORKS[name](), ax=ax) is ax
        ax.figure.savefig(BytesIO())


def test_parallel_towers_do_not_overlap() -> None:
    middles = dots(plot_superposition(NETWORKS["towers"](), ax=axes()))
    assert len(np.unique(middles.round(6), axis=0)) == len(middles)


def test_arguments_style_the_arcs_and_nothing_is_drawn_elsewhere() -> None:
    with style("icml"):
        ax = plot_superposition(tower(), ax=axes(), lw=2, color="k")
    (arcs,) = lines(ax, "long-range links")
    assert arcs.get_linewidth() == [2]
    assert len(arcs.get_colors()) == 1


def test_what_cannot_be_read_is_refused_in_words() -> None:
    with pytest.raises(BudgetError, match=r"Received 'skips'\. Choose one of network, lattice"):
        plot_superposition(tower(), part="skips", ax=axes())
    with pytest.raises(BudgetError, match="Received 128 in a feature map and 2240 in all"):
        plot_superposition(dense_cnn((32, 64, 128), 10, candidates=(9, 9, 9)), ax=axes())
    with pytest.raises(BudgetError, match="Received 8 in a feature map and 520 in all"):
        plot_superposition(dense_mlp(8, 65, candidates=1, classes=8), ax=axes())
