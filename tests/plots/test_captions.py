"""Captions: the right words, none on another or on a column."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from matplotlib.font_manager import FontProperties

from tests.plots.networks import NETWORKS
from tests.strategies import architectures
from topograph.graph import Architecture, Builder, layout
from topograph.plots.captions import Caption, captions
from topograph.plots.scene import Box, Scene
from topograph.plots.wording import TIMES

FONT = FontProperties(size=6)
ROOM = (450.0, 150.0)


def written(
    architecture: Architecture, room: tuple[float, float] = ROOM
) -> tuple[Scene, list[tuple[Caption, Box]]]:
    scene = Scene(architecture, layout(architecture), room)
    return scene, captions(scene, FONT)


def texts(name: str) -> list[str]:
    return [caption.text.replace(TIMES, "x") for caption, _ in written(NETWORKS[name]())[1]]


def overlap(one: Box, other: Box) -> bool:
    margin = 0.02
    across = one[0] + margin < other[2] and other[0] + margin < one[2]
    return across and one[1] + margin < other[3] and other[1] + margin < one[3]


def assert_free(scene: Scene, found: list[tuple[Caption, Box]]) -> None:
    """No text stands on another one, or on a column."""
    boxes = [box for _, box in found]
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
    for name in scene.layout.places:
        left, bottom, right, top = scene.box(name)
        column = (left * scene.unit, bottom * scene.unit, right * scene.unit, top * scene.unit)
        assert not any(overlap(column, box) for box in boxes)


@pytest.mark.parametrize("room", [ROOM, (200.0, 100.0)])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_text_stands_on_another_or_on_a_column(name: str, room: tuple[float, float]) -> None:
    assert_free(*written(NETWORKS[name](), room))


@settings(max_examples=40)
@given(architectures())
def test_no_text_stands_on_another_in_any_architecture(architecture: Architecture) -> None:
    assert_free(*written(architecture))


@pytest.mark.parametrize("name", NETWORKS)
def test_inputs_and_outputs_are_named_with_their_widths(name: str) -> None:
    network = NETWORKS[name]()
    found = texts(name)
    for end in (*network.inputs, *network.outputs):
        assert end in found
        assert str(network.node(end).width) in found


def test_widths_of_a_tower_are_written_once_with_their_size() -> None:
    found = texts("cnn_61")
    assert {"32 @ 32x32", "64 @ 16x16", "128 @ 8x8"} <= set(found)
    assert {"cell_1", "cell_2", "cell_3"} <= set(found)
    assert len(found) == len(set(found)) == 10
    assert texts("mlp_32").count("8") == 1


def test_ops_of_branches_are_named() -> None:
    found = texts("inception")
    for word, times in {"1x1": 8, "3x3": 3, "5x5": 2, "max 3x3": 2, "global avg": 1}.items():
        assert found.count(word) == times


def test_competing_ops_are_named_and_plain_shortcuts_are_not() -> None:
    found = texts("cell")
    assert found.count("identity") == 2
    assert found.count("avg 3x3") == 2
    assert found.count("zero") == 1
    assert "identity" not in texts("residual")


def test_ops_that_are_no_convolutions_are_named_in_deep_towers_too() -> None:
    found = texts("gated")
    assert found.count("global avg") == 4
    assert not [word for word in found if word.startswith(("1x1", "3x3"))]


def test_long_names_are_shortened() -> None:
    b = Builder()
    with b.cell("a cell of\nmany words " * 9):
        b.linear(b.input(3, name="x" * 90), 3, name="y", layer=0)
    found = [caption.text for caption, _ in written(b.build())[1]]
    assert max(map(len, found)) == 24
    assert not any("\n" in text for text in found)
