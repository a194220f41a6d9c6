from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from topograph.exporter.layout import Bracket, Operation, flat, fold

NAMES = st.sampled_from(["x", "layer_12", "a_rather_long_name_of_a_feature_map"])


def brackets(inner):
    items = st.lists(inner, max_size=4).map(tuple)
    return st.builds(Bracket, st.sampled_from(["f(", "[", "torch.cat("]), items, st.just(")"))


TEXTS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        brackets(inner).map(lambda b: Bracket(b.head, b.items, "]") if b.head == "[" else b),
        st.builds(Operation, st.sampled_from("+*"), st.lists(NAMES, min_size=2).map(tuple)),
    ),
    max_leaves=12,
)


@given(TEXTS, st.integers(20, 100))
def test_folding_changes_no_meaning(text, width):
    folded = "\n".join(fold("y = ", text, width=width))
    assert ast.dump(ast.parse(folded)) == ast.dump(ast.parse(f"y = {flat(text)}"))


@given(TEXTS)
def test_what_fits_stays_on_one_line(text):
    assert fold("y = ", text, width=10**6) == [f"y = {flat(text)}"]


def test_brackets_open_one_level_at_a_time():
    text = Bracket("f(", (Bracket("[", ("first", "second", "third"), "]"), "1"), ")")
    assert fold("y = ", text, width=28) == ["y = f(", "    [first, second, third],", "    1,", ")"]
    assert fold("y = ", text, width=31) == ["y = f(", "    [first, second, third], 1", ")"]


def test_operands_line_up_behind_their_operators():
    text = Operation("+", ("first", "second", "third"))
    assert fold("y = ", text, width=12) == [
        *("y = (", "    first", "    + second", "    + third", ")")
    ]
    assert fold("total = ", text, width=27) == ["total = (", "    first + second + third", ")"]
