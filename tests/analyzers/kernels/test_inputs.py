from __future__ import annotations

import numpy as np
import pytest

from topograph.analyzers.kernels.inputs import gram, pairs
from topograph.arrays import to_host
from topograph.errors import BudgetError, ShapeError


def test_unit_rows_have_ones_on_the_diagonal_exactly(backend):
    rows = np.random.default_rng(0).normal(size=(20, 7))
    found = gram(backend.asarray(rows), rows="normalise")
    np.testing.assert_array_equal(np.diag(to_host(found.cross)), 1)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    off = ~np.eye(20, dtype=bool)
    np.testing.assert_allclose(to_host(found.cross)[off], (rows @ rows.T)[off], atol=1e-15)


def test_precision_and_whole_numbers():
    assert gram(np.eye(2, dtype=np.float32)).cross.dtype == np.float32
    assert gram(np.eye(2, dtype=int)).cross.dtype == np.float64


@pytest.mark.parametrize("shape", [(3,), (0, 2), (2, 0), (2, 2, 2)])
def test_what_is_no_matrix_is_refused(shape):
    with pytest.raises(ShapeError, match="one per row of a matrix"):
        gram(np.ones(shape))


@pytest.mark.parametrize("row", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
@pytest.mark.parametrize("rows", ["unit", "normalise", "as given"])
def test_rows_without_direction_are_refused(row, rows):
    with pytest.raises(BudgetError, match="finite length above 0"):
        gram(np.array([[1.0, 0.0], row]), rows=rows)


def test_other_words_and_means_are_refused():
    with pytest.raises(BudgetError, match="Received 'sphere'"):
        gram(np.eye(2), rows="sphere")
    with pytest.raises(BudgetError, match="Received 'columns'"):
        gram(np.eye(2), input_mean="columns")
    with pytest.raises(ShapeError, match="for 2 rows"):
        gram(np.eye(2), input_mean=np.ones(3))


@pytest.mark.parametrize("correlation", [1.0000001, -2.0, np.nan])
def test_correlations_outside_their_range_are_refused(correlation):
    with pytest.raises(BudgetError, match="from -1 to 1"), np.errstate(invalid="ignore"):
        pairs(np.array([0.0, correlation]))


@pytest.mark.parametrize("norms", [(0.0, 1.0), (1.0, -1.0), (np.inf, 1.0)])
def test_norms_outside_their_range_are_refused(norms):
    with pytest.raises(BudgetError, match="above 0"):
        pairs(np.zeros(1), norms)
