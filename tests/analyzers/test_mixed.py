import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from tests.analyzers.graph_peers import channel_graphs, peer_of
from topograph.analyzers import _bitsets, _mixed
from topograph.analyzers._bicliques import split
from topograph.analyzers._simple import undirected
from topograph.generators import dense_cnn, resnet
from topograph.graph import ChannelGraph


@pytest.fixture
def every_graph_pays(monkeypatch):
    monkeypatch.setattr(ChannelGraph, "links", 10**9)


@pytest.mark.usefixtures("every_graph_pays")
@given(channel_graphs())
def test_clustering_agrees_with_networkx(graph):
    expected = [value for _, value in sorted(nx.clustering(peer_of(graph)).items())]
    np.testing.assert_allclose(_mixed.clustering(graph), expected, rtol=1e-14)


@given(channel_graphs())
def test_blocks_and_loose_links_beside_them_are_all_links_once(graph):
    runs, target, source = split(graph)
    together = runs.reads[:, runs.run_of].astype(int)
    together[source, target] += 1
    np.testing.assert_array_equal(together, graph.adjacency.toarray() > 0)


@pytest.mark.parametrize(
    "network", [dense_cnn((4, 8), 6, candidates=9, separable=True, rng=0), resnet(18)], ids=str
)
def test_networks_agree_with_their_lists_of_links(network):
    graph = network.channel_graph()
    found = _mixed.clustering(graph)
    assert found is not None
    expected = _bitsets.clustering(undirected(graph.adjacency))
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_few_links_in_many_blocks_are_left_to_others():
    assert _mixed.clustering(dense_cnn((1,), 4, candidates=2, rng=0).channel_graph()) is None
