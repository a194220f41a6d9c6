import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analyzers.cascades.samples import (
    figure_7,
    figure_8,
    have_path,
    masks_and_constants,
    quietly,
)
from topograph.analyzers import bandwidth, degrees_of_freedom, matching
from topograph.analyzers.cascades import memory
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import dense_mlp
from topograph.generators.cascades import butterfly, clos, from_masks, hypercube, low_rank, torus
from topograph.graph import Builder, Linear, Sparse
from topograph.graph.builder import Link


@pytest.mark.parametrize(
    ("topology", "size", "options", "free", "skipped"),
    [
        (hypercube, (32, 6), {}, 992, 960),
        (clos, (32,), {"routers": (8, 9, 8)}, 1008, 976),
        (butterfly, (32, 18), {}, 608, 576),
        (torus, (8, 4), {"layers": 7}, 928, 896),
        (low_rank, (32, 8), {}, 448, 448),
    ],
)
def test_published_cascades(topology, size, options, free, skipped):
    # Values of an independent computation; without constants E minus the hidden neurons.
    assert degrees_of_freedom(topology(*size, **options), rng=0) == free
    assert degrees_of_freedom(topology(*size, **options, skip=True), rng=0) == skipped


def test_a_diagonal_gives_back_what_constants_take():
    assert degrees_of_freedom(butterfly(8, 3), rng=0) == 48 - 16
    assert degrees_of_freedom(butterfly(8, 3, skip=True), rng=0) == 24
    assert degrees_of_freedom(butterfly(8, 3, skip=True, diagonal=True), rng=0) == 24 + 8


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))
def test_a_bottleneck_has_the_dimension_of_the_matrices_of_its_rank(n, rank, m):
    masks = [np.ones((rank, n), dtype=bool), np.ones((m, rank), dtype=bool)]
    least = min(n, rank, m)
    assert degrees_of_freedom(from_masks(masks), rng=0) == least * (n + m - least)


def test_the_small_networks_of_the_paper():
    masks, constant = figure_7()
    network = from_masks(masks, constant=constant)
    assert degrees_of_freedom(network) == 3
    assert degrees_of_freedom(network, trainable_only=False) == 3
    masks, constant = figure_8()
    network = from_masks(masks, constant=constant)
    assert degrees_of_freedom(network) == 2
    assert degrees_of_freedom(network, trainable_only=False) == 4


def jacobian_by_differences(masks, constant, rng):
    """Numerical derivatives of the product; it is linear in each weight, so they are exact."""
    weights = [
        np.where(fixed, 1.0, rng.normal(size=fixed.shape)) * mask
        for mask, fixed in zip(masks, constant, strict=True)
    ]

    def value():
        total = np.eye(masks[0].shape[1])
        for matrix in weights:
            total = matrix @ total
        return total.ravel()

    rows = []
    for matrix, mask, fixed in zip(weights, masks, constant, strict=True):
        for place in map(tuple, np.argwhere(mask & ~fixed)):
            before = value()
            matrix[place] += 1
            rows.append(value() - before)
            matrix[place] -= 1
    return np.array(rows).reshape(len(rows), value().size)


@given(masks_and_constants(layers=3, width=4), st.integers(0, 99))
def test_rank_agrees_with_differences_in_floats(drawn, seed):
    masks, constant = drawn
    jacobian = jacobian_by_differences(masks, constant, np.random.default_rng(seed))
    expected = np.linalg.matrix_rank(jacobian, tol=1e-9) if len(jacobian) else 0
    assert degrees_of_freedom(quietly(masks, constant), rng=seed) == expected


@given(masks_and_constants(layers=4, width=5))
def test_bounds_by_matching_and_bandwidth(drawn):
    masks, constant = drawn
    network = quietly(masks, constant)
    if not have_path(masks):
        assert degrees_of_freedom(network, rng=0) == 0
        return
    moving = degrees_of_freedom(network, trainable_only=False, rng=0)
    assert degrees_of_freedom(network, rng=0) <= min(moving, matching(network).size)
    assert moving <= min(matching(network, trainable_only=False).size, bandwidth(network).freedom)


def test_constant_values_count_exactly():
    # The second layer is [[1, 1], [1, 1]] times 1/2: rank 1, with 2 numbers behind it.
    full = np.ones((2, 2), dtype=bool)
    b = Builder()
    first = b.node([Link(b.input(2), Linear(bias=False), Sparse.from_mask(full))], width=2)
    halves = Sparse.from_mask(full, constant=full, value=0.5)
    b.node([Link(first, Linear(bias=False), halves)], width=2)
    assert degrees_of_freedom(b.build()) == 2


def test_trials_and_seeds():
    network = butterfly(8, 3)
    assert degrees_of_freedom(network, trials=3, rng=0) == 32
    with pytest.raises(BudgetError, match="at least 1.*Received 0"):
        degrees_of_freedom(network, trials=0)


def test_bad_input_is_refused(monkeypatch):
    with pytest.raises(ArchitectureError, match="chain of linear layers"):
        degrees_of_freedom(dense_mlp(4, 4, candidates=2, rng=0))
    monkeypatch.setattr(memory, "free_memory", lambda device: 1000)
    with pytest.raises(BudgetError, match="Jacobian of exact numbers.*GiB are free. Choose"):
        degrees_of_freedom(butterfly(8, 3))
