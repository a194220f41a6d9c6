import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from tests.analyzers.graph_peers import plain_graphs
from topograph.analyzers import _bitsets
from topograph.analyzers._bitsets import (
    _triangles_by_bits,
    _triangles_by_products,
    clustering,
)
from topograph.analyzers._simple import undirected


@given(plain_graphs())
def test_triangles_of_both_roads_agree_with_networkx(peer):
    links = undirected(nx.to_scipy_sparse_array(peer, weight=None))
    expected = list(nx.triangles(peer).values())
    assert _triangles_by_bits(links).tolist() == expected
    assert _triangles_by_products(links).tolist() == expected


@pytest.mark.parametrize("length", [1, 7, 2**14])
def test_links_are_taken_some_at_a_time(length, monkeypatch):
    monkeypatch.setattr(_bitsets, "LINKS", length)
    peer = nx.powerlaw_cluster_graph(150, 5, 0.6, seed=0)
    links = undirected(nx.to_scipy_sparse_array(peer))
    assert _triangles_by_bits(links).tolist() == list(nx.triangles(peer).values())


@pytest.mark.parametrize("neighbours", [6, 60])
def test_clustering_of_a_sparse_and_of_a_dense_graph(neighbours):
    peer = nx.watts_strogatz_graph(2000, neighbours, 0.1, seed=0)
    found = clustering(undirected(nx.to_scipy_sparse_array(peer)))
    np.testing.assert_allclose(found, list(nx.clustering(peer).values()), rtol=1e-14)
