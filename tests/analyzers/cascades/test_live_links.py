import numpy as np
import pytest
from hypothesis import given

from tests.analyzers.cascades.samples import (
    have_path,
    masks_and_constants,
    quietly,
    reach_by_products,
    rectangles,
)
from topograph.analyzers.cascades.links import cascade_links
from topograph.analyzers.cascades.live_links import alive_neurons, live_links
from topograph.errors import ArchitectureError
from topograph.generators.cascades import from_masks, hypercube


@given(masks_and_constants())
def test_living_neurons_have_an_input_before_and_an_output_behind(drawn):
    masks, constant = drawn
    before, behind = reach_by_products(masks)
    alive = alive_neurons(cascade_links(quietly(masks, constant)))
    for flags, comes, goes in zip(alive, before, behind, strict=True):
        np.testing.assert_array_equal(flags, comes.any(axis=1) & goes.any(axis=0))


@given(masks_and_constants())
def test_tables_hold_the_living_neighbours(drawn):
    masks, constant = drawn
    if not have_path(masks):
        return
    links = cascade_links(quietly(masks, constant))
    live = live_links(links, links.competing(True))
    alive = alive_neurons(links)
    assert live.inputs.tolist() == np.flatnonzero(alive[0]).tolist()
    assert live.outputs.tolist() == np.flatnonzero(alive[-1]).tolist()
    tables = zip(live.behind, live.ahead, masks, strict=True)
    for layer, (behind, ahead, mask) in enumerate(tables):
        kept = mask[alive[layer + 1]][:, alive[layer]]
        assert [set(row) for row in behind] == [set(np.flatnonzero(row)) for row in kept]
        assert [set(row) for row in ahead] == [set(np.flatnonzero(row)) for row in kept.T]


@given(masks_and_constants())
def test_weights_are_those_with_a_pair(drawn):
    masks, constant = drawn
    if not have_path(masks):
        return
    links = cascade_links(quietly(masks, constant))
    live = live_links(links, links.competing(True))
    sets = rectangles(masks, constant)
    assert live.link.tolist() == [weight for weight, pairs in enumerate(sets) if pairs]
    assert live.weights == len(live.link) == len(live.sources) == len(live.targets)
    ends = np.concatenate([np.argwhere(mask) for mask in masks])[live.link]
    layers = np.searchsorted(live.first, np.arange(live.weights), side="right") - 1
    alive = [np.flatnonzero(flags) for flags in alive_neurons(links)]
    for weight, (target, source) in enumerate(ends):
        layer = layers[weight]
        assert alive[layer][live.sources[weight] - live.begins[layer]] == source
        assert alive[layer + 1][live.targets[weight] - live.begins[layer + 1]] == target


def test_a_cascade_without_a_path_is_refused():
    links = cascade_links(quietly([np.eye(2, dtype=bool), np.zeros((2, 2), dtype=bool)]))
    with pytest.raises(ArchitectureError, match="neurons are all dead.*Add links"):
        live_links(links, links.competing(True))


def test_layers_of_one_wiring_share_their_tables():
    places = np.arange(8)
    apart_by = places[:, None] ^ places
    masks = [(apart_by & (apart_by - 1)) == 0] * 4  # neurons that differ in one bit at most
    once, apart = (cascade_links(a) for a in (hypercube(8, 4), from_masks(masks)))
    shared, own = (live_links(c, c.competing(True)) for c in (once, apart))
    assert len(set(map(id, shared.behind))) == len(set(map(id, shared.ahead))) == 1
    assert len(set(map(id, own.behind))) == len(set(map(id, own.ahead))) == 4
    for one, other in zip(shared.behind + shared.ahead, own.behind + own.ahead, strict=True):
        np.testing.assert_array_equal(one, other)
