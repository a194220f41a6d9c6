import numpy as np
from hypothesis import given

from tests.strategies import architectures
from topograph.generators import dense_cnn


@given(architectures())
def test_both_directions_hold_the_same_links(architecture):
    graph = architecture.channel_graph()
    np.testing.assert_array_equal(graph.incoming.toarray(), graph.adjacency.toarray().T)


@given(architectures())
def test_rows_are_in_canonical_form(architecture):
    graph = architecture.channel_graph()
    for rows in (graph.adjacency, graph.incoming):
        claimed = bool(rows.has_canonical_format)
        rows.has_canonical_format = False
        assert claimed
        copy = rows.copy()
        copy.sum_duplicates()
        np.testing.assert_array_equal(copy.indices, rows.indices)


def test_links_of_the_random_skip_network_are_counted_by_hand():
    # A cell has (d - 1) w^2 short links and w sum_i min(w (i - 1), t) long ones; cells are joined
    # by the products of their widths.
    widths, limits, depth = (32, 64, 128), (90, 170, 300), 20
    network = dense_cnn(widths, depth, candidates=limits, rng=0)
    graph = network.channel_graph()
    inside = graph.within([name for name in graph.nodes if name.startswith("cell")])
    cells = sum(
        (depth - 1) * w**2 + w * sum(min(w * (i - 1), t) for i in range(2, depth))
        for w, t in zip(widths, limits, strict=True)
    )
    assert inside.links == cells + 32 * 64 + 64 * 128 == 1_317_888
    assert inside.adjacency.nnz == inside.incoming.nnz == inside.links
