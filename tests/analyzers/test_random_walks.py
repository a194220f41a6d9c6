from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.cascade_samples import have_path, masks_and_constants, quietly, rectangles
from topograph.analyzers._cascade_links import cascade_links
from topograph.analyzers._live_links import live_links
from topograph.analyzers._random_walks import layer_bounds, noise_for, stir, walk
from topograph.arrays import to_host
from topograph.generators.cascades import butterfly


@given(masks_and_constants(layers=4, width=5), st.integers(0, 99))
def test_walks_propose_pairs_of_their_weight(drawn, seed):
    masks, constant = drawn
    if not have_path(masks):
        return
    links = cascade_links(quietly(masks, constant))
    live = live_links(links, links.competing(True))
    sets = rectangles(masks, constant)
    rng = np.random.default_rng(seed)
    weights = np.flatnonzero(rng.random(live.weights) < 0.7)
    inputs, outputs = walk(live, weights, rng)
    for weight, i, o in zip(weights, inputs, outputs, strict=True):
        assert (live.inputs[i], live.outputs[o]) in sets[live.link[weight]]


def test_every_pair_of_a_weight_is_proposed():
    links = cascade_links(butterfly(8, 3))
    live = live_links(links, links.competing(True))
    rng = np.random.default_rng(0)
    proposed = {
        pair for _ in range(99) for pair in zip(*walk(live, np.array([20]), rng), strict=True)
    }
    before, behind = {i for i, _ in proposed}, {o for _, o in proposed}
    assert (len(before), len(behind), len(proposed)) == (2, 2, 4)


def test_walks_are_the_same_in_every_library(backend):
    links = cascade_links(butterfly(8, 3))
    live = live_links(links, links.competing(True))
    parts = ("sources", "targets", "behind", "ahead")
    moved = replace(
        live,
        steps=tuple(
            replace(step, **{part: backend.asarray(getattr(step, part)) for part in parts})
            for step in live.steps
        ),
    )
    weights = np.arange(live.weights)
    there = walk(moved, backend.asarray(weights), np.random.default_rng(3))
    here = walk(live, weights, np.random.default_rng(3))
    for ours, theirs in zip(here, there, strict=True):
        np.testing.assert_array_equal(ours, to_host(theirs))
    assert layer_bounds(live, weights[5:]) == [0, 11, 27, 43]


def test_noise_is_uniform_in_its_upper_bits():
    noise = noise_for(60_000, np.zeros(1), np.random.default_rng(0))
    for _ in range(3):
        noise = stir(noise)
        counts = np.bincount(((noise >> 33) * 6 >> 31).astype(int), minlength=6)
        assert np.all(np.abs(counts - 10_000) < 500)
