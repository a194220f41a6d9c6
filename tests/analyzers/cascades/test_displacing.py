import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers.cascades.displacing import displace


def drawer(allowed, rng):
    """Return a function that draws pairs evenly from those that weights may take."""

    def draw(weights, times):
        scores = rng.random((times, len(weights), allowed.shape[1]))
        return np.where(allowed[weights], scores, -1).argmax(axis=2)

    return draw


def maximum(allowed):
    weights, pairs = allowed.shape
    links = [(int(w), weights + int(p)) for w, p in np.argwhere(allowed)]
    types = [False] * weights + [True] * pairs
    return len(igraph.Graph(n=len(types), edges=links).maximum_bipartite_matching(types=types))


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 1))
def test_what_is_found_is_a_matching_of_nearly_all_that_there_is(seed, weights, pairs, density):
    rng = np.random.default_rng(seed)
    allowed = rng.random((weights, pairs)) < density
    allowed[np.arange(weights), rng.integers(pairs, size=weights)] = True
    owner, free = displace(drawer(allowed, rng), weights, pairs, numbers=pairs)
    matched = np.flatnonzero(owner >= 0)
    assert allowed[owner[matched], matched].all()
    assert sorted([*owner[matched], *free]) == list(range(weights))
    assert free.tolist() == sorted(free)
    best = maximum(allowed)
    # As many draws as there are here leave a path of one displacement only by great misfortune.
    assert best - 1 <= len(matched) <= best


@pytest.mark.parametrize(("weights", "pairs"), [(950, 1000), (1000, 1000), (1100, 1000)])
def test_weights_that_may_take_half_of_all_pairs_fill_them(weights, pairs):
    rng = np.random.default_rng(0)
    allowed = rng.random((weights, pairs)) < 0.5
    owner, free = displace(drawer(allowed, rng), weights, pairs, numbers=pairs)
    assert np.count_nonzero(owner >= 0) == min(weights, pairs)
    assert len(free) == weights - min(weights, pairs)


def test_a_part_with_too_many_weights_gives_up():
    allowed = np.zeros((60, 100), dtype=bool)
    allowed[:50, :10] = allowed[50:, 10:] = True
    rng = np.random.default_rng(0)
    owner, free = displace(drawer(allowed, rng), 60, 100, numbers=100)
    assert (len(free), np.count_nonzero(owner[:10] >= 0)) == (40, 10)
    assert set(range(50, 60)) <= set(owner.tolist())


def test_no_weights_are_matched_with_nothing():
    owner, free = displace(lambda weights, times: None, 0, 3, numbers=4)
    assert (owner.tolist(), free.tolist()) == ([-1] * 4, [])
