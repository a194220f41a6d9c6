"""The geometry of a drawing: it fits, nothing overlaps, arcs pass over what they skip."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.plots.networks import NETWORKS
from tests.strategies import architectures
from topograph.graph import Architecture, Builder, layout
from topograph.plots.scene import DOT, MOST_DOTS, Scene

ROOMS = [(230.0, 110.0), (480.0, 140.0), (200.0, 400.0)]


def scene(architecture: Architecture, room: tuple[float, float] = ROOMS[0]) -> Scene:
    return Scene(architecture, layout(architecture), room)


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def assert_apart(drawn: Scene) -> None:
    """Columns, their signs included, do not overlap; nor do the dots of a column."""
    boxes = []
    for name in drawn.layout.places:
        left, bottom, right, _ = drawn.box(name)
        middle, half = (left + right) / 2, max(drawn.half(name), drawn.sign * drawn.is_signed(name))
        boxes.append((middle - half, bottom, middle + half, drawn.top(name)))
        if drawn.is_dotted(name):
            np.testing.assert_allclose(np.diff(drawn.dots(name)), -1)
    assert DOT < 1
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("name", NETWORKS)
def test_columns_do_not_overlap(name: str, room: tuple[float, float]) -> None:
    assert_apart(scene(NETWORKS[name](), room))


def test_a_sum_of_narrow_maps_clears_its_neighbour() -> None:
    net = Builder()
    source = net.input(1)
    net.linear(source, 1)
    net.add([source, source])
    assert_apart(scene(net.build()))


@settings(max_examples=40)
@given(architectures())
def test_columns_of_any_architecture_do_not_overlap(architecture: Architecture) -> None:
    assert_apart(scene(architecture))


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("name", NETWORKS)
def test_drawing_fits_the_room(name: str, room: tuple[float, float]) -> None:
    drawn = scene(NETWORKS[name](), room)
    low, high = drawn.extent
    across = (drawn.layout.depth - 1) * drawn.pitch + 2 * drawn.bar
    assert across * drawn.unit <= room[0] * (1 + 1e-9)
    assert (high - low) * drawn.unit <= room[1] * (1 + 1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_arcs_pass_over_all_columns_between_their_ends(name: str) -> None:
    drawn = scene(NETWORKS[name]())
    for route, path in drawn.paths():
        if route.side == "lane":
            continue
        first = int(drawn.layout.places[route.source][0])
        between = drawn.layout.columns[first + 1 : first + route.span]
        for other in (name for column in between for name in column):
            left, bottom, right, _ = drawn.box(other)
            near = path[(path[:, 0] > left - 0.1) & (path[:, 0] < right + 0.1), 1]
            clear = near > drawn.top(other) if route.side == "above" else near < bottom
            assert clear.all()


@pytest.mark.parametrize("name", NETWORKS)
def test_links_in_lanes_pass_no_column(name: str) -> None:
    drawn = scene(NETWORKS[name]())
    for route, path in drawn.paths():
        inner = path[(path[:, 0] > path[0, 0] + 0.1) & (path[:, 0] < path[-1, 0] - 0.1)]
        for other in set(drawn.layout.places) - {route.source, route.target}:
            left, bottom, right, top = drawn.box(other)
            low, high = inner > (left, bottom), inner < (right, top)
            assert not (low & high).all(axis=1).any()


@pytest.mark.parametrize("name", NETWORKS)
def test_links_start_and_end_at_their_columns(name: str) -> None:
    drawn = scene(NETWORKS[name]())
    for route, path in drawn.paths():
        for end, (x, y) in ((route.source, path[0]), (route.target, path[-1])):
            left, bottom, right, _ = drawn.box(end)
            assert left - 1e-9 <= x <= right + 1e-9
            assert bottom - 1e-9 <= y <= drawn.top(end) + 1e-9


def test_parallel_links_run_apart() -> None:
    drawn = scene(NETWORKS["cell"]())
    by_ends: dict[tuple[str, str], list[np.ndarray]] = {}
    for route, path in drawn.paths():
        by_ends.setdefault((route.source, route.target), []).append(path)
    several = [paths for paths in by_ends.values() if len(paths) > 1]
    assert len(several) == 2
    for paths in several:
        for one, other in combinations(paths, 2):
            middles = one[len(one) // 2, 1], other[len(other) // 2, 1]
            assert abs(middles[0] - middles[1]) >= drawn.parting / 2


def test_columns_are_as_high_as_their_channels() -> None:
    drawn = scene(NETWORKS["mlp_16"]())
    assert drawn.heights["layer_0"] == 8
    assert drawn.heights["classifier"] == 10
    assert drawn.heights["input"] > MOST_DOTS * 0.6
    bars = scene(NETWORKS["cnn_61"]()).heights
    layers = [bars[f"cell_{i}_layer_3"] for i in (1, 2, 3)]
    assert np.diff(layers) == pytest.approx(layers[1] - layers[0])  # widths 32, 64, 128
    assert layers[0] > bars["classifier"]


def test_without_dots_wider_is_still_higher() -> None:
    network = NETWORKS["inception"]()
    drawn = Scene(network, layout(network), ROOMS[0], dotted=False)
    by_width = sorted((network.node(name).width, h) for name, h in drawn.heights.items())
    assert [h for _, h in by_width] == sorted(drawn.heights.values())
    assert not any(drawn.is_dotted(name) for name in drawn.heights)


def test_boxes_of_a_tower_are_alike_and_apart() -> None:
    drawn = scene(NETWORKS["cnn_61"]())
    boxes = [drawn.cell_box(cell) for cell in drawn.layout.cells]
    assert len({(bottom, top) for _, bottom, _, top in boxes}) == 1
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
    for cell, names in drawn.layout.cells.items():
        left, bottom, right, top = drawn.cell_box(cell)
        for name in names:
            assert left < drawn.box(name)[0] < drawn.box(name)[2] < right
            assert bottom < drawn.bottom(name) < drawn.top(name) < top
