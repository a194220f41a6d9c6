from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers.kernels.nonlinearity import (
    NONLINEARITIES,
    Nonlinearity,
    dual_activation,
    nonlinearity,
)
from topograph.errors import ArchitectureError
from topograph.graph import ACTIVATIONS, Builder

ONE = np.ones(1)
# c, mean, f(0), f(-1) at variance 1, f(2, 2, 2).
TABLE = {
    "relu": (2, 0.5641895835, 0.3183098862, 0, 2),
    "tanh": (2.5361754332, 0, 0, -1, 1.3187497120),
    "erf": (2.1525788606, 0, 0, -1, 1.2707415021),
    "gelu": (2.3517156141, 0.4326009505, 0.1871435824, -0.1758578070, 2.1684766878),
    "elu": (1.5505188081, 0.1998799438, 0.0399519919, -0.8111641226, 1.8607997351),
}


@pytest.mark.parametrize("name", TABLE)
def test_table_of_the_reference(name):
    sigma = NONLINEARITIES[name]
    found = (
        sigma.normaliser,
        sigma.mean(ONE)[0],
        sigma.dual(ONE, ONE, 0 * ONE)[0],
        sigma.dual(ONE, ONE, -ONE)[0],
        sigma.variance(2 * ONE)[0],
    )
    assert found == pytest.approx(TABLE[name], abs=1.1e-10)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_the_variance_is_the_dual_of_equal_inputs(name):
    sizes = np.array([1e-3, 0.7, 5.0])
    sigma = NONLINEARITIES[name]
    expected = sigma.dual(sizes, sizes, sizes)
    np.testing.assert_allclose(sigma.variance(sizes), expected, rtol=1e-9)


def test_every_activation_of_architectures_is_known():
    assert set(ACTIVATIONS) <= set(NONLINEARITIES)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_functions_and_slopes_are_those_of_torch(name):
    from topograph.exporter import to_module

    b = Builder()
    b.activation(b.input(41), name)
    x = torch.linspace(-7, 7, 41, dtype=torch.float64).requires_grad_()
    y = to_module(b.build())(x[None])[0]
    y.sum().backward()
    sigma = NONLINEARITIES[name]
    points = x.detach().numpy()
    np.testing.assert_allclose(sigma.function(points), y.detach().numpy(), atol=1e-6)
    smooth = np.abs(points[:, None] - np.array([[*sigma.kinks, 99.0]])).min(axis=1) > 1e-9
    np.testing.assert_allclose(sigma.slope(points)[smooth], x.grad.numpy()[smooth], atol=1e-6)


@given(st.sampled_from(["relu", "leaky_relu", "gelu", "erf", "tanh", "elu"]), st.floats(-1, 1))
def test_duals_lie_below_their_value_at_equal_inputs(name, r):
    sigma = NONLINEARITIES[name]
    found = sigma.dual(ONE, ONE, r * ONE)[0]
    assert abs(found) <= 1 + 1e-12
    assert sigma.dual(ONE, ONE, ONE)[0] == pytest.approx(1, rel=1e-12)
    assert sigma.dual_slope(ONE, ONE, ONE)[0] >= sigma.dual_slope(ONE, ONE, abs(r) * ONE)[0] - 1e-12


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "identity"])
def test_homogeneous_duals_scale(name):
    cross = np.array([-0.5, 0.2, 1.0])
    sigma = NONLINEARITIES[name]
    assert sigma.is_homogeneous
    scaled = sigma.dual(7 * ONE, 7 * ONE, 7 * cross)
    np.testing.assert_allclose(scaled, 7 * sigma.dual(ONE, ONE, cross), rtol=1e-13)


def test_flags_tell_the_truth():
    x = np.linspace(-3, 3, 25)
    for sigma in NONLINEARITIES.values():
        f = sigma.function
        assert np.allclose(f(-x), -f(x)) == sigma.is_odd, sigma.name
        assert (f(np.zeros(1))[0] == 0) == sigma.vanishes, sigma.name
        assert np.allclose(f(5 * x), 5 * f(x), atol=1e-5) == sigma.is_homogeneous, sigma.name


def test_activations_of_ones_own():
    # Legendre-like: E (u^3 v^3) = 9 r + 6 r^3 by Isserlis.
    cube = Nonlinearity("cube", lambda x: x**3, lambda x: 3 * x**2, is_odd=True)
    r = np.array([-0.4, 0.0, 0.9])
    found = dual_activation(r, left=ONE, right=ONE, activation=cube)
    np.testing.assert_allclose(found, (9 * r + 6 * r**3) / 15, atol=1e-12)
    slope = dual_activation(r, left=ONE, right=ONE, activation=cube, derivative=True)
    np.testing.assert_allclose(slope, (9 + 18 * r**2) / 15, atol=1e-12)
    assert nonlinearity(cube) is cube


def test_unknown_activations_are_refused():
    with pytest.raises(ArchitectureError, match="Received 'swoosh'"):
        nonlinearity("swoosh")
