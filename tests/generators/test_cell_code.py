from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import ArchitectureError
from topograph.generators._cell_code import (
    EDGES,
    OPERATIONS,
    as_numbers,
    as_string,
    official_order,
    read,
)

# Strings that the benchmark's own program asserts for its order.
PUBLISHED = {
    0: "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|"
    "+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    9: "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|",
}


def test_every_cell_has_one_index():
    order = official_order()
    assert order.shape == (15_625, 6)
    assert len(np.unique(order, axis=0)) == 15_625
    assert (order.min(), order.max()) == (0, 4)


@pytest.mark.parametrize(("index", "string"), PUBLISHED.items())
def test_the_order_is_the_official_one(index, string):
    assert as_string(index) == string
    assert as_numbers(string) == as_numbers(index)


@given(st.tuples(*[st.integers(0, 4)] * 6))
def test_every_way_to_name_a_cell_gives_the_same(numbers):
    names = [OPERATIONS[number] for number in numbers]
    ways = (numbers, names, as_string(numbers), np.array(numbers), tuple(names))
    assert {as_numbers(way) for way in ways} == {numbers}
    found, edges = read(as_string(names), OPERATIONS)
    assert (tuple(found), tuple(edges)) == (numbers, EDGES)


GOOD = "|skip_connect~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (15_625, "from 0 to 15624.*Received 15625"),
        (-1, "from 0 to 15624.*Received -1"),
        (1.5, "Received 1.5"),
        (True, "Received True"),
        (None, "Received None"),
        ("none", "between bars.*Received 'none' at position 0"),
        ("", "between bars.*at position 0"),
        (GOOD.replace("+|none~0|none~1|+", "+none~0|none~1+"), "at position 17"),
        (GOOD.replace("none~0|none~1|skip", "none~0|conv~1|skip"), "'conv' at position 41"),
        (GOOD.replace("skip_connect~2", "skip_connect~3"), "source '3' at position 48"),
        (GOOD.replace("skip_connect~2", "skip_connect~²"), "source '²' at position 48"),
        (GOOD.replace("skip_connect~2", "skip_connect"), "source '' at position 48"),
        ("|none~0|+|none~0|none~1|", "one operation on each of the edges.*Received 0->1"),
        (GOOD.replace("|none~0|none~1|+", "|none~1|none~0|+", 1), "in this order"),
        ((1, 2, 3), "6 edges.*Received 3"),
        ((0, 0, 0, 0, 0, 5), "Received 5 at position 5, the edge 2->3"),
        (("none", "conv", *["none"] * 4), "Received 'conv' at position 1, the edge 0->2"),
        ((0, True, 0, 0, 0, 0), "Received True at position 1"),
    ],
)
def test_what_is_no_cell_is_refused_with_its_place(cell, words):
    with pytest.raises(ArchitectureError, match=words):
        as_numbers(cell)


def test_the_named_position_is_where_the_fault_stands():
    broken = GOOD.replace("none~1|skip", "nine~1|skip")
    with pytest.raises(ArchitectureError) as error:
        as_numbers(broken)
    position = int(re.search(r"at position (\d+)", str(error.value))[1])
    assert broken[position:].startswith("nine")
