from __future__ import annotations

import numpy as np
import pytest

from topograph.analyzers import (
    expected_singular_value,
    expected_squared_singular_value,
    initial_variance,
)
from topograph.errors import BudgetError, ShapeError
from topograph.exporter import to_module
from topograph.graph import Builder

# Candidates t, then mean singular values of 8 x (8 + t) layers: Gaussian of variance 1 / (3 H),
# Kaiming by fan-in, Kaiming by fan-out.
TABLE = [
    (0, 0.4819, 1.1805, 1.1805),
    (1, 0.4948, 1.2120, 1.2855),
    (2, 0.5044, 1.2356, 1.3814),
    (4, 0.5180, 1.2690, 1.5541),
    (8, 0.5341, 1.3082, 1.8500),
    (10, 0.5392, 1.3207, 1.9811),
    (14, 0.5465, 1.3386, 2.2198),
]


@pytest.mark.parametrize(("candidates", "default", "fan_in", "fan_out"), TABLE)
def test_reference_values_of_a_layer_under_each_law(candidates, default, fan_in, fan_out):
    laws = (("fan_in", 1 / 3, default), ("fan_in", 2, fan_in), ("fan_out", 2, fan_out))
    for rule, scale, expected in laws:
        variance = initial_variance(8, 8 + candidates, rule=rule, scale=scale)
        found = expected_singular_value(8, 8 + candidates, variance=variance)
        assert found == pytest.approx(expected, abs=5.1e-5)


def test_under_fan_in_the_mean_square_does_not_depend_on_the_mass():
    for rule, grows in (("constant", True), ("fan_in", False), ("fan_out", True)):
        squares = [
            expected_squared_singular_value(
                8, columns, variance=initial_variance(8, columns, rule=rule, scale=1 / 3)
            )
            for columns in (8, 12, 22.5, 40)
        ]
        assert (len(set(np.round(squares, 12))) > 1) == grows
    assert initial_variance(8, 12, rule="fan_in", scale=1 / 3) * 12 == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("init", "rule", "scale"),
    [
        ("default", "fan_in", 1 / 3),
        ("kaiming_normal", "fan_in", 2),
        ("xavier_uniform", "fan_average", 1),
    ],
)
def test_laws_are_those_of_exported_networks(init, rule, scale):
    b = Builder()
    b.linear(b.input(300), 200, name="layer")
    weight = to_module(b.build(), init=init, rng=0).layer.weight.detach().numpy()
    variance = initial_variance(*weight.shape, rule=rule, scale=scale)
    error = (weight.astype(float) ** 2).std() / weight.size**0.5
    assert (weight.astype(float) ** 2).mean() == pytest.approx(variance, abs=4 * error)


def test_arrays_broadcast_and_numbers_stay_numbers():
    found = initial_variance([[8], [4]], [8, 16, 32], rule="fan_average", scale=3)
    assert found.tolist() == [[6 / 16, 6 / 24, 6 / 40], [6 / 12, 6 / 20, 6 / 36]]
    assert initial_variance([[8], [4]], [8, 16, 32]).tolist() == [[1.0] * 3] * 2
    assert type(initial_variance(8, 8)) is float


def test_refusals():
    with pytest.raises(BudgetError, match="rules constant, fan_in.*Received 'fan'"):
        initial_variance(8, 8, rule="fan")
    for scale in (-1, np.nan, np.inf):
        with pytest.raises(BudgetError, match="scale of a variance"):
            initial_variance(8, 8, scale=scale)
    with pytest.raises(ShapeError, match=r"Received columns \[8.0, 0.0\]"):
        initial_variance(8, [8, 0])
    with pytest.raises(ShapeError, match="Received rows nan"):
        initial_variance(np.nan, 8)
