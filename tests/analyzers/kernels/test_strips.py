from __future__ import annotations

import numpy as np
import pytest

from tests.analyzers.kernels.dags import arc_cosine, sphere
from topograph.analyzers.kernels.nonlinearity import NONLINEARITIES
from topograph.analyzers.kernels.strips import BYTES, is_large_gram, symmetric_map


@pytest.mark.parametrize("size", [1, 2, 7, 400, 611])
def test_strips_cover_the_matrix_once(size):
    calls = []

    def count(left, right, cross):
        calls.append(cross.size)
        return cross + 0

    gram = np.add.outer(np.arange(size), np.arange(size)).astype(float)
    np.testing.assert_array_equal(symmetric_map(count, np.ones((1, 1)), gram), gram)
    assert max(calls) <= max(BYTES // 8, size)
    assert sum(calls) < 0.8 * size**2 or size < 400


@pytest.mark.parametrize("stretch", [False, True])
def test_the_relu_step_agrees_with_the_straight_one(stretch):
    rows = sphere(500, 9, 0) * (np.arange(1, 501)[:, None] if stretch else 1)
    gram = rows @ rows.T
    diagonal = np.diag(gram)[:, None] if stretch else np.ones((1, 1))
    found = symmetric_map(NONLINEARITIES["relu"].dual, diagonal, gram)
    np.testing.assert_allclose(found, arc_cosine(gram), rtol=1e-12, atol=1e-7)
    np.testing.assert_array_equal(found, found.T)


def test_small_matrices_and_other_libraries_go_straight(backend):
    assert not is_large_gram(backend.asarray(np.eye(20)))
    assert is_large_gram(np.eye(400))
