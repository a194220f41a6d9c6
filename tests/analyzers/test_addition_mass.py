from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers._addition_mass import addition_mass, check_rules
from topograph.errors import ArchitectureError
from topograph.graph.blocks import Block, Skip

WIDTHS = st.lists(st.integers(1, 6), min_size=3, max_size=6).map(tuple)


def block(widths, *, projected=False, separable=False):
    """A block whose input is added to its last layer."""
    skip = Skip(0, len(widths) - 1, widths[0], projected)
    return Block("block", widths, (skip,), ("sum",), separable)


def places(widths):
    """All pairs of places of which the second is at least two layers behind the first."""
    return [(j, i) for i in range(len(widths)) for j in range(i - 1)]


@given(WIDTHS)
def test_additions_that_could_be_there_are_counted_channel_by_channel(widths):
    loose, strict = set(), set()
    for j, i in places(widths):
        loose |= {(j, i, channel) for channel in range(widths[j])}
        strict |= {(j, i, channel) for channel in range(widths[j]) if channel < widths[i]}
    assert addition_mass(block(widths)).possible == len(loose)
    assert addition_mass(block(widths), additions="strict").possible == len(strict)


@given(st.integers(1, 500), st.integers(1, 500))
def test_bottlenecks_have_the_printed_formula(outer, inner):
    # Fig. 2 of Bhardwaj, Li and Marculescu (2021).
    found = addition_mass(block((outer, inner, inner, outer)))
    mass = Fraction((outer + 2 * inner) * outer, 2 * outer + inner)
    assert found.mass == pytest.approx(float(mass))
    strict = addition_mass(block((outer, inner, inner, outer)), additions="strict")
    mass = Fraction((outer + 2 * inner) * outer, outer + 2 * min(outer, inner))
    assert strict.mass == pytest.approx(float(mass))


@given(st.integers(1, 500), st.integers(1, 500))
def test_two_layers_are_complete_under_every_rule(first, second):
    for rule in ("text", "counted", "strict"):
        found = addition_mass(block((first, second, first)), additions=rule)
        assert (found.links, found.possible, found.mass) == (first, first, first + second)


@given(st.integers(1, 500))
def test_an_inverted_residual_without_expansion_counts_as_one_of_three_layers(width):
    plain = block((width, width, width), separable=True)
    assert addition_mass(plain).mass == pytest.approx(width)
    assert addition_mass(plain).depth == 3
    assert addition_mass(plain, additions="counted").mass == 2 * width
    assert addition_mass(plain, additions="strict").mass == 2 * width


def test_projections_can_be_ignored():
    projected = block((64, 64, 64, 256), projected=True)
    assert addition_mass(projected).mass == pytest.approx(64)
    assert addition_mass(projected, projections="ignored").mass == 0
    assert addition_mass(block((4, 4, 4)), projections="ignored").mass == 8


@given(WIDTHS, st.sampled_from(["text", "strict"]), st.data())
def test_a_block_never_has_more_than_it_could(widths, rule, data):
    chosen = data.draw(st.lists(st.sampled_from(places(widths)), min_size=1, max_size=9))
    skips = tuple(Skip(j, i, data.draw(st.integers(1, 9)), False) for j, i in chosen)
    found = addition_mass(Block("block", widths, skips, (), False), additions=rule)
    assert 0 < found.links <= found.possible
    assert found.mass <= found.channels


@given(WIDTHS)
def test_a_block_with_all_additions_weighs_its_channels(widths):
    skips = tuple(Skip(j, i, widths[j], False) for j, i in places(widths))
    found = addition_mass(Block("block", widths, skips, (), False))
    assert found.mass == found.channels == sum(widths[:-1])


@pytest.mark.parametrize("words", [("loose", "counted"), ("text", "full")])
def test_unknown_rules_are_refused(words):
    with pytest.raises(ArchitectureError, match=r"Received '(loose|full)'. Choose one of these"):
        check_rules(*words)


def test_layers_that_do_not_follow_one_another_are_refused():
    crossed = Block("stage", (4, 4, 4), (Skip(0, 2, 4, False), Skip(0, 1, 4, True)), (), False)
    with pytest.raises(ArchitectureError, match=r"follow one another.*in cell 'stage'"):
        addition_mass(crossed)
