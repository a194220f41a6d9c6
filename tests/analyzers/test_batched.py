import networkx as nx
import numpy as np
import pytest
from array_api_compat import array_namespace
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.graph_peers import known_graphs, largest_component, pair_counts, plain_graphs
from topograph.analyzers import _batched
from topograph.analyzers._batched import clustering, path_length
from topograph.arrays import to_host


def matrices(nodes, count, seed=0):
    """Random graphs of every density, unconnected ones among them."""
    rng = np.random.default_rng(seed)
    density = np.linspace(0, 1, count)[:, None, None]
    return np.triu(rng.random((count, nodes, nodes)) < density, k=1)


def mean_distance(peer):
    counts = pair_counts(peer)
    pairs = counts[1:].sum()
    return counts @ np.arange(len(counts)) / pairs if pairs else np.nan


def test_batches_agree_with_networkx_on_every_backend(backend):
    graphs = matrices(12, 24).reshape(2, 3, 4, 12, 12)
    peers = [nx.from_numpy_array(one) for one in graphs.reshape(-1, 12, 12)]
    given_graphs = backend.asarray(graphs)
    xp = array_namespace(given_graphs)
    local = clustering(given_graphs, xp)
    assert local.shape == (2, 3, 4, 12)
    expected = [list(nx.clustering(peer).values()) for peer in peers]
    np.testing.assert_allclose(to_host(local).reshape(24, 12), expected, rtol=1e-14)
    for largest in (True, False):
        lengths = path_length(given_graphs, xp, largest=largest)
        assert lengths.shape == (2, 3, 4)
        found = [mean_distance(largest_component(peer) if largest else peer) for peer in peers]
        np.testing.assert_allclose(to_host(lengths).ravel(), found, rtol=1e-14)


@pytest.mark.parametrize("entries", [1, 500, 2**18])
def test_batches_are_cut_into_parts(entries, monkeypatch):
    graphs = matrices(10, 17)
    whole = clustering(graphs, np), path_length(graphs, np)
    monkeypatch.setattr(_batched, "ENTRIES", entries)
    np.testing.assert_array_equal(clustering(graphs, np), whole[0])
    np.testing.assert_array_equal(path_length(graphs, np), whole[1])


@given(st.lists(plain_graphs(), min_size=1, max_size=5))
def test_each_graph_of_a_batch_has_the_value_that_it_has_alone(peers):
    nodes = max(map(len, peers))
    graphs = np.zeros((len(peers), nodes, nodes), dtype=bool)
    for graph, peer in zip(graphs, peers, strict=True):
        graph[: len(peer), : len(peer)] = nx.to_numpy_array(peer)
    together = path_length(graphs, np)
    alone = [path_length(graph[None], np)[0] for graph in graphs]
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_allclose(
        alone, [mean_distance(largest_component(peer)) for peer in peers], rtol=1e-14
    )


@pytest.mark.parametrize(("name", "peer", "mean", "length"), list(known_graphs()))
def test_closed_forms(name, peer, mean, length):
    links = nx.to_numpy_array(peer)[None]
    assert clustering(links, np).mean() == pytest.approx(mean, rel=1e-14)
    assert path_length(links, np)[0] == pytest.approx(length, rel=1e-14, nan_ok=True)


def test_an_empty_batch_gives_empty_answers():
    graphs = np.zeros((0, 5, 5), dtype=bool)
    assert clustering(graphs, np).shape == (0, 5)
    assert path_length(graphs, np).shape == (0,)
