import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from topograph.errors import ArchitectureError
from topograph.generators._undirected import undirected

pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12)


@given(pairs)
def test_all_forms_of_a_graph_agree(edges):
    found = undirected(edges)
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(len(found)))
    np.testing.assert_array_equal(found, nx.to_numpy_array(graph, nodelist=sorted(graph)) != 0)
    np.testing.assert_array_equal(found, undirected(graph))
    np.testing.assert_array_equal(found, undirected(found))
    np.testing.assert_array_equal(found, undirected(found.astype(float)))
    np.testing.assert_array_equal(found, undirected(csr_array(found.astype(int))))


def test_numbers_order_nodes_and_other_labels_keep_their_place():
    assert undirected(nx.Graph([(7, 2), (2, 4)])).tolist() == [
        [False, True, True],
        [True, False, False],
        [True, False, False],
    ]
    assert undirected(nx.Graph([("stem", "a")])).tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (nx.DiGraph([(0, 1)]), "undirected graph.*Received a directed graph"),
        (nx.Graph(), "from 1 to .*Received 0"),
        ([], "at least one.*Received 'none'"),
        ([(0, -1)], r"Received \(0, -1\)"),
        ([(0, 1, 2)], r"Received \(0, 1, 2\)"),
        ([(0, 1.5)], r"Received \(0, 1.5\)"),
        ([3], r"Received \(3,\)"),
        ([(0, 30_000)], "Received 30,001"),
        (np.ones((2, 3)), r"square, numeric and symmetric.*shape \(2, 3\)"),
        (np.triu(np.ones((2, 2))), "symmetric"),
        (np.array([["a", "b"], ["b", "a"]]), "numeric"),
        (np.full((2, 2), np.nan), "symmetric"),
        (5, r"shape \(\)"),
    ],
)
def test_what_is_no_undirected_graph_is_refused(graph, words):
    with pytest.raises(ArchitectureError, match=words):
        undirected(graph)
