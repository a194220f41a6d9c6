from __future__ import annotations

import array_api_strict
import numpy as np
import pytest
from scipy import sparse

from topograph.arrays import array_namespace, to_host
from topograph.errors import ShapeError


def test_the_namespace_computes_on_its_arrays(backend):
    x = backend.asarray([[1.0, 2.0], [3.0, 4.0]])
    xp = array_namespace(x, 2.0, None)
    assert float(xp.sum(xp.matmul(x, x))) == 54.0


@pytest.mark.parametrize("given", [(), (None,), (1, 2.0)])
def test_numpy_where_there_is_no_array(given):
    assert isinstance(array_namespace(*given).ones(2), np.ndarray)


def test_a_sparse_matrix_belongs_to_the_library_of_its_entries():
    xp = array_namespace(sparse.eye_array(3, format="csr"), np.ones(3))
    assert isinstance(xp.ones(2), np.ndarray)


@pytest.mark.parametrize("other", [[1.0], "x", array_api_strict.ones(2)])
def test_two_libraries_are_refused(other):
    with pytest.raises(ShapeError, match=r"one library.*Received.*ndarray.*to_host"):
        array_namespace(np.ones(2), other)


def test_to_host_gives_numpy_with_the_same_values(backend):
    x = backend.asarray([[1.5, 2.0, -3.0]])
    on_host = to_host(x)
    assert isinstance(on_host, np.ndarray)
    assert on_host.tolist() == [[1.5, 2.0, -3.0]]


def test_to_host_copies_nothing_that_is_there():
    x, matrix = np.ones(2), sparse.eye_array(3, format="csr")
    assert to_host(x) is x
    assert to_host(matrix) is matrix


def test_to_host_takes_numbers_and_lists():
    assert to_host(3.0).shape == ()
    assert to_host([1, 2]).tolist() == [1, 2]
