import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analyzers.cascades.samples import (
    have_path,
    masks_and_constants,
    moved,
    quietly,
    rectangles,
)
from topograph.analyzers.cascades import random_walks
from topograph.analyzers.cascades.links import cascade_links
from topograph.analyzers.cascades.live_links import live_links
from topograph.analyzers.cascades.random_walks import noise_for, walk
from topograph.arrays import to_host
from topograph.generators.cascades import butterfly


def laid_out(network):
    links = cascade_links(network)
    return live_links(links, links.competing(True))


@pytest.fixture(params=["each walks", "neurons walk"])
def few(request, monkeypatch):
    """Let weights walk on their own, or share the walks of their neurons."""
    monkeypatch.setattr(random_walks, "FEW", {"each walks": 99, "neurons walk": -1}[request.param])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(masks_and_constants(layers=4, width=5), st.integers(0, 99))
def test_walks_propose_pairs_of_their_weight(few, drawn, seed):
    masks, constant = drawn
    if not have_path(masks):
        return
    live, sets = laid_out(quietly(masks, constant)), rectangles(masks, constant)
    rng = np.random.default_rng(seed)
    weights = np.flatnonzero(rng.random(live.weights) < 0.7)
    pairs = walk(live, weights, rng=rng)
    for weight, i, o in zip(weights, pairs // live.stride, pairs % live.stride, strict=True):
        assert (live.inputs[i], live.outputs[o]) in sets[live.link[weight]]


def test_every_pair_of_a_weight_is_proposed(few):
    live, rng = laid_out(butterfly(8, 3)), np.random.default_rng(0)
    every = np.arange(live.weights)
    proposed = {int(walk(live, every, rng=rng)[20]) for _ in range(99)}
    before, behind = ({divmod(pair, live.stride)[at] for pair in proposed} for at in (0, 1))
    assert (len(before), len(behind), len(proposed)) == (2, 2, 4)


def test_walks_are_the_same_in_every_library(few, backend):
    live = laid_out(butterfly(8, 3))
    weights = np.arange(live.weights)
    there = walk(moved(live, backend), backend.asarray(weights), rng=np.random.default_rng(3))
    here = walk(live, weights, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(here, to_host(there))


def test_noise_is_uniform_in_its_upper_bits():
    for noise in noise_for([60_000] * 3, np.zeros(1), np.random.default_rng(0)):
        counts = np.bincount(noise.astype(np.int64) * 6 >> 16, minlength=6)
        assert np.all(np.abs(counts - 10_000) < 500)
