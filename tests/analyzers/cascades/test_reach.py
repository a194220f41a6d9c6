from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.analyzers.cascades.pair_tensors import mixable, reach_by_products, wirings
from topograph.analyzers.cascades.reach import budgets, reached, reaches
from topograph.graph.wiring import Sparse


@given(layers=wirings())
def test_inputs_reach_neurons_where_the_product_of_masks_is_not_0(layers):
    for found, expected in zip(
        reaches(layers, strict=False), reach_by_products(layers), strict=True
    ):
        np.testing.assert_array_equal(found.inputs, expected)


@pytest.mark.parametrize("strict", [False, True])
@given(layers=wirings())
def test_mixed_pairs_are_those_of_the_definition(strict, layers):
    n = layers[0].sources
    one, other = np.triu_indices(n, 1)
    for found, expected in zip(
        reaches(layers, strict=strict), mixable(layers, strict=strict), strict=True
    ):
        np.testing.assert_array_equal(found.partners, expected.sum(axis=2))
        np.testing.assert_array_equal(found.pairs, expected.sum(axis=(1, 2)) / 2)
        neurons = np.arange(len(found.inputs))
        np.testing.assert_array_equal(found.mixes(neurons, one, other), expected[:, one, other])


def test_a_neuron_sets_as_many_ratios_as_it_trains_connections_but_one():
    mask = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 0, 0]], dtype=bool)
    fixed = np.array([[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0]], dtype=bool)
    assert budgets(Sparse.from_mask(mask)).tolist() == [3, 2, 0, 1]
    assert budgets(Sparse.from_mask(mask, constant=fixed)).tolist() == [3, 2, 0, 0]


def test_neurons_without_connections_reach_nothing():
    mask = np.array([[0, 0], [1, 1], [0, 0]], dtype=bool)
    found = reached(Sparse.from_mask(mask), np.eye(2, dtype=bool))
    np.testing.assert_array_equal(found, mask)


def test_more_inputs_than_bits_in_a_word():
    mask = np.tri(100, dtype=bool)
    np.testing.assert_array_equal(reached(Sparse.from_mask(mask), np.eye(100, dtype=bool)), mask)
