import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.graph_peers import channel_graphs, known_graphs, peer_of, plain_graphs
from tests.analyzers.reference_graphs import read_graph, reference_rows, relational_graphs
from topograph.analyzers import average_clustering, clustering
from topograph.arrays import to_host
from topograph.generators import dense_cnn, dense_mlp


@pytest.mark.parametrize(("name", "peer", "mean", "length"), list(known_graphs()))
def test_closed_forms(name, peer, mean, length):
    assert average_clustering(peer) == pytest.approx(mean, rel=1e-14)


@given(channel_graphs())
def test_channel_graphs_agree_with_networkx(graph):
    expected = [value for _, value in sorted(nx.clustering(peer_of(graph)).items())]
    np.testing.assert_allclose(clustering(graph), expected, rtol=1e-14)


def test_every_form_of_a_graph_gives_the_same(backend):
    peer = nx.gnp_random_graph(20, 0.3, seed=1)
    matrix = nx.to_numpy_array(peer)
    expected = clustering(peer)
    np.testing.assert_array_equal(clustering(np.tril(matrix)), expected)
    np.testing.assert_allclose(to_host(clustering(backend.asarray(matrix[None])))[0], expected)
    assert average_clustering(backend.asarray(matrix)) == pytest.approx(expected.mean())


@given(plain_graphs(), st.randoms(use_true_random=False))
def test_renumbering_moves_the_values_along(peer, random):
    order = list(peer)
    random.shuffle(order)
    matrix = nx.to_scipy_sparse_array(peer)
    moved = clustering(nx.to_scipy_sparse_array(peer, nodelist=order))
    np.testing.assert_array_equal(moved, clustering(matrix)[order])


@pytest.mark.parametrize("candidates", [0, 20, 1000])
def test_blocks_and_links_of_a_network_agree_with_igraph(candidates):
    network = dense_cnn((16, 32), 10, candidates=candidates, rng=0)
    graph = network.channel_graph().within(
        name for name in network.channel_graph().nodes if name.startswith("cell")
    )
    pairs = np.stack(graph.adjacency.nonzero(), axis=1)
    peer = igraph.Graph(n=graph.channels, edges=pairs.tolist())
    expected = peer.transitivity_local_undirected(mode="zero")
    np.testing.assert_allclose(clustering(network), expected, rtol=1e-14)
    np.testing.assert_allclose(clustering(graph.adjacency), expected, rtol=1e-14)


def test_a_chain_of_full_layers_has_no_triangle_and_dense_layers_have_all():
    assert average_clustering(dense_mlp(5, 20, candidates=0)) == 0
    # Width 1 and every skip: every two of the neurons are linked.
    assert average_clustering(dense_mlp(1, 9, candidates=99, inputs=1, classes=1, rng=0)) == 1


def test_a_batch_has_one_mean_for_each_graph():
    batch = np.stack([nx.to_numpy_array(nx.complete_graph(5)), nx.to_numpy_array(nx.star_graph(4))])
    assert average_clustering(batch).tolist() == [1, 0]
    assert isinstance(average_clustering(batch[0]), float)


@pytest.mark.data
@pytest.mark.parametrize("row", reference_rows(), ids=lambda row: row["name"])
def test_networks_of_the_literature(row, data_folder):
    found = average_clustering(read_graph(row["name"], data_folder))
    assert found == pytest.approx(float(row["avg_clustering"]), abs=5e-7)


@pytest.mark.data
def test_relational_graphs(data_folder):
    graphs, stored = relational_graphs(data_folder)
    found = average_clustering(graphs)
    np.testing.assert_allclose(found, stored["n64_clustering"], rtol=0, atol=1e-12)
