from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.arrays import singular_values, symmetric_eigenvalues, to_host
from topograph.errors import BudgetError, ShapeError


def with_spectrum(values, rows, columns, rng):
    """Make a matrix with known singular values from two random orthonormal bases."""
    left, _ = np.linalg.qr(rng.normal(size=(rows, len(values))))
    right, _ = np.linalg.qr(rng.normal(size=(columns, len(values))))
    return left @ np.diag(values) @ right.T


def test_known_spectra_come_back(backend):
    rng = np.random.default_rng(0)
    spectra = np.array([[5.0, 2.0, 0.5], [1.0, 0.9, 0.8]])
    batch = np.stack([with_spectrum(values, 3, 7, rng) for values in spectra])
    found = to_host(singular_values(backend.asarray(batch)))
    assert found == pytest.approx(spectra, rel=1e-12)
    transposed = np.swapaxes(batch, -1, -2)
    assert to_host(singular_values(backend.asarray(transposed))) == pytest.approx(found, rel=1e-12)


def test_ill_conditioned_matrices_among_good_ones_keep_their_digits(backend):
    rng = np.random.default_rng(1)
    spectra = [[2.0, 1.0, 0.7], [1.0, 1e-3, 1e-9], [3.0, 2.0, 1.0], [4.0, 0.0, 0.0]]
    batch = np.stack([with_spectrum(values, 3, 5, rng) for values in spectra])
    found = to_host(singular_values(backend.asarray(batch.reshape(2, 2, 3, 5))))
    assert found.reshape(4, 3) == pytest.approx(np.array(spectra), rel=1e-6, abs=1e-14)
    assert found[1, 0] == pytest.approx(np.array(spectra[2]), rel=1e-13)


def test_random_batches_agree_with_numpy_to_ten_digits(backend):
    x = np.random.default_rng(0).normal(size=(500, 8, 8))
    expected = np.linalg.svd(x, compute_uv=False)
    found = to_host(singular_values(backend.asarray(x)))
    assert np.max(np.abs(found / expected - 1)) < 1e-10


def test_single_precision_stays_single_and_keeps_four_digits(backend):
    x = np.random.default_rng(0).normal(size=(200, 8, 16)).astype(np.float32)
    found = to_host(singular_values(backend.asarray(x)))
    assert found.dtype == np.float32
    expected = np.linalg.svd(x.astype(float), compute_uv=False)
    assert np.max(np.abs(found / expected - 1)) < 1e-4


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32), st.floats(-300, 300))
def test_size_order_scale_and_frobenius_norm(rows, columns, seed, exponent):
    factor = 10.0**exponent
    x = np.random.default_rng(seed).normal(size=(2, rows, columns))
    found = singular_values(x)
    assert found.shape == (2, min(rows, columns))
    assert np.all(np.diff(found, axis=-1) <= 0)
    assert np.sum(found**2, axis=-1) == pytest.approx(np.sum(x**2, axis=(-2, -1)), rel=1e-12)
    assert singular_values(factor * x) / factor == pytest.approx(found, rel=1e-6, abs=1e-12)


def test_zeros_integers_and_bools():
    assert singular_values(np.zeros((2, 3))).tolist() == [0.0, 0.0]
    assert singular_values(np.ones((2, 2), dtype=bool)) == pytest.approx([2.0, 0.0])
    assert singular_values(np.array([[3, 0], [0, -4]])).tolist() == pytest.approx([4.0, 3.0])


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_eigenvalues_of_the_hypercube(backend, order):
    nodes = np.arange(2**order)
    distance = np.bitwise_count(nodes[:, None] ^ nodes[None, :])
    adjacency = backend.asarray((distance == 1).astype(float))
    expected = [order - 2 * k for k in range(order, -1, -1) for _ in range(math.comb(order, k))]
    assert to_host(symmetric_eigenvalues(adjacency)) == pytest.approx(expected, abs=1e-12)


def test_eigenvalues_of_a_batch_sum_to_the_trace(backend):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 5))
    symmetric = x + np.swapaxes(x, -1, -2)
    found = to_host(symmetric_eigenvalues(backend.asarray(symmetric)))
    assert found.shape == (2, 3, 5)
    assert np.sum(found, axis=-1) == pytest.approx(np.trace(symmetric, axis1=-2, axis2=-1))
    assert np.sum(found**2, axis=-1) == pytest.approx(np.sum(symmetric**2, axis=(-2, -1)))


@pytest.mark.parametrize("measure", [singular_values, symmetric_eigenvalues])
class TestDoor:
    @pytest.mark.parametrize("shape", [(), (3,), (0, 2), (0, 3, 3)])
    def test_what_holds_no_matrix_is_refused(self, measure, shape):
        with pytest.raises(ShapeError, match=r"A spectrum belongs to a matrix.*shape"):
            measure(np.zeros(shape))

    @pytest.mark.parametrize("entry", [np.nan, np.inf, -np.inf, 1j])
    def test_what_is_not_finite_and_real_is_refused(self, measure, entry):
        with pytest.raises(BudgetError, match="finite real entries"):
            measure(np.full((2, 2), entry))


def test_eigenvalues_need_square_symmetric_matrices():
    with pytest.raises(ShapeError, match="2 x 3"):
        symmetric_eigenvalues(np.ones((2, 3)))
    with pytest.raises(ShapeError, match="by up to 2"):
        symmetric_eigenvalues(np.array([[0.0, 1.0], [-1.0, 0.0]]))
