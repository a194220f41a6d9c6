from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.arrays import smallest, smallest_eigenvalue, to_host
from topograph.errors import BudgetError, ShapeError


def with_spectrum(values, seed=0):
    basis, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values), len(values))))
    x = (basis * values) @ basis.T
    return (x + x.T) / 2


@given(st.integers(100, 220), st.integers(0, 99), st.floats(-6, 0))
def test_known_spectra(size, seed, exponent):
    values = np.sort(10 ** np.random.default_rng(seed).uniform(exponent, 0, size))
    found = smallest_eigenvalue(with_spectrum(values, seed))
    assert found == pytest.approx(values[0], rel=1e-8)


@pytest.mark.parametrize("multiplicity", [2, 50, 200])
def test_smallest_eigenvalues_that_are_equal(multiplicity):
    values = np.concatenate([np.full(multiplicity, 0.25), np.linspace(0.5, 3, 200 - multiplicity)])
    assert smallest_eigenvalue(with_spectrum(values)) == pytest.approx(0.25, rel=1e-9)


def test_the_path_has_its_eigenvalues():
    size = 150
    laplacian = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    expected = 2 - 2 * np.cos(np.pi / (size + 1))
    assert smallest_eigenvalue(laplacian) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("lowest", [-1.0, -1e-9, 0.0, 1e-15])
def test_matrices_that_are_not_positive_definite(lowest):
    values = np.concatenate([[lowest], np.linspace(0.5, 3, 149)])
    assert smallest_eigenvalue(with_spectrum(values)) == pytest.approx(lowest, abs=1e-13)


def test_an_iteration_that_does_not_settle_gives_way(monkeypatch):
    monkeypatch.setattr(smallest, "STEPS", 8)
    values = np.linspace(1, 1.5, 120)
    assert smallest_eigenvalue(with_spectrum(values)) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("size", [1, 5, 130])
def test_every_library(backend, size):
    x = with_spectrum(np.linspace(1, 2, size) if size > 1 else np.ones(1))
    assert smallest_eigenvalue(backend.asarray(x)) == pytest.approx(1, rel=1e-9)
    assert to_host(backend.asarray(x)).tolist() == x.tolist()


def test_single_precision_and_whole_numbers():
    x = with_spectrum(np.linspace(1, 2, 120)).astype(np.float32)
    assert smallest_eigenvalue(x) == pytest.approx(1, rel=1e-5)
    assert smallest_eigenvalue(np.diag(np.arange(3, 200))) == pytest.approx(3)


@pytest.mark.parametrize("size", [5, 130])
def test_what_has_no_smallest_eigenvalue_is_refused(size):
    with pytest.raises(ShapeError, match="mirror image"):
        smallest_eigenvalue(np.triu(np.ones((size, size))))
    with pytest.raises(ShapeError, match="square"):
        smallest_eigenvalue(np.ones((size, size + 1)))
    with pytest.raises(ShapeError, match="one matrix"):
        smallest_eigenvalue(np.ones((2, size, size)))
    with pytest.raises(BudgetError, match="finite"):
        smallest_eigenvalue(np.full((size, size), np.nan))
    with pytest.raises(ShapeError, match="A spectrum belongs to a matrix"):
        smallest_eigenvalue(np.ones((0, 0)))
