from __future__ import annotations

from math import ceil, inf, log

import numpy as np
import pytest

from tests.analyzers.kernels.dags import MIXED, PUBLISHED, SEQUENTIAL, network, sphere
from topograph.analyzers import OrderConstants, convergence, nngp, ntk
from topograph.errors import BudgetError

ROWS = sphere(8, 6, 101)


def test_bounds_of_the_reference_after_400_steps():
    found = [convergence(network(edges), ROWS, step=0.01) for edges in PUBLISHED]
    after = [one.rate**400 for one in found]
    assert after == pytest.approx([0.848, 0.636, 0.584], abs=6e-4)
    assert [one.paths for one in found] == [1, 3, 4]
    assert [one.height for one in found] == [3, 1, 2]


def test_rates_and_steps_by_hand():
    found = convergence(network(MIXED), ROWS, step=0.02, target=0.1)
    for smallest, rate, steps in (
        (nngp(network(MIXED), ROWS).lambda_min, found.rate, found.steps),
        (ntk(network(MIXED), ROWS).lambda_min, found.tangent_rate, found.tangent_steps),
    ):
        assert rate == pytest.approx(1 - 0.01 * smallest)
        assert steps == ceil(log(0.1) / log(rate))
        assert rate**steps <= 0.1 < rate ** (steps - 1)
    assert found.tangent_rate <= found.rate


def test_orders_by_hand():
    found = convergence(network(SEQUENTIAL), ROWS, step=0.01, failure=0.2, height=5)
    smallest = found.lambda_min
    assert found.step_order == pytest.approx(smallest / (64 * 2**5))
    widths = (8 / smallest) ** 4, 8 * 5 / 0.2, (8 / smallest) ** 2 * log(5 * 8 / 0.2) * 2**5
    assert found.width_order == pytest.approx(max(widths))
    constants = OrderConstants(step=3.0, width=5.0, exponent=0.0)
    other = convergence(network(SEQUENTIAL), ROWS, step=0.01, height=5, constants=constants)
    assert other.step_order == pytest.approx(3 * 2**5 * found.step_order)
    assert other.width_order == pytest.approx(5 * (8 / smallest) ** 4)


def test_orders_are_labelled_as_such():
    found = convergence(network(SEQUENTIAL), ROWS, step=0.01)
    assert found._repr_html_().count("order, not a number") == 2


def test_a_disconnected_network_never_converges():
    found = convergence(network([(0, 1, "zero")]), np.eye(2), step=0.1)
    assert (found.paths, found.rate, found.steps) == (0, 1, inf)
    assert (found.step_order, found.width_order) == (0, inf)


@pytest.mark.parametrize(
    "numbers",
    [
        {"step": 0.0}, {"step": inf}, {"step": 0.1, "target": 1.0},
        {"step": 0.1, "failure": 0.0}, {"step": 0.1, "height": -1},
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(BudgetError, match="Choose a number in that range"):
        convergence(network(SEQUENTIAL), ROWS, **numbers)


def test_steps_that_are_too_large_are_refused():
    with pytest.raises(BudgetError, match="Choose a step below"):
        convergence(network(SEQUENTIAL), ROWS, step=100.0)
