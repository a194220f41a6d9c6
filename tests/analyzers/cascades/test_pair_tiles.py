from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.cascades.pair_tensors import wirings
from topograph.analyzers.cascades.pair_tiles import tiles
from topograph.analyzers.cascades.reach import reaches
from topograph.generators.cascades import butterfly
from topograph.graph.cascade import cascade_wirings


@given(layers=wirings(), side=st.integers(1, 8))
def test_every_pair_is_in_one_tile_and_what_mixes_it_is_live(layers, side):
    reach, n = reaches(layers, strict=False), layers[0].sources
    seen = np.zeros((n, n), dtype=int)
    for tile in tiles(reach, side):
        np.add.at(seen, (tile.one, tile.other), 1)
        for layer, live in zip(reach, tile.live, strict=True):
            everyone = np.arange(len(layer.inputs))
            mixed = layer.mixes(everyone, tile.one, tile.other).any(axis=1)
            assert set(np.flatnonzero(mixed)) <= set(live)
    np.testing.assert_array_equal(seen, np.triu(np.ones((n, n)), 1))


@given(layers=wirings(), side=st.integers(1, 8))
def test_links_of_a_tile_are_those_that_leave_its_live_neurons(layers, side):
    for tile in tiles(reaches(layers, strict=False), side):
        for layer, (sources, targets) in enumerate(tile.links(layers)):
            wiring, before, after = layers[layer + 1], tile.live[layer], tile.live[layer + 1]
            assert (np.diff(sources) >= 0).all()
            found = {(before[s], after[t]) for s, t in zip(sources, targets, strict=True)}
            all_links = zip(wiring.indices, wiring.rows(), strict=True)
            assert found == {(s, t) for s, t in all_links if s in set(before)}


@pytest.mark.parametrize("side", [2, 8])
def test_sizes_count_neurons_and_links_times_pairs(side):
    layers = cascade_wirings(butterfly(8, 3))
    leaving = [np.full(8, 2), np.full(8, 2)]
    sizes = [tile.size(leaving) for tile in tiles(reaches(layers, strict=False), side)]
    if side == 8:
        assert sizes == [((8 + 8 + 8) * 28, 32 * 28)]
    else:
        # Two inputs meet at 2 neurons of the layer where their last common bit is mixed, and so on.
        within, near, far = (2 + 4 + 8, 4 + 8), (4 * (4 + 8), 4 * 8), (4 * 8, 0)
        expected = sorted(4 * [within] + 2 * [near] + 4 * [far])
        assert sorted(sizes) == expected
