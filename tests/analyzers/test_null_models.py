import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.analyzers import NULL_MODELS, null_model
from topograph.analyzers._simple import undirected
from topograph.analyzers.degree import counted_graph
from topograph.errors import BudgetError
from topograph.generators import dense_mlp
from topograph.graph import ChannelGraph


def links_of(graph):
    return undirected(graph.adjacency if isinstance(graph, ChannelGraph) else graph)


@given(architectures(), st.sampled_from(NULL_MODELS), st.integers(0, 9))
def test_channels_and_links_are_kept_and_a_seed_repeats(architecture, name, seed):
    whole = links_of(counted_graph(architecture, "all"))
    found, again = (links_of(null_model(architecture, name, rng=seed)) for _ in range(2))
    assert (found.shape, found.nnz) == (whole.shape, whole.nnz)
    assert (found != again).nnz == 0


@pytest.mark.parametrize("name", [name for name in NULL_MODELS if name != "nearest"])
def test_another_seed_draws_another_network(name):
    network = dense_mlp(4, 12, candidates=5, rng=0)
    one, other = (links_of(null_model(network, name, rng=seed)) for seed in (0, 1))
    assert (one != other).nnz > 0


def test_each_keeps_what_it_says():
    network = dense_mlp(4, 12, candidates=5, rng=0)
    whole = counted_graph(network, "all")
    for name in ("sources", "links", "nearest"):
        np.testing.assert_array_equal(null_model(network, name, rng=1).in_degree, whole.in_degree)
    found = null_model(network, "degrees", rng=1)
    np.testing.assert_array_equal(found.sum(axis=1), whole.in_degree + whole.out_degree)


def test_unknown_names_are_refused():
    with pytest.raises(BudgetError, match="Received 'configuration'"):
        null_model(dense_mlp(2, 4, candidates=1, rng=0), "configuration")
