import networkx as nx
import numpy as np
import pytest
from array_api_strict import asarray
from hypothesis import given
from scipy.sparse import coo_array, csr_array, csr_matrix

from tests.strategies import architectures
from topograph.analyzers._simple import simple, undirected
from topograph.errors import ShapeError


def test_directions_loops_parallel_links_and_weights_are_forgotten():
    given = np.zeros((300, 300))
    given[0, 1], given[1, 0], given[1, 1], given[2, 1] = 2, -1, 5, 0.5
    expected = np.zeros((300, 300))
    expected[[0, 1, 1, 2], [1, 0, 2, 1]] = 1
    peer = nx.MultiDiGraph([(0, 1), (0, 1), (1, 0), (1, 1), (2, 1)])
    peer.add_nodes_from(range(300))
    for graph in (given, csr_array(given), csr_matrix(given), coo_array(given), peer):
        links = simple(graph)
        np.testing.assert_array_equal(links.toarray(), expected)
        assert links.has_sorted_indices


@pytest.mark.parametrize("times", [2, 255, 256, 300])
def test_any_number_of_parallel_links_is_one(times):
    ends = np.zeros(times, dtype=int), np.ones(times, dtype=int)
    links = undirected(coo_array((np.ones(times), ends), shape=(2, 2)))
    assert links.toarray().tolist() == [[0, 1], [1, 0]]


def test_stored_zeros_are_no_links():
    assert undirected(csr_array((np.zeros(1), ([0], [1])), shape=(2, 2))).nnz == 0


@given(architectures())
def test_the_channels_of_the_cells_count_where_there_are_cells(architecture):
    graph = simple(architecture)
    whole = architecture.channel_graph()
    inside = [name for name in whole.nodes if architecture.node(name).cell is not None]
    assert graph.nodes == tuple(inside or whole.nodes)
    assert simple(graph) is graph


def test_batches_stay_as_they_are():
    for batch in (np.ones((2, 3, 3)), asarray(np.ones((3, 3)))):
        assert simple(batch) is batch


@pytest.mark.parametrize(
    "wrong", [np.ones(3), np.ones((2, 3)), np.ones((0, 0)), csr_array((2, 3)), [[0]], "graph", 3]
)
def test_what_is_no_square_matrix_is_refused(wrong):
    with pytest.raises(ShapeError, match="row and a column for each node"):
        simple(wrong)


def test_a_graph_without_nodes_is_refused():
    with pytest.raises(ShapeError, match="without any"):
        simple(nx.Graph())
