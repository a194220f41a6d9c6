from __future__ import annotations

import numpy as np
import pytest

from topograph.analyzers import simulate_spectra
from topograph.errors import BudgetError, ShapeError


def test_averages_are_those_of_the_matrices_drawn():
    found = simulate_spectra([3, 5], 4, samples=6, variance=4.0, rng=1)
    rng = np.random.default_rng(1)
    for place, rows in enumerate((3, 5)):
        values = np.linalg.svd(2 * rng.standard_normal((6, rows, 4)), compute_uv=False)
        for name, averages in (("mean", values.mean(1)), ("squared", (values**2).mean(1))):
            assert getattr(found, name)[place] == pytest.approx(averages.mean())
            error = averages.std(ddof=1) / 6**0.5
            assert getattr(found, f"{name}_error")[place] == pytest.approx(error)


def test_drawing_in_parts_gives_the_same(monkeypatch):
    whole = simulate_spectra([3, 5], [4, 2], samples=7, rng=0)
    monkeypatch.setattr("topograph.analyzers.simulated_spectra.NUMBERS_AT_ONCE", 25)
    parts = simulate_spectra([3, 5], [4, 2], samples=7, rng=0)
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-12)


def test_a_table_has_one_row_per_size():
    table = simulate_spectra(8, [2, 4, 6], samples=2, rng=0).to_frame()
    assert table["rows"].tolist() == [8, 8, 8]
    assert table["columns"].tolist() == [2, 4, 6]


def test_refusals():
    for samples in (1, 2.5):
        with pytest.raises(BudgetError, match="number of samples|samples must be"):
            simulate_spectra(3, 3, samples=samples)
    for sides in (0, 2.5, [[2]]):
        with pytest.raises(ShapeError, match="whole number of rows and columns"):
            simulate_spectra(sides, 3)
    for variance in (-1, np.nan):
        with pytest.raises(BudgetError, match="A variance is a finite number"):
            simulate_spectra(3, 3, variance=variance)
