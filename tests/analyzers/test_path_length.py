import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.graph_peers import (
    channel_graphs,
    known_graphs,
    largest_component,
    pair_counts,
    peer_of,
    plain_graphs,
)
from tests.analyzers.reference_graphs import read_graph, reference_rows, relational_graphs
from topograph.analyzers import average_path_length
from topograph.arrays import to_host
from topograph.errors import BudgetError
from topograph.generators import dense_cnn, dense_mlp


def mean_of(peer):
    """Average the distances over all pairs that a path joins, by networkx."""
    counts = pair_counts(peer)
    return counts @ np.arange(len(counts)) / max(1, counts[1:].sum()) or np.nan


@pytest.mark.parametrize(("name", "peer", "mean", "length"), list(known_graphs()))
def test_closed_forms(name, peer, mean, length):
    assert average_path_length(peer) == pytest.approx(length, rel=1e-14, nan_ok=True)


@given(channel_graphs())
def test_channel_graphs_agree_with_networkx(graph):
    peer = peer_of(graph)
    expected = mean_of(largest_component(peer)), mean_of(peer)
    found = average_path_length(graph), average_path_length(graph, pairs="reachable")
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@given(plain_graphs())
def test_matrices_and_batches_agree_with_networkx(peer):
    matrix = nx.to_numpy_array(peer)
    for pairs, expected in (
        ("largest", mean_of(largest_component(peer))),
        ("reachable", mean_of(peer)),
    ):
        found = (
            average_path_length(matrix, pairs=pairs),
            *average_path_length(matrix[None], pairs=pairs),
        )
        np.testing.assert_allclose(found, [expected] * 2, rtol=1e-14)


@given(plain_graphs(), st.randoms(use_true_random=False))
def test_renumbering_changes_nothing(peer, random):
    order = list(peer)
    random.shuffle(order)
    # Of several largest components the first counts, so all pairs are taken here.
    one = average_path_length(peer, pairs="reachable")
    other = average_path_length(nx.to_scipy_sparse_array(peer, nodelist=order), pairs="reachable")
    assert one == pytest.approx(other, rel=0, abs=0, nan_ok=True)


@given(plain_graphs(), plain_graphs())
def test_reachable_pairs_of_two_graphs_side_by_side_add_up(one, other):
    parts = [pair_counts(one), pair_counts(other)]
    summed = sum(counts @ np.arange(len(counts)) for counts in parts)
    pairs = sum(counts[1:].sum() for counts in parts)
    found = average_path_length(nx.disjoint_union(one, other), pairs="reachable")
    assert found == pytest.approx(summed / pairs if pairs else np.nan, rel=1e-14, nan_ok=True)


def test_largest_component_or_all_pairs():
    peer = nx.disjoint_union(nx.path_graph(3), nx.complete_graph(2))
    assert average_path_length(peer) == pytest.approx(4 / 3)
    assert average_path_length(peer, pairs="reachable") == pytest.approx((8 + 2) / (6 + 2))


def test_of_equal_components_the_first_counts(backend):
    peer = nx.disjoint_union(nx.path_graph(4), nx.complete_graph(4))
    matrix = nx.to_numpy_array(peer)
    assert average_path_length(peer) == pytest.approx(5 / 3)
    assert to_host(average_path_length(backend.asarray(matrix[None])))[0] == pytest.approx(5 / 3)
    assert average_path_length(backend.asarray(matrix)) == pytest.approx(5 / 3)


@pytest.mark.parametrize("candidates", [0, 20, 1000])
def test_a_network_agrees_with_igraph(candidates):
    network = dense_cnn((16, 32), 10, candidates=candidates, rng=0)
    graph = network.channel_graph().within(
        name for name in network.channel_graph().nodes if name.startswith("cell")
    )
    pairs = np.stack(graph.adjacency.nonzero(), axis=1)
    expected = igraph.Graph(n=graph.channels, edges=pairs.tolist()).average_path_length()
    assert average_path_length(network) == pytest.approx(expected, rel=1e-13)
    assert average_path_length(graph.adjacency) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(("width", "depth"), [(1, 2), (3, 4), (10, 12)])
def test_a_chain_of_full_layers(width, depth):
    # |i - j| between layers i and j, 2 inside a layer.
    gaps = [(abs(i - j) or 2) for i in range(depth) for j in range(depth)]
    pairs = (width * depth) * (width * depth - 1)
    expected = (width**2 * sum(gaps) - 2 * width * depth) / pairs
    network = dense_mlp(width, depth, candidates=0, classes=width)
    assert average_path_length(network) == pytest.approx(expected, rel=1e-14)


def test_unknown_pairs_are_refused():
    with pytest.raises(BudgetError, match="Received 'all'"):
        average_path_length(nx.path_graph(3), pairs="all")


@pytest.mark.data
@pytest.mark.parametrize("row", reference_rows(), ids=lambda row: row["name"])
def test_networks_of_the_literature(row, data_folder):
    found = average_path_length(read_graph(row["name"], data_folder))
    assert found == pytest.approx(float(row["avg_path_length_lcc"]), abs=5e-7)


@pytest.mark.data
def test_relational_graphs(data_folder):
    graphs, stored = relational_graphs(data_folder)
    found = average_path_length(graphs)
    np.testing.assert_allclose(found, stored["n64_path_length"], rtol=0, atol=1e-12)
