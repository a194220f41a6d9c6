from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.analyzers.cascades.pair_tensors import control, matrix, wirings, zeros
from topograph.analyzers.cascades.uniform_control import uniform_control
from topograph.arrays import choose_device, to_host
from topograph.generators.cascades import butterfly, hypercube
from topograph.graph.cascade import cascade_wirings

CPU = choose_device("cpu")


@pytest.mark.parametrize("strict", [False, True])
@given(layers=wirings())
def test_the_closed_form_sums_the_tensor_of_pairs(strict, layers):
    found, peak = uniform_control(layers, strict=strict, device=CPU)
    states = control(layers, *zeros(layers), strict=strict, clip=False)
    np.testing.assert_allclose(found.T, matrix(states[-1]), atol=1e-12)
    assert peak >= max(float(state.max()) for state in states) - 1e-12


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("block", [1, 7 * 32, 2**30])
def test_blocks_of_columns_give_the_same(strict, block, monkeypatch):
    layers = cascade_wirings(butterfly(32, 7))
    expected, peak = uniform_control(layers, strict=strict, device=CPU)
    monkeypatch.setattr("topograph.analyzers.cascades.uniform_control.BLOCK", block)
    found = uniform_control(layers, strict=strict, device=CPU)
    np.testing.assert_array_equal(found[0], expected)
    assert found[1] == peak


def test_one_layer_by_hand():
    # Both outputs read both inputs: one ratio each, half of it for each input.
    found, peak = uniform_control(cascade_wirings(hypercube(2, 1)), strict=False, device=CPU)
    np.testing.assert_array_equal(found, np.full((2, 2), 0.5))
    assert peak == 1


def test_the_finer_bound_proves_that_a_butterfly_is_not_clipped():
    _, peak = uniform_control(cascade_wirings(butterfly(32, 18)), strict=False, device=CPU)
    assert peak == 1


@pytest.mark.gpu
def test_a_gpu_gives_the_same():
    layers = cascade_wirings(hypercube(32, 6))
    found, _ = uniform_control(layers, strict=False, device=choose_device("cuda"))
    expected, _ = uniform_control(layers, strict=False, device=CPU)
    np.testing.assert_allclose(to_host(found), expected, atol=1e-12)
