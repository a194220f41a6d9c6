"""Drawings of all kinds of networks, at the sizes of papers; warnings are errors."""

from __future__ import annotations

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure

from tests.plots.networks import NETWORKS
from tests.strategies import architectures
from topograph.graph import Architecture, Builder, layout
from topograph.plots import plot_architecture, style

SIZES = [(3.25, 1.6), (5.5, 1.8), (6.75, 4.0), (0.6, 0.4)]


def axes(size: tuple[float, float] = (5.5, 2.0)) -> Axes:
    return Figure(figsize=size, layout="constrained").add_subplot()


def saved(ax: Axes) -> int:
    """Draw the figure to memory and return the number of bytes."""
    file = BytesIO()
    ax.figure.savefig(file, dpi=100)
    return len(file.getvalue())


def columns(ax: Axes) -> PatchCollection:
    """Return the dots and bars."""
    return next(c for c in ax.collections if isinstance(c, PatchCollection))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_drawn_at_every_size(name: str, size: tuple[float, float]) -> None:
    ax = axes(size)
    assert plot_architecture(NETWORKS[name](), ax=ax) is ax
    assert saved(ax) > 0


@settings(max_examples=15)
@given(architectures())
def test_every_architecture_is_drawn(architecture: Architecture) -> None:
    ax = plot_architecture(architecture, ax=axes())
    assert columns(ax).get_paths()


@pytest.mark.parametrize("size", SIZES[:3])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_two_marks_overlap(name: str, size: tuple[float, float]) -> None:
    marks = columns(plot_architecture(NETWORKS[name](), ax=axes(size))).get_paths()
    boxes = np.array([mark.get_extents().extents for mark in marks])
    low, high = boxes[:, None, :2], boxes[None, :, 2:]
    met = (low < high - 1e-9).all(axis=2)
    assert np.array_equal(met & met.T, np.eye(len(boxes), dtype=bool))


@pytest.mark.parametrize("name", NETWORKS)
def test_everything_lies_inside_the_axes(name: str) -> None:
    ax = plot_architecture(NETWORKS[name](), ax=axes())
    ax.figure.draw_without_rendering()
    frame = ax.get_window_extent()
    boxes = [text.get_window_extent() for text in ax.texts]
    boxes += [patch.get_window_extent() for patch in ax.patches]
    paths = [path for c in ax.collections for path in c.get_paths()]
    boxes += [path.get_extents(ax.transData) for path in paths]
    slack = 0.02 * frame.width
    for box in boxes:
        assert frame.x0 - slack <= box.x0 <= box.x1 <= frame.x1 + slack
        assert frame.y0 - slack <= box.y0 <= box.y1 <= frame.y1 + slack


@pytest.mark.parametrize("name", NETWORKS)
def test_texts_do_not_overlap_on_the_page(name: str) -> None:
    with style("icml"):
        _, ax = plt.subplots()
        plot_architecture(NETWORKS[name](), ax=ax)
        ax.figure.draw_without_rendering()
        boxes = np.array([text.get_window_extent().extents for text in ax.texts])
        plt.close(ax.figure)
    low, high = boxes[:, None, :2], boxes[None, :, 2:]
    points = ax.figure.dpi / 72
    met = (low < high - 0.8 * points).all(axis=2)
    assert np.array_equal(met & met.T, np.eye(len(boxes), dtype=bool))


def test_dots_are_round() -> None:
    ax = plot_architecture(NETWORKS["perceptron"](), ax=axes())
    ax.figure.draw_without_rendering()
    (x, y), (x_unit, y_unit) = ax.transData.transform([(0, 0), (1, 1)])
    assert x_unit - x == pytest.approx(y_unit - y, rel=0.01)


def test_skips_of_the_drawing_are_those_of_the_layout() -> None:
    network = NETWORKS["mlp_32"]()
    ax = plot_architecture(network, ax=axes(), color="k")
    (skips,) = (c for c in ax.collections if c.get_label() == "skip links")
    assert isinstance(skips, LineCollection)
    routes = [route for route in layout(network).routes if route.kind == "skip"]
    assert len(skips.get_paths()) == len(routes)
    spans = [np.ptp(path.vertices[:, 0]) for path in skips.get_paths()]
    pitch = spans[0] / routes[0].span
    np.testing.assert_allclose(spans, [route.span * pitch for route in routes])


def test_tiny_axes_get_bars_in_place_of_dots() -> None:
    many = columns(plot_architecture(NETWORKS["mlp_32"](), ax=axes((6.75, 3.0)))).get_paths()
    few = columns(plot_architecture(NETWORKS["mlp_32"](), ax=axes((0.8, 0.5)))).get_paths()
    assert (len(many), len(few)) == (1 + 31 * 8 + 10, 33)


def test_names_are_no_mathematics() -> None:
    b = Builder()
    with b.cell("cost in $ or $\\frac"):
        x = b.input(2, name="x", layer=0)
    b.linear(x, 1, name="y")
    ax = plot_architecture(b.build(), ax=axes())
    assert "cost in $ or $\\frac" in {text.get_text() for text in ax.texts}
    assert saved(ax) > 0


def test_current_axes_are_taken_and_the_rest_is_left_alone() -> None:
    before = dict(plt.rcParams)
    figure, ax = plt.subplots(figsize=(4, 2))
    assert plot_architecture(NETWORKS["perceptron"]()) is ax
    assert tuple(figure.get_size_inches()) == (4, 2)
    assert dict(plt.rcParams) == before
    plt.close(figure)
