import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.cascades.samples import have_path, masks_and_constants, quietly, rectangles
from topograph.analyzers.cascades import drawn_pairs
from topograph.analyzers.cascades.augmenting import Reach
from topograph.analyzers.cascades.drawn_pairs import DrawnPairs, can_be_listed
from topograph.analyzers.cascades.links import cascade_links
from topograph.analyzers.cascades.live_links import live_links
from topograph.generators.cascades import butterfly, from_masks


def laid_out(network):
    links = cascade_links(network)
    return live_links(links, links.competing(True))


@given(masks_and_constants(layers=4, width=6), st.integers(0, 99), st.integers(1, 9))
def test_pairs_are_of_their_weight(drawn, seed, times):
    masks, constant = drawn
    if not have_path(masks):
        return
    live, sets = laid_out(quietly(masks, constant)), rectangles(masks, constant)
    rng = np.random.default_rng(seed)
    weights = rng.permutation(live.weights)[: live.weights // 2 + 1]
    pairs = DrawnPairs(live, Reach.of(live), rng)(weights, times)
    assert pairs.shape == (times, len(weights))
    for row in pairs:
        for weight, i, o in zip(weights, row // live.stride, row % live.stride, strict=True):
            assert (live.inputs[i], live.outputs[o]) in sets[live.link[weight]]


@pytest.mark.parametrize("width", [3, 65, 130])
def test_all_pairs_of_a_weight_are_equally_likely(width):
    # Inputs and outputs in different numbers of words; the walk through one neuron joins all.
    masks = [np.ones((1, width), dtype=bool), np.ones((2, 1), dtype=bool)]
    live = laid_out(from_masks(masks))
    draw = DrawnPairs(live, Reach.of(live), np.random.default_rng(0))
    times = 2000 * width
    into, out = draw(np.array([width - 1, width]), times).T
    counts = np.bincount(into, minlength=width * live.stride)
    assert counts[(width - 1) * live.stride :][:2].sum() == times
    np.testing.assert_allclose(counts[-live.stride :][:2] / times, 0.5, atol=0.05)
    counts = np.bincount(out, minlength=width * live.stride)[:: live.stride]
    assert counts.sum() == times
    np.testing.assert_allclose(counts, 2000, atol=300)


def test_lists_that_would_be_long_are_not_made(monkeypatch):
    live = laid_out(butterfly(8, 3))
    for bits, fits in ((4 * 8 * 64, True), (4 * 8 * 64 - 1, False)):
        monkeypatch.setattr(drawn_pairs, "LISTED", bits)
        assert can_be_listed(live) == fits
