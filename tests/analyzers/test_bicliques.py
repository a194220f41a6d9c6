import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.graph_peers import channel_graphs, largest_component, pair_counts, peer_of
from topograph.analyzers import _bicliques
from topograph.analyzers._bicliques import bicliques, clustering, components, distances, in_runs
from topograph.generators import dense_cnn


def runs_of(graph):
    """Cut a channel graph into runs, whether or not that pays."""
    loose = graph.loose_targets
    ends = [[0, graph.channels], graph.starts, graph.stops, loose, loose + 1]
    return in_runs(graph, np.unique(np.concatenate(ends)))


@given(channel_graphs())
def test_clustering_and_degrees_agree_with_networkx(graph):
    runs, peer = runs_of(graph), peer_of(graph)
    assert runs.degree.tolist() == [degree for _, degree in sorted(peer.degree)]
    expected = [value for _, value in sorted(nx.clustering(peer).items())]
    np.testing.assert_allclose(clustering(runs), expected, rtol=1e-14)


@given(channel_graphs(), st.integers(1, 9))
def test_distances_agree_with_networkx(graph, rows):
    runs, peer = runs_of(graph), peer_of(graph)
    whole, _bicliques.ROWS = _bicliques.ROWS, rows
    try:
        assert distances(runs, largest=False).tolist() == pair_counts(peer).tolist()
        expected = pair_counts(largest_component(peer)).tolist()
        assert distances(runs).tolist() == expected
    finally:
        _bicliques.ROWS = whole


@given(channel_graphs())
def test_components_agree_with_networkx(graph):
    label = components(runs_of(graph))
    found = {frozenset(np.flatnonzero(label == one).tolist()) for one in label}
    assert found == set(map(frozenset, nx.connected_components(peer_of(graph))))


def test_every_pair_is_counted_once_in_a_large_network():
    graph = dense_cnn((32, 64), 8, candidates=40, rng=0).channel_graph()
    runs = bicliques(graph)
    assert runs is not None
    counts = distances(runs)
    assert counts[0] == graph.channels
    assert counts[1] == runs.degree.sum() == 2 * graph.links
    assert counts.sum() == graph.channels**2


def test_lists_of_links_are_preferred_where_runs_do_not_pay():
    assert bicliques(dense_cnn((2,), 4, candidates=2, rng=0).channel_graph()) is None
    separable = dense_cnn((8, 8), 6, candidates=9, separable=True, rng=0).channel_graph()
    assert bicliques(separable) is None
