import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.naive_channels import naive_links
from tests.strategies import architectures
from topograph.analyzers import contributions, weighted_adjacency
from topograph.errors import ArchitectureError, ShapeError
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Architecture, Edge, Linear, Node, OneToOne, Sparse


def without_constants(architecture):
    """Let every link train, so that all have weight 1."""
    for edge in architecture.edges:
        if isinstance(edge.wiring, Sparse):
            wiring = edge.wiring
            every = Sparse(wiring.indptr, wiring.indices, wiring.sources)
            architecture = architecture.replace(edge, wiring=every)
    return architecture


@settings(max_examples=100)
@given(architectures())
def test_without_factors_it_counts_the_links(architecture):
    architecture = without_constants(architecture)
    found = weighted_adjacency(architecture, {}).toarray()
    expected = np.zeros_like(found)
    graph = architecture.channel_graph()
    first = dict(zip(graph.nodes, graph.offsets.tolist(), strict=False))
    for (source, target), count in naive_links(architecture).items():
        expected[first[source[0]] + source[1], first[target[0]] + target[1]] += count
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=100)
@given(architectures(), st.sampled_from(["random", "constant"]))
def test_what_enters_a_channel_sums_to_one_for_each_layer_that_makes_it(architecture, mode):
    architecture = without_constants(architecture)
    found = contributions(architecture, mode=mode, rng=0).adjacency()
    graph = architecture.channel_graph()
    for name, low, high in zip(graph.nodes, graph.offsets, graph.offsets[1:], strict=False):
        edges = architecture.in_edges(name)
        # Channels that carry zeros contribute nothing, so there the sum falls short of 1.
        if len(edges) == 1 and edges[0].op.mixes and not carries_zeros(architecture, edges[0]):
            read = found[:, low:high].sum(axis=0)
            linked = graph.in_degree[low:high] > 0
            np.testing.assert_allclose(read, linked, atol=1e-12)


def carries_zeros(architecture, edge):
    """True if an edge reads a concatenation with zeros in it, directly or through another."""
    inner = architecture.in_edges(edge.source)
    return architecture.node(edge.source).merge == "concat" and any(
        type(part.op).__name__ == "Zero" or carries_zeros(architecture, part) for part in inner
    )


def test_the_shares_of_a_cell_against_plain_loops():
    network = dense_mlp(3, 6, candidates=4, inputs=5, classes=2, rng=1)
    found = contributions(network, rng=2)
    matrix = found.adjacency("cell").toarray()
    expected = np.zeros((17, 17))
    first = {f"layer_{i}": 3 * i for i in range(5)} | {"classifier": 15}
    for name, shares in found.factors.items():
        (edge,) = network.in_edges(name)
        if edge.source == "input":
            continue
        read = [(edge.source, c) for c in range(3)]
        if edge.source.startswith("concat"):
            read = [
                (part.source, int(c))
                for part in network.in_edges(edge.source)
                for c in getattr(part.wiring, "channels", range(3))
            ]
        for output, row in enumerate(shares):
            for (source, channel), share in zip(read, row, strict=True):
                expected[first[source] + channel, first[name] + output] += share
    np.testing.assert_array_equal(matrix, expected)


def test_a_cell_has_width_times_depth_channels():
    network = dense_cnn((3, 5), 4, candidates=6, rng=0)
    found = contributions(network, rng=0)
    assert found.adjacency("cell_1").shape == (12, 12)
    assert found.adjacency("cell_2").shape == (20, 20)
    inside = network.channel_graph().within([f"cell_2_layer_{i}" for i in range(4)])
    pattern = found.adjacency("cell_2") != 0
    assert (pattern != (inside.adjacency != 0)).nnz == 0
    # Layer 0 reads only the cell before; all others read this cell alone.
    sums = found.adjacency("cell_2").sum(axis=0)
    np.testing.assert_allclose(sums, [0] * 5 + [1] * 15, atol=1e-15)


def sparse_map(constant=None):
    wiring = Sparse.from_mask(
        np.array([[True, True, False], [False, True, True]]), constant=constant, value=0.5
    )
    nodes = [Node("x", 3), Node("y", 2), Node("z", 2)]
    return Architecture(
        nodes, [Edge("x", "y", Linear(), wiring), Edge("y", "z", Linear(), OneToOne())]
    )


def test_sparse_links_share_by_row():
    found = contributions(sparse_map(), mode="constant").adjacency().toarray()
    assert found[:3, 3:5].T.tolist() == [[0.5, 0.5, 0], [0, 0.5, 0.5]]
    assert found[3:5, 5:].tolist() == [[1, 0], [0, 1]]


def test_constant_links_keep_their_constant_and_take_no_share():
    network = sparse_map(np.array([[True, False, False], [False, False, False]]))
    found = contributions(network, mode="constant")
    assert found.factors["y"].tolist() == [1, 0.5, 0.5]
    assert found.adjacency()[:3, 3].toarray().tolist() == [0.5, 1, 0]


@pytest.mark.parametrize(
    ("factors", "error", "words"),
    [
        ({"nowhere": [[1]]}, ArchitectureError, "Received 'nowhere'"),
        ({"y": np.ones((2, 3))}, ShapeError, r"shape \(2, 3\) for 'y', whose links have .*\(4,\)"),
    ],
)
def test_factors_that_do_not_fit_are_refused(factors, error, words):
    with pytest.raises(error, match=words):
        weighted_adjacency(sparse_map(), factors)


def test_a_cell_that_is_not_there_is_refused():
    with pytest.raises(ArchitectureError, match="Received 'stem'"):
        contributions(dense_mlp(2, 4, candidates=1, rng=0), rng=0).adjacency("stem")
