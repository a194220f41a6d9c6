from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.arrays import small_symmetric
from topograph.arrays.small_symmetric import eigenvalues_in_step


def rotated(spectra, rng):
    """Make symmetric matrices of known spectra from random orthonormal bases."""
    batch, rows = spectra.shape
    bases, _ = np.linalg.qr(rng.normal(size=(batch, rows, rows)))
    return (bases * spectra[:, None, :]) @ np.swapaxes(bases, 1, 2)


@given(st.integers(1, 9), st.integers(1, 60), st.integers(0, 2**32), st.floats(-20, 20))
def test_known_spectra_come_back(rows, batch, seed, exponent):
    rng = np.random.default_rng(seed)
    spectra = np.sort(rng.normal(size=(batch, rows)) * 10.0**exponent)
    found = eigenvalues_in_step(rotated(spectra, rng))
    assert np.abs(found - spectra).max() < 1e-13 * np.abs(spectra).max()


@given(st.integers(2, 8), st.integers(0, 2**32))
def test_repeated_clustered_and_vanishing_eigenvalues(rows, seed):
    rng = np.random.default_rng(seed)
    choices = np.array([0.0, 1.0, 1.0 + 1e-9, 1e-12, -1.0, 1e-300])
    spectra = np.sort(rng.choice(choices, size=(20, rows)))
    found = eigenvalues_in_step(rotated(spectra, rng))
    assert np.nanmax(np.abs(found - spectra), initial=0) < 1e-13


@given(st.integers(2, 8), st.integers(0, 2**32))
def test_a_pivot_that_vanishes_gives_nan_and_nothing_wrong(rows, seed):
    half = np.random.default_rng(seed).integers(-1, 2, (30, rows, rows)).astype(float)
    matrices = half + np.swapaxes(half, 1, 2)
    found = eigenvalues_in_step(matrices)
    ended = ~np.isnan(found).any(axis=1)
    assert ended.tolist() == (~np.isnan(found[:, -1])).tolist()
    assert found[ended] == pytest.approx(np.linalg.eigvalsh(matrices)[ended], abs=1e-13)


def test_dead_units_beside_living_ones():
    half = np.random.default_rng(5).normal(size=(50, 8, 9))
    half[:25, 0] = half[:25, 7] = half[:25, 3] = 0
    gram = half @ np.swapaxes(half, 1, 2)
    found = eigenvalues_in_step(gram)
    ended = ~np.isnan(found[:, -1])
    assert ended[25:].all()
    assert found[ended] == pytest.approx(np.linalg.eigvalsh(gram)[ended], abs=1e-13)


@pytest.mark.parametrize("rows", [1, 2, 5, 8])
def test_laplacians_of_paths_have_cosines(rows):
    """With weights w they have the eigenvalues 2 w (1 - cos(pi k / n))."""
    path = np.eye(rows, k=1) + np.eye(rows, k=-1)
    laplacian = np.diag(path.sum(axis=0)) - path
    weights = np.array([0.7, 0.3, np.pi])[:, None]
    expected = 2 * weights * (1 - np.cos(np.pi * np.arange(rows) / rows))
    found = eigenvalues_in_step(weights[..., None] * laplacian)
    assert found == pytest.approx(expected, abs=1e-13)


def test_small_eigenvalues_of_positive_matrices_keep_the_digits_of_the_largest():
    places = np.arange(6)
    hilbert = 1 / (places[:, None] + places + 1)
    found = eigenvalues_in_step(np.stack([hilbert] * 3))
    assert found == pytest.approx(np.stack([np.linalg.eigvalsh(hilbert)] * 3), abs=1e-15)


@given(st.integers(1, 8), st.integers(1, 4), st.integers(1, 30), st.integers(0, 2**32))
def test_scaled_matrices_are_products(rows, matrices, times, seed):
    rng = np.random.default_rng(seed)
    plain = rotated(rng.normal(size=(matrices, rows)), rng)
    scales = rng.normal(size=(matrices, times, rows))
    products = scales[..., :, None] * scales[..., None, :] * plain[:, None]
    expected = np.linalg.eigvalsh(products).reshape(-1, rows)
    found = eigenvalues_in_step(plain, scales)
    assert found == pytest.approx(expected, abs=1e-13 * max(1, np.abs(products).max()))


def test_parts_are_put_together_in_order(monkeypatch):
    rng = np.random.default_rng(2)
    spectra = np.sort(rng.normal(size=(101, 4)))
    monkeypatch.setattr(small_symmetric, "TOGETHER", 16 * 10)
    assert eigenvalues_in_step(rotated(spectra, rng)) == pytest.approx(spectra, abs=1e-13)


def test_an_iteration_without_end_gives_nan_and_leaves_the_others(monkeypatch):
    monkeypatch.setattr(small_symmetric, "SWEEPS", 3)
    hard = rotated(np.sort(np.random.default_rng(3).normal(size=(40, 8))), np.random.default_rng(4))
    easy = np.stack([np.diag([3.0, 1.0, 2.0, 5.0, 4.0, 8.0, 7.0, 6.0])] * 60)
    found = eigenvalues_in_step(np.concatenate([hard, easy]))
    assert np.isnan(found[:40, -1]).any()
    assert found[40:].tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]] * 60
    ended = found[:40][~np.isnan(found[:40, -1])]
    assert not np.isnan(ended).any()
