from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.graph_peers import largest_component, pair_counts
from topograph.analyzers import _batched, _one_word
from topograph.analyzers._one_word import path_length, suits


def graphs(nodes, count, density, seed=0):
    """Random symmetric matrices without loops."""
    half = np.triu(np.random.default_rng(seed).random((count, nodes, nodes)) < density, k=1)
    return half | half.transpose(0, 2, 1)


def mean_distance(peer):
    counts = pair_counts(peer)
    pairs = counts[1:].sum()
    return counts @ np.arange(len(counts)) / pairs if pairs else np.nan


@pytest.mark.parametrize("nodes", [1, 2, 9, 63, 64])
@pytest.mark.parametrize("largest", [True, False])
def test_path_lengths_are_those_of_networkx(nodes, largest):
    links = np.concatenate([graphs(nodes, 5, density) for density in (0.0, 0.03, 0.1, 0.5)])
    peers = [nx.from_numpy_array(one) for one in links]
    expected = [mean_distance(largest_component(peer) if largest else peer) for peer in peers]
    found = path_length(links, largest=largest)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@given(st.integers(2, 20), st.integers(1, 6), st.floats(0, 0.4), st.integers(0, 99), st.booleans())
def test_words_and_matrices_agree(nodes, count, density, seed, largest):
    links = graphs(nodes, count, density, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_one_word, "SPARSE", -1.0)
        expected = _batched.path_length(links, np, largest=largest)
    np.testing.assert_allclose(path_length(links, largest=largest), expected, rtol=1e-14)


def test_a_long_chain_beside_complete_graphs_grows_to_its_end():
    links = np.ones((5, 64, 64), dtype=bool)
    links[2] = np.eye(64, k=1) + np.eye(64, k=-1)
    links &= ~np.eye(64, dtype=bool)
    assert path_length(links, largest=True).tolist() == pytest.approx([1, 1, 65 / 3, 1, 1])


def test_sparse_small_graphs_on_the_host_suit(backend):
    host = isinstance(backend.asarray([0.0]), np.ndarray)
    assert suits(backend.asarray(graphs(64, 3, 0.1))) is host
    assert not suits(graphs(64, 3, 0.5))
    assert not suits(graphs(65, 3, 0.1))
    assert not suits(graphs(64, 0, 0.1))
