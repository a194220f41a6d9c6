import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.graph_peers import (
    channel_graphs,
    largest_component,
    pair_counts,
    peer_of,
    plain_graphs,
)
from topograph.analyzers import _growth
from topograph.analyzers._growth import components, distances, parts
from topograph.analyzers._simple import undirected


@pytest.fixture(params=[(1024, 32), (64, 1), (5, 3)], ids=str)
def sizes(request, monkeypatch):
    """Grow balls many and few at a time."""
    monkeypatch.setattr(_growth, "SOURCES", request.param[0])
    monkeypatch.setattr(_growth, "FEW", request.param[1])


@pytest.mark.usefixtures("sizes")
@pytest.mark.parametrize(
    "peer",
    [
        nx.star_graph(150),
        nx.path_graph(70),
        nx.watts_strogatz_graph(200, 6, 0.2, seed=0),
        nx.barabasi_albert_graph(200, 3, seed=0),
        nx.disjoint_union(nx.cycle_graph(40), nx.complete_graph(40)),
        nx.empty_graph(3),
    ],
    ids=lambda graph: f"{len(graph)} nodes, {graph.size()} links",
)
def test_distances_agree_with_networkx_at_every_block_size(peer):
    links = undirected(nx.to_scipy_sparse_array(peer))
    assert distances(links, largest=False).tolist() == pair_counts(peer).tolist()
    assert distances(links).tolist() == pair_counts(largest_component(peer)).tolist()


@given(plain_graphs(), st.booleans())
def test_distances_of_links_agree_with_networkx(peer, largest):
    links = undirected(nx.to_scipy_sparse_array(peer))
    expected = pair_counts(largest_component(peer) if largest else peer)
    assert distances(links, largest=largest).tolist() == expected.tolist()


@given(channel_graphs(), st.booleans())
def test_distances_over_blocks_agree_with_networkx(graph, largest):
    peer = peer_of(graph)
    expected = pair_counts(largest_component(peer) if largest else peer)
    assert distances(graph, largest=largest).tolist() == expected.tolist()


@given(channel_graphs())
def test_components_agree_with_networkx(graph):
    label = components(*parts(graph))
    found = {frozenset(np.flatnonzero(label == one).tolist()) for one in label}
    assert found == set(map(frozenset, nx.connected_components(peer_of(graph))))
