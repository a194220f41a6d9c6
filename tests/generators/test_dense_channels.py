from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import ArchitectureError
from topograph.generators import dense_channels, dense_cnn


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 12)), min_size=1, max_size=3),
    st.integers(2, 6),
    st.integers(0, 2**32),
)
def test_it_is_the_channel_graph_of_the_network(cells, depth, seed):
    widths, limits = zip(*cells, strict=True)
    network = dense_cnn(widths, depth, candidates=limits, rng=seed)
    layers = [node.name for cell in network.cells.values() for node in cell]
    expected = network.channel_graph().within(layers)
    found = dense_channels(widths, depth, candidates=limits, rng=seed)
    assert found.nodes == expected.nodes
    for part in ("offsets", "members", "bounds", "starts", "stops", "loose_sources"):
        np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
        assert getattr(found, part).dtype == getattr(expected, part).dtype
    assert (found.adjacency != expected.adjacency).nnz == 0


def test_links_are_counted_by_the_formula():
    """Layer i of a cell reads w + min(w (i - 1), t) channels, layer 0 the cell before."""
    widths, limits, depth = (3, 5), (4, 7), 9
    links = widths[0] * widths[1] + sum(
        w * (w + min(w * (i - 1), t))
        for w, t in zip(widths, limits, strict=True)
        for i in range(1, depth)
    )
    assert dense_channels(widths, depth, candidates=limits, rng=0).links == links


def test_one_number_of_candidates_serves_all_cells_and_wrong_ones_are_refused():
    one = dense_channels((2, 3), 4, candidates=5, rng=0)
    assert one.links == dense_channels((2, 3), 4, candidates=(5, 5), rng=0).links
    with pytest.raises(ArchitectureError, match="candidates"):
        dense_channels((2, 3), 4, candidates=(5,))
    with pytest.raises(ArchitectureError, match="at least 2"):
        dense_channels((2,), 1, candidates=5)
