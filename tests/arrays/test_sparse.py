from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from topograph.arrays import csr, is_sparse, sparse_namespace, to_device, to_host
from topograph.errors import ShapeError

DENSE = arrays(np.int8, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 2))


@given(DENSE)
def test_csr_is_the_dense_matrix_again(dense):
    rows, columns = np.nonzero(dense)
    indptr = np.searchsorted(rows, np.arange(dense.shape[0] + 1))
    matrix = csr(indptr, columns, data=dense[rows, columns], shape=dense.shape)
    assert is_sparse(matrix)
    assert np.array_equal(matrix.toarray(), dense)


def test_csr_shares_memory():
    indptr, indices, data = np.array([0, 1, 2]), np.array([1, 0]), np.ones(2)
    matrix = csr(indptr, indices, data=data, shape=(2, 2))
    assert np.shares_memory(matrix.data, data)
    assert np.shares_memory(matrix.indices, indices)


@pytest.mark.parametrize(
    ("indptr", "indices", "values"),
    [
        ([0, 1], [0], 1),
        ([0, 1, 3], [0, 1], 2),
        ([1, 1, 2], [0, 1], 2),
        ([0, 1, 2], [0, 1], 3),
    ],
)
def test_arrays_that_do_not_fit_are_refused(indptr, indices, values):
    with pytest.raises(ShapeError, match=r"Compressed rows.*Received.*2 rows"):
        csr(np.array(indptr), np.array(indices), data=np.ones(values), shape=(2, 2))


@pytest.mark.parametrize("format_", ["csr", "csc", "coo"])
def test_scipy_matrices_are_sparse(format_):
    matrix = sparse.eye_array(3, format=format_)
    assert is_sparse(matrix)
    assert sparse_namespace(matrix) is sparse


def test_dense_arrays_are_not_sparse(backend):
    assert not is_sparse(backend.asarray([0.0, 1.0]))


def test_the_library_follows_the_array(backend):
    expected = "cupyx.scipy.sparse" if backend.name == "cupy" else "scipy.sparse"
    assert sparse_namespace(backend.asarray([0.0, 1.0])).__name__ == expected


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["float32", "bool", "int8"])
def test_sparse_matrices_travel_to_the_gpu_and_back(dtype):
    matrix = sparse.random_array((20, 30), density=0.2, format="csr", rng=0).astype(bool)
    matrix = matrix.astype(dtype)
    on_gpu = to_device(matrix, "cuda")
    assert is_sparse(on_gpu)
    assert sparse_namespace(on_gpu).__name__ == "cupyx.scipy.sparse"
    assert (to_host(on_gpu) != matrix).nnz == 0
