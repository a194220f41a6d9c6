from __future__ import annotations

import numpy as np
import pytest

from topograph.analyzers.kernels import interpolation
from topograph.analyzers.kernels.interpolation import (
    angular_series,
    chebyshev_sum,
    expected_product,
)
from topograph.analyzers.kernels.nonlinearity import NONLINEARITIES
from topograph.analyzers.kernels.quadrature import gaussian_product
from topograph.arrays import to_host
from topograph.errors import BudgetError

R = np.cos(np.linspace(0, np.pi, 33))


@pytest.mark.parametrize("name", ["tanh", "elu", "silu", "sigmoid", "relu6"])
@pytest.mark.parametrize("variance", [1.0, 3.0])
def test_series_agree_with_the_rule_they_replace(name, variance):
    sigma, q = NONLINEARITIES[name], np.array([variance])
    for function in (sigma.function, sigma.slope):
        found = expected_product(function, q, q, variance * R, sigma.kinks)
        ends = np.full((2, len(R)), variance)
        exact = gaussian_product(function, *ends, angle=np.arccos(R), kinks=sigma.kinks)
        np.testing.assert_allclose(found, exact, atol=1e-12, rtol=1e-11)


def test_pairs_of_different_variances_are_integrated(backend):
    left = np.array([[1.0], [2.0], [0.0]])
    cross = np.array([[0.5, -1.0], [0.3, 0.0], [0.0, 0.0]])
    right = np.array([[1.0, 4.0]])
    found = expected_product(np.tanh, *(backend.asarray(x) for x in (left, right, cross)))
    same = expected_product(np.tanh, np.ones(1), np.ones(1), np.array([0.5]))
    assert to_host(found)[0, 0] == pytest.approx(same[0], rel=1e-12)
    assert to_host(found)[2] == pytest.approx(0, abs=1e-15)


def test_chebyshev_sums_agree_with_numpy(backend):
    series = tuple(np.random.default_rng(0).normal(size=9).tolist())
    expected = np.polynomial.chebyshev.chebval(R, series)
    found = to_host(chebyshev_sum(series, backend.asarray(R)))
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_series_of_relu_is_short():
    relu = NONLINEARITIES["relu"]
    assert len(angular_series(relu.function, 1.0, 1.0, relu.kinks)) < 20


def test_what_no_series_describes_is_refused(monkeypatch):
    monkeypatch.setattr(interpolation, "DEGREES", (8, 16))
    with pytest.raises(BudgetError, match="Received one that 16 terms do not describe"):
        angular_series(lambda x: np.tanh(3 * x), 1.0, 1.0, ())
    with pytest.raises(BudgetError, match="Name all its kinks"):
        angular_series(lambda x: np.sign(x - 0.3), 1.0, 1.0, ())
