from __future__ import annotations

import numpy as np
import pytest

from topograph.arrays import array_namespace, gram, small_symmetric, to_host
from topograph.arrays.gram import gram_roots, put_rows

NP = array_namespace(np.ones(1))


@pytest.mark.parametrize("batch", [10, gram.MANY])
def test_roots_of_few_and_of_many(backend, batch):
    x = np.random.default_rng(0).normal(size=(batch, 5, 9))
    matrices = backend.asarray(x @ np.swapaxes(x, 1, 2))
    roots, trusted = gram_roots(matrices, array_namespace(matrices))
    assert to_host(trusted).all()
    assert to_host(roots) == pytest.approx(np.linalg.svd(x, compute_uv=False), rel=1e-10)


@pytest.mark.parametrize("times", [5, gram.MANY])
def test_scaled_rows_need_no_products(backend, times):
    rng = np.random.default_rng(3)
    x, scales = rng.normal(size=(2, 4, 7)), rng.uniform(0.5, 2, size=(2, times, 4))
    grams, factors = backend.asarray(x @ np.swapaxes(x, 1, 2)), backend.asarray(scales)
    roots, trusted = gram_roots(grams, array_namespace(grams), scales=factors)
    expected = np.linalg.svd(scales[..., None] * x[:, None], compute_uv=False)
    assert to_host(trusted).all()
    assert to_host(roots) == pytest.approx(expected.reshape(-1, 4), rel=1e-10)


def test_what_is_not_found_in_step_is_not_trusted(monkeypatch):
    x = np.random.default_rng(1).normal(size=(gram.MANY, 6, 9))
    matrices = x @ np.swapaxes(x, 1, 2)
    assert gram_roots(matrices, NP)[1].all()
    monkeypatch.setattr(small_symmetric, "SWEEPS", 5)
    roots, trusted = gram_roots(matrices, NP)
    assert 0 < trusted.sum() < gram.MANY
    expected = np.linalg.svd(x, compute_uv=False)
    assert roots[trusted] == pytest.approx(expected[trusted], rel=1e-10)


def test_only_a_narrow_spectrum_is_trusted():
    squares = np.array([[4.0, 1.0], [1.0, 1e-4], [1.0, 1e-6], [1.0, -1e-20]])
    matrices = np.stack([np.diag(one) for one in squares])
    roots, trusted = gram_roots(matrices, NP)
    assert trusted.tolist() == [True, True, False, False]
    assert roots[0].tolist() == [2.0, 1.0]
    assert roots[3].tolist() == [1.0, 0.0]


def test_rows_are_put_where_trust_is_missing():
    values, exact = np.zeros((4, 2)), np.array([[1.0, 2.0], [3.0, 4.0]])
    trusted = np.array([True, False, True, False])
    assert put_rows(values, exact, trusted, NP).tolist() == [[0, 0], [1, 2], [0, 0], [3, 4]]
