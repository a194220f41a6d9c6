from __future__ import annotations

import numpy as np
import pytest

from topograph.arrays import scaled_singular_values, to_host
from topograph.errors import BudgetError, ShapeError


@pytest.mark.parametrize("widths", [(4, 4), (4, 7), (9, 5, 4), (1, 1)])
def test_they_are_those_of_the_products(backend, widths):
    rng = np.random.default_rng(0)
    rows = 4 if min(widths) > 1 else 1
    matrices = [rng.normal(size=(rows, columns)) for columns in widths]
    scales = rng.normal(size=(len(widths), 5, rows))
    scales[0, 1] = 0
    scales[1, 2, 0] = 1e-7
    found = to_host(
        scaled_singular_values([backend.asarray(x) for x in matrices], backend.asarray(scales))
    )
    assert found.shape == (len(widths), 5, rows)
    for matrix, factors, values in zip(matrices, scales, found, strict=True):
        expected = np.linalg.svd(factors[..., None] * matrix, compute_uv=False)
        assert values == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_more_rows_than_columns(backend):
    rng = np.random.default_rng(1)
    matrices, scales = rng.normal(size=(2, 7, 4)), rng.normal(size=(2, 5, 7))
    found = scaled_singular_values([backend.asarray(x) for x in matrices], backend.asarray(scales))
    expected = np.linalg.svd(scales[..., None] * matrices[:, None], compute_uv=False)
    assert to_host(found) == pytest.approx(expected, rel=1e-9)


def test_equal_scalings_have_equal_values(backend):
    rng = np.random.default_rng(2)
    matrices, scales = rng.normal(size=(2, 3, 5)), np.repeat(rng.normal(size=(2, 1, 3)), 7, axis=1)
    found = to_host(
        scaled_singular_values([backend.asarray(x) for x in matrices], backend.asarray(scales))
    )
    expected = np.linalg.svd(scales[..., None] * matrices[:, None], compute_uv=False)
    assert found == pytest.approx(expected, rel=1e-10)


def test_integers_take_the_precision_of_the_scales():
    found = scaled_singular_values([np.array([[3, 0], [0, -4]])], np.ones((1, 1, 2), np.float32))
    assert found.dtype == np.float32
    assert found.tolist() == [[pytest.approx([4.0, 3.0])]]


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_any_magnitude(factor):
    x, scales = np.array([[3.0, 4.0], [0.0, 1.0]]), np.array([[[1.0, 2.0], [0.0, 1.0]]])
    plain = scaled_singular_values([x], scales)
    large = scaled_singular_values([x * factor], scales)
    assert large / factor == pytest.approx(plain, abs=1e-15)
    assert scaled_singular_values([x], scales * factor) / factor == pytest.approx(plain, abs=1e-15)


@pytest.mark.parametrize("shape", [(2, 2, 3), (3,), (1, 2, 2), (1, 0, 3)])
def test_scales_that_do_not_fit_are_refused(shape):
    with pytest.raises(ShapeError):
        scaled_singular_values([np.ones((3, 4))], np.ones(shape))


@pytest.mark.parametrize("shapes", [[], [(3,)], [(3, 4), (2, 4)], [(3, 4), (3, 2)], [(3, 0)]])
def test_matrices_that_do_not_fit_are_refused(shapes):
    with pytest.raises(ShapeError, match="equally many"):
        scaled_singular_values([np.ones(shape) for shape in shapes], np.ones((len(shapes), 2, 3)))


def test_nan_is_refused():
    with pytest.raises(BudgetError, match="finite"):
        scaled_singular_values([np.ones((3, 4))], np.full((1, 1, 3), np.nan))
    with pytest.raises(BudgetError, match="finite"):
        scaled_singular_values([np.full((3, 4), np.inf)], np.ones((1, 1, 3)))
