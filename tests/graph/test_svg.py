"""The written sketch is well-formed, draws every mark and escapes every name."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.generators import dense_mlp
from topograph.graph import layout
from topograph.graph.curves import arc, through
from topograph.graph.sketch import WIDTH, Sketch, sketch
from topograph.graph.svg import shortened, to_svg

SVG = "{http://www.w3.org/2000/svg}"


def small(**changes: object) -> Sketch:
    """Two bars, a line, two skips and a cell."""
    bars = [(100.0, -20.0, 110.0, 20.0), (300.0, -10.0, 310.0, 10.0)]
    parts: dict[str, object] = {
        "bars": bars,
        "names": ["x", "y"],
        "ends": [True, False],
        "bands": [(bars[0], bars[1])],
        "lines": [through([(110, 0), (200, 5), (300, 0)])],
        "skips": [(1.0, arc((105, -20), (305, -10), -60)), (0.1, arc((105, 20), (305, 10), 60))],
        "boxes": [("cell", (90.0, -40.0, 320.0, 40.0))],
        **changes,
    }
    return Sketch(**parts)  # type: ignore[arg-type]


def parsed(made: Sketch) -> ElementTree.Element:
    return ElementTree.fromstring(to_svg(made))


def curves(element: ElementTree.Element) -> int:
    """Count the cubic pieces in all paths."""
    return sum(path.attrib["d"].count("C") for path in element.iter(f"{SVG}path"))


def test_every_mark_is_written() -> None:
    page = parsed(small())
    assert curves(page) == 4
    assert len(page.findall(f"{SVG}rect")) == 1
    assert [text.text for text in page.iter(f"{SVG}text")] == ["x", "cell"]
    assert [title.text for title in page.iter(f"{SVG}title")] == ["y", "x"]


def test_all_marks_lie_in_the_view() -> None:
    left, top, width, height = map(float, parsed(small()).attrib["viewBox"].split())
    assert (left, width) == (0, WIDTH)
    assert top < -60
    assert top + height > 60


def test_skips_with_more_channels_are_stronger() -> None:
    weak, strong = (
        path
        for path in parsed(small()).iter(f"{SVG}path")
        if path.attrib.get("stroke", "none").startswith("#")
    )
    for what in ("stroke-width", "opacity"):
        assert float(weak.attrib[what]) < float(strong.attrib[what])


@pytest.mark.parametrize("depth", [8, 32])
def test_every_link_of_a_network_is_written_once(depth: int) -> None:
    network = dense_mlp(8, depth, candidates=6, rng=0)
    skips = sum(route.kind == "skip" for route in layout(network).routes)
    assert curves(parsed(sketch(network))) == skips


@given(st.text(max_size=40))
def test_any_name_is_escaped(name: str) -> None:
    page = parsed(small(names=[name, name], boxes=[(name, (90.0, -40.0, 320.0, 40.0))]))
    assert {title.text or "" for title in page.iter(f"{SVG}title")} == {shortened(name, 80)}
    assert {text.text or "" for text in page.iter(f"{SVG}text")} == {shortened(name)}


def test_texts_do_not_overlap() -> None:
    boxes = [(f"a long name {i}", (10.0 * i, -40.0, 10.0 * i + 9, 40.0)) for i in range(40)]
    texts = [e for e in parsed(small(boxes=boxes)).iter(f"{SVG}text") if e.text != "x"]
    places = sorted(float(text.attrib["x"]) for text in texts)
    assert 1 < len(places) < 40
    assert min(b - a for a, b in pairwise(places)) > 6 * len(boxes[0][0]) - 1


@given(st.text(), st.integers(3, 30))
def test_shortened_text_is_one_short_line(text: str, longest: int) -> None:
    short = shortened(text, longest)
    assert len(short) <= longest
    assert short.isprintable()
