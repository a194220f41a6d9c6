import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.analyzers import lattice, random_part
from topograph.analyzers._layered import Layered
from topograph.analyzers._long_range import long_range_pairs
from topograph.analyzers.degree import counted_graph
from topograph.generators import dense_cnn

NAMES = ("sources", "links", "nearest")


def drawn(architecture, name, seed=0):
    graph = counted_graph(architecture, "all")
    layered = Layered(graph, long_range_pairs(graph, architecture))
    return layered.draw(name, np.random.default_rng(seed))


def pattern(graph):
    """Return the links as a matrix of 0 and 1, parallel ones as one."""
    return graph.adjacency.toarray() > 0


@given(architectures(), st.sampled_from(NAMES), st.integers(0, 9))
def test_lattice_layers_widths_and_numbers_of_links_stay(architecture, name, seed):
    found, whole = drawn(architecture, name, seed), counted_graph(architecture, "all")
    assert found.nodes == whole.nodes
    assert found.adjacency.data.max(initial=1) == 1
    short = pattern(lattice(architecture))
    assert pattern(found)[short].all()
    np.testing.assert_array_equal(pattern(found).sum(axis=0), pattern(whole).sum(axis=0))
    pairs = long_range_pairs(whole, architecture)
    sources, targets = np.nonzero(pattern(found) & ~short)
    assert pairs[whole.node_of[targets], whole.node_of[sources]].all()


@pytest.mark.parametrize("name", NAMES)
def test_channels_of_a_layer_share_their_sources_unless_they_draw_alone(name):
    network = dense_cnn((6,), 8, candidates=7, rng=0)
    graph = drawn(network, name, seed=3)
    columns = pattern(graph)[:, -6:].T
    assert (len(np.unique(columns, axis=0)) == 1) == (name != "links")


def test_every_allowed_source_is_equally_likely():
    network = dense_cnn((5,), 6, candidates=4, rng=0)
    last = slice(25, 30)
    for name in ("sources", "links"):
        share = np.mean([pattern(drawn(network, name, seed))[:20, last] for seed in range(400)], 0)
        assert np.abs(share - 4 / 20).max() < 4.5 * np.sqrt(0.2 * 0.8 / 400)


def test_the_nearest_sources_end_two_layers_before():
    network = dense_cnn((5,), 6, candidates=7, rng=0)
    graph = drawn(network, "nearest")
    assert np.flatnonzero(pattern(graph)[:, 27]).tolist() == [*range(13, 20), *range(20, 25)]


def test_layers_draw_from_streams_of_their_own():
    short, long = (dense_cnn((4,), depth, candidates=5, rng=0) for depth in (6, 9))
    same = pattern(drawn(short, "links"))
    np.testing.assert_array_equal(pattern(drawn(long, "links"))[:24, :24], same)


@given(architectures())
def test_random_parts_have_equally_many_links(architecture):
    simple_links = pattern(random_part(architecture)).sum() + pattern(lattice(architecture)).sum()
    assert drawn(architecture, "sources").links == simple_links
