import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.graph_peers import plain_graphs
from topograph.analyzers._shuffled import equal_size, swapped
from topograph.analyzers._simple import undirected


def is_simple(links):
    """Tell whether a matrix is one of a simple undirected graph."""
    return (
        (links != links.T).nnz == 0 and not links.diagonal().any() and bool((links.data == 1).all())
    )


@given(plain_graphs(), st.integers(0, 99))
def test_exchanged_ends_keep_degrees(peer, seed):
    links = undirected(nx.to_scipy_sparse_array(peer))
    found = swapped(links, np.random.default_rng(seed))
    assert is_simple(found)
    np.testing.assert_array_equal(found.sum(axis=1), links.sum(axis=1))


@given(plain_graphs(), st.integers(0, 99))
def test_links_drawn_anew_keep_their_number(peer, seed):
    links = undirected(nx.to_scipy_sparse_array(peer))
    found = equal_size(links, np.random.default_rng(seed))
    assert is_simple(found)
    assert (found.shape, found.nnz) == (links.shape, links.nnz)


@pytest.mark.parametrize("draw", [swapped, equal_size])
@pytest.mark.parametrize("nodes", [6, 12])
def test_all_pairs_of_a_ring_are_equally_likely(draw, nodes):
    # All pairs are alike by symmetry once the ring is forgotten: 2 / (n - 1) each.
    links, rng = (
        undirected(nx.to_scipy_sparse_array(nx.cycle_graph(nodes))),
        np.random.default_rng(0),
    )
    draws = 600
    share = sum(draw(links, rng).toarray().astype(float) for _ in range(draws)) / draws
    p = 2 / (nodes - 1)
    error = np.sqrt(p * (1 - p) / draws)
    off = ~np.eye(nodes, dtype=bool)
    assert np.abs(share[off] - p).max() < 4.5 * error


def test_the_only_graph_of_its_degrees_stays():
    for peer in (nx.star_graph(8), nx.complete_graph(6)):
        links = undirected(nx.to_scipy_sparse_array(peer))
        assert (swapped(links, np.random.default_rng(0)) != links).nnz == 0
