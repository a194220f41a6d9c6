from __future__ import annotations

import numpy as np
import pytest

from topograph.analyzers.kernels.closed_forms import CLOSED_FORMS
from topograph.analyzers.kernels.nonlinearity import NONLINEARITIES
from topograph.analyzers.kernels.quadrature import gaussian_mean, gaussian_product
from topograph.arrays import to_host

R = np.array([-1.0, -0.9, -0.3, 0.0, 0.5, 0.95, 1.0])


@pytest.mark.parametrize("name", CLOSED_FORMS)
@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 2.0), (1.0, 4.0)])
def test_formulas_agree_with_quadrature(name, ends):
    form, sigma = CLOSED_FORMS[name], NONLINEARITIES[name]
    left, right = (np.array([q]) for q in ends)
    cross = R * np.sqrt(left * right)
    both = np.broadcast_to(left, R.shape), np.broadcast_to(right, R.shape)
    for formula, function in ((form.product, sigma.function), (form.slopes, sigma.slope)):
        by_rule = gaussian_product(function, *both, angle=np.arccos(R), kinks=sigma.kinks)
        np.testing.assert_allclose(formula(left, right, cross), by_rule, atol=2e-14, rtol=1e-12)
    mean = gaussian_mean(sigma.function, right, kinks=sigma.kinks)
    np.testing.assert_allclose(form.mean(right), mean, atol=1e-14)


@pytest.mark.parametrize("name", [name for name, form in CLOSED_FORMS.items() if form.dual])
@pytest.mark.parametrize("copies", [1, 1000])
def test_duals_are_products_over_that_of_equal_inputs(name, copies):
    form, one, four = CLOSED_FORMS[name], np.ones(1), np.full(1, 4.0)
    cross = np.tile(2 * R, copies)
    expected = form.product(one, four, cross) / form.product(one, one, one)
    np.testing.assert_allclose(form.dual(one, four, cross), expected, rtol=1e-15)
    assert form.dual(one, one, one) == 1


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_slopes_are_the_derivative_by_the_cross_moment(name):
    form, h = CLOSED_FORMS[name], 1e-6
    one, cross = np.ones(1), np.array([-0.7, 0.1, 0.8])
    difference = form.product(one, one, cross + h) - form.product(one, one, cross - h)
    np.testing.assert_allclose(form.slopes(one, one, cross), difference / (2 * h), rtol=1e-8)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_formulas_in_every_library(name, backend):
    left, right, cross = (backend.asarray(x) for x in (np.array([2.0]), np.array([1.0]), R))
    for formula in CLOSED_FORMS[name][:2]:
        expected = formula(np.array([2.0]), np.array([1.0]), R)
        assert to_host(formula(left, right, cross)) == pytest.approx(expected, abs=1e-15)


def test_zero_variances_have_no_direction():
    zero = np.zeros(1)
    assert CLOSED_FORMS["relu"].product(zero, zero, zero) == 0
    assert CLOSED_FORMS["relu"].slopes(zero, zero, zero) == 0.25
