from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from topograph.generators.cascades import (
    biregular,
    butterfly,
    clos,
    hypercube,
    low_rank,
    parallel_butterfly,
)
from topograph.graph.cascade import cascade_wirings
from topograph.search.factors import Factors, constants, initial_weights

CASCADES = {
    "butterfly": butterfly(8, 5),
    "skips": hypercube(8, 4, skip=True, diagonal=True),
    "bottleneck": low_rank(8, 3, skip=True),
    "routers": clos(8, routers=(2, 3, 2)),
    "parallel": parallel_butterfly(8, 2, layers=3),
}


def by_hand(wirings, weights):
    """Multiply matrices that are filled link by link."""
    product, used = None, 0
    for wiring in wirings:
        matrix = np.zeros((wiring.targets, wiring.sources))
        for row, column, fixed in zip(
            wiring.rows(), wiring.indices, constants(wiring), strict=True
        ):
            matrix[row, column] = wiring.value if fixed else weights[used]
            used += not fixed
        product = matrix if product is None else matrix @ product
    assert used == len(weights)
    return product


@pytest.mark.parametrize("name", CASCADES)
def test_products_are_those_of_filled_matrices(name):
    wirings = cascade_wirings(CASCADES[name])
    factors = Factors(wirings, torch.device("cpu"))
    weights = initial_weights(wirings, 3, np.random.default_rng(0))
    assert weights.shape == (3, factors.trainable)
    found = factors.product(torch.from_numpy(weights))
    for one, trial in zip(found, weights, strict=True):
        np.testing.assert_allclose(one, by_hand(wirings, trial), rtol=1e-4, atol=1e-6)


@given(layers=st.integers(1, 9))
@settings(max_examples=9)
def test_any_number_of_square_layers(layers):
    wirings = cascade_wirings(butterfly(4, layers)) if layers > 1 else None
    wirings = wirings or cascade_wirings(biregular(4, 4, layers=1, rng=0))
    factors = Factors(wirings, torch.device("cpu"))
    weights = initial_weights(wirings, 1, np.random.default_rng(layers))
    found = factors.product(torch.from_numpy(weights))[0]
    np.testing.assert_allclose(found, by_hand(wirings, weights[0]), rtol=1e-4, atol=1e-6)


def test_sparse_xavier_keeps_the_variance():
    wirings = cascade_wirings(hypercube(64, 8))
    weights = initial_weights(wirings, 40, np.random.default_rng(0))
    assert weights.var() == pytest.approx(1 / 7, rel=0.02)  # each neuron reads 7 others
    products = Factors(wirings, torch.device("cpu")).product(torch.from_numpy(weights))
    assert float(products.square().sum(dim=2).mean()) == pytest.approx(1, rel=0.15)


def test_beside_constants_the_variance_grows_by_e():
    wirings = cascade_wirings(butterfly(64, 24, skip=True))
    weights = initial_weights(wirings, 40, np.random.default_rng(0))
    products = Factors(wirings, torch.device("cpu")).product(torch.from_numpy(weights))
    assert float(products.square().sum(dim=2).mean()) == pytest.approx(np.e, rel=0.15)


def test_a_diagonal_starts_as_ones():
    wirings = cascade_wirings(hypercube(8, 4, skip=True, diagonal=True))
    weights = initial_weights(wirings, 2, np.random.default_rng(0))
    assert (weights[:, -8:] == 1).all()
    assert (np.abs(weights[:, :-8]) <= np.sqrt(3 / (3 * 4))).all()
