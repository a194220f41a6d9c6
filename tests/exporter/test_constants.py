from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from topograph.exporter.constants import Constants, plain
from topograph.exporter.expression import Layer

NUMBERS = st.lists(st.integers(0, 999))


@given(st.lists(st.one_of(NUMBERS, st.tuples(NUMBERS.map(tuple), NUMBERS.map(tuple)))))
def test_constants_keep_their_values(values):
    constants = Constants([])
    texts = [constants.text("stem", value) for value in values]
    names = {}
    for block in constants.blocks():
        exec(block, names)
    assert [eval(text, names) for text in texts] == values


def test_names_do_not_clash():
    constants = Constants(["STEM"])
    assert [constants.text("stem", list(range(30))) for _ in range(2)] == ["STEM_", "STEM__"]


def test_short_lists_stay_where_they_are():
    constants = Constants([])
    layer = Layer("SparseLinear", (4, 6, ((0, 2), (3, 0))), (("bias", False),))
    assert constants.arguments("h", layer) == ("4", "6", "((0, 2), (3, 0))", "bias=False")
    assert list(constants.blocks()) == []


def test_long_links_get_a_name():
    links = (tuple(range(30)), tuple(range(30)))
    layer = Layer("SparseLinear", (30, 30, links), (("constant", links),))
    expected = ("30", "30", "H_LINKS", "constant=H_CONSTANT")
    assert Constants([]).arguments("h", layer) == expected


@given(st.text())
def test_plain_text_can_stand_in_a_comment_and_in_a_docstring(text):
    shown = plain(text)
    assert len(f"# {shown}".splitlines()) == 1
    assert eval(f'"""{shown}."""') == f"{shown}."


def test_hostile_labels_are_harmless():
    assert plain('"""\nimport os\\') == "''' import os/"
