"""The marks on the axes are those of the graph: their numbers, places and strengths."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from tests.plots.networks import NETWORKS
from topograph.graph import Architecture, layout
from topograph.plots.marks import draw_cells, draw_columns, draw_short, draw_signs, draw_skips
from topograph.plots.palette import colour
from topograph.plots.scene import Scene


@pytest.fixture
def ax() -> Axes:
    return Figure().add_subplot()


def scene(architecture: Architecture) -> Scene:
    return Scene(architecture, layout(architecture), (400.0, 150.0))


def test_mesh_is_the_channel_graph_without_skips(ax: Axes) -> None:
    network = NETWORKS["cnn_12"]()
    draw_short(ax, scene(network))
    bands, mesh, lines = ax.collections
    graph = network.channel_graph()
    skips = graph.skips(network).links
    assert len(mesh.get_paths()) == graph.links - skips
    assert not bands.get_paths()
    assert not lines.get_paths()


def test_mesh_joins_the_dots(ax: Axes) -> None:
    drawn = scene(NETWORKS["perceptron"]())
    draw_short(ax, drawn)
    draw_columns(ax, drawn)
    (mesh,) = (c for c in ax.collections if isinstance(c, LineCollection) and c.get_paths())
    (columns,) = (c for c in ax.collections if isinstance(c, PatchCollection))
    dots = np.array([path.get_extents().get_points().mean(axis=0) for path in columns.get_paths()])
    assert len(dots) == 4 + 6 + 6 + 3
    for segment in mesh.get_segments():
        for x, y in segment:
            assert np.hypot(*(dots - (x, y)).T).min() == pytest.approx(0.38)


def test_bands_lie_beside_bars(ax: Axes) -> None:
    drawn = scene(NETWORKS["cnn_61"]())
    draw_short(ax, drawn)
    bands = ax.collections[0]
    assert isinstance(bands, PolyCollection)
    assert len(bands.get_paths()) == 62
    corners = bands.get_paths()[1].vertices[:4]
    left, right = drawn.box("cell_1_layer_0"), drawn.box("cell_1_layer_1")
    np.testing.assert_allclose(
        corners,
        [(left[2], left[3]), (right[0], right[3]), (right[0], right[1]), (left[2], left[1])],
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_every_link_is_drawn_once(name: str, ax: Axes) -> None:
    network = NETWORKS[name]()
    drawn = scene(network)
    draw_short(ax, drawn)
    draw_skips(ax, drawn, {})
    bands, mesh, lines, skips = ax.collections
    meshed = {
        (route.source, route.target)
        for route in drawn.layout.routes
        if drawn.is_level(route) and drawn.is_dotted(route.source) and drawn.is_dotted(route.target)
    }
    assert bool(meshed) == bool(mesh.get_paths())
    count = len(bands.get_paths()) + len(lines.get_paths()) + len(skips.get_paths()) + len(meshed)
    assert count == len(drawn.layout.routes)


def test_skips_are_the_stronger_the_more_channels_they_carry(ax: Axes) -> None:
    drawn = scene(NETWORKS["mlp_16"]())
    draw_skips(ax, drawn, {})
    (skips,) = ax.collections
    channels = np.array([r.channels for r in drawn.layout.routes if r.kind == "skip"])
    assert len(set(channels)) > 2
    for strength in (np.asarray(skips.get_linewidth()), skips.get_edgecolor()[:, 3]):
        order = np.argsort(channels, kind="stable")
        assert (np.diff(strength[order]) >= -1e-12).all()
        assert strength.max() > 1.5 * strength.min()
    assert {to_hex(rgba) for rgba in skips.get_edgecolor()} == {colour("crimson")}


def test_style_goes_to_the_skips_under_any_of_its_names(ax: Axes) -> None:
    draw_skips(ax, scene(NETWORKS["mlp_16"]()), {"colors": "k", "lw": 2, "label": "mine"})
    (skips,) = ax.collections
    assert {to_hex(rgba) for rgba in skips.get_edgecolor()} == {"#000000"}
    assert set(skips.get_linewidth()) == {2}
    assert skips.get_label() == "mine"


def test_inputs_and_outputs_have_a_colour_of_their_own(ax: Axes) -> None:
    draw_columns(ax, scene(NETWORKS["perceptron"]()))
    (columns,) = ax.collections
    colours = [to_hex(rgba) for rgba in columns.get_facecolor()]
    ends = [colour("blue")]
    assert colours == 4 * ends + 12 * [colour("ink")] + 3 * ends


@pytest.mark.parametrize(
    ("name", "signs", "strokes"), [("gated", 6, 12), ("inception", 2, 4), ("mlp_16", 0, 0)]
)
def test_merges_have_signs(name: str, signs: int, strokes: int, ax: Axes) -> None:
    draw_signs(ax, scene(NETWORKS[name]()))
    discs, lines = ax.collections
    assert (len(discs.get_paths()), len(lines.get_paths())) == (signs, strokes)


def test_cells_have_boxes(ax: Axes) -> None:
    drawn = scene(NETWORKS["cnn_61"]())
    draw_cells(ax, drawn)
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert [box.get_label() for box in boxes] == ["cell_1", "cell_2", "cell_3"]
    for box in boxes:
        left, bottom, right, top = drawn.cell_box(str(box.get_label()))
        assert box.get_bbox().bounds == pytest.approx((left, bottom, right - left, top - bottom))
