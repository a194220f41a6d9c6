from collections import Counter

import numpy as np
import pytest
from hypothesis import given

from tests.graph.naive_channels import naive_links
from tests.strategies import architectures
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn
from topograph.graph import Architecture, Edge, Identity, Linear, Node


def counted(architecture):
    """Links of the channel graph as a Counter over named channels."""
    graph = architecture.channel_graph()
    rows = graph.adjacency.tocoo()
    name = [(graph.nodes[i], c - graph.offsets[i]) for c, i in enumerate(graph.node_of)]
    ends = zip(rows.row, rows.col, rows.data, strict=True)
    return Counter({(name[i], name[j]): int(number) for i, j, number in ends})


@given(architectures())
def test_links_equal_those_of_plain_loops(architecture):
    assert counted(architecture) == naive_links(architecture)


@given(architectures())
def test_degrees_equal_the_sums_of_the_adjacency(architecture):
    graph = architecture.channel_graph()
    adjacency = graph.adjacency
    np.testing.assert_array_equal(graph.out_degree, adjacency.sum(axis=1))
    np.testing.assert_array_equal(graph.in_degree, adjacency.sum(axis=0))
    assert graph.links == adjacency.sum() == graph.out_degree.sum()


def test_degrees_of_a_complete_cell_have_a_closed_form():
    # Every layer reads all earlier ones: a channel of layer l leads to the w (d - 1 - l) later.
    width, depth = 3, 6
    cell = dense_cnn((width,), depth, candidates=width * depth, rng=0)
    layers = [node.name for node in cell.cells["cell_1"]]
    graph = cell.channel_graph().within(layers)
    later = np.repeat(np.arange(depth - 1, -1, -1), width) * width
    np.testing.assert_array_equal(graph.out_degree, later)
    np.testing.assert_array_equal(graph.in_degree, later[::-1])
    assert graph.links == width**2 * depth * (depth - 1) // 2


def test_two_edges_between_two_channels_are_two_links():
    nodes = [Node("x", 2), Node("y", 2)]
    edges = [Edge("x", "y", Linear(), None, 0), Edge("x", "y", Linear(), None, 1)]
    graph = Architecture(nodes, [*edges, Edge("x", "y", Identity(), None, 2)]).channel_graph()
    assert graph.links == 10
    assert graph.adjacency.toarray()[:2, 2:].tolist() == [[3, 2], [2, 3]]


def test_blocks_take_a_small_part_of_the_memory_of_links():
    network = dense_cnn((32, 64, 128), 20, candidates=(90, 170, 300), rng=0)
    graph = network.channel_graph()
    assert graph.nbytes < 0.1 * graph.links


def test_a_contracted_node_cannot_be_kept():
    network = dense_cnn((2,), 4, candidates=2, rng=0)
    with pytest.raises(ArchitectureError, match="'cell_1_concat_2'"):
        network.channel_graph().within(["cell_1_concat_2"])
