from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analyzers.cascades.control_twin import Twin, flow_of
from tests.analyzers.cascades.pair_tensors import wirings
from topograph.analyzers.cascades import control_training
from topograph.analyzers.cascades.uniform_control import uniform_control
from topograph.arrays import choose_device
from topograph.generators.cascades import butterfly, clos, hypercube, torus
from topograph.graph.cascade import cascade_wirings


@given(
    layers=wirings(),
    fair=st.booleans(),
    capped=st.booleans(),
    strict=st.booleans(),
)
@settings(max_examples=25)
def test_steps_are_those_of_torch_adam(layers, fair, capped, strict):
    flow = flow_of(layers, fair=fair, capped=capped, strict=strict)
    twin = Twin(flow, layers, strict=strict)
    optimiser = torch.optim.Adam(twin.leaves(), lr=0.05, eps=1e-4)
    for _ in range(4):
        state = flow.evaluate()
        loss, expected = twin.loss()
        np.testing.assert_allclose(state.control, expected.detach(), atol=1e-8)
        assert state.loss == pytest.approx(float(loss.detach()), abs=1e-8)
        flow.descend(state, rate=0.05, epsilon=1e-4)
        optimiser.zero_grad()
        loss.backward()
        for leaf in twin.leaves():
            if leaf.grad is not None:
                leaf.grad.nan_to_num_(0.0)
        optimiser.step()


@pytest.mark.parametrize(
    "cascade",
    [butterfly(16, 6), hypercube(16, 5), torus(4, 4, layers=5), clos(16, routers=(4, 5, 4))],
    ids=lambda cascade: cascade.name,
)
@pytest.mark.parametrize("side", [5, 16])
def test_the_start_is_the_uniform_state(cascade, side):
    layers = cascade_wirings(cascade)
    state = flow_of(layers, slack=False, noise=0, side=side).evaluate()
    expected, _ = uniform_control(layers, strict=False, device=choose_device("cpu"))
    np.testing.assert_allclose(state.control.T, expected, atol=1e-13)
    assert state.lost == 0


def test_control_beyond_1_is_lost_and_counted():
    # Both layers could set the one ratio of two inputs at each neuron: 2 + 2 for 2 x 1.
    layers = cascade_wirings(hypercube(2, 2))
    state = flow_of(layers, slack=False, noise=0).evaluate()
    np.testing.assert_allclose(state.control, 0.5)
    assert state.lost == 2


def test_normalising_does_not_change_the_course(monkeypatch):
    layers = cascade_wirings(hypercube(8, 4))

    def course(renewal):
        monkeypatch.setattr(control_training, "RENEWAL", renewal)
        flow = flow_of(layers, noise=0.3)
        for _ in range(9):
            flow.descend(flow.evaluate(), rate=0.1, epsilon=1e-8)
        return flow.evaluate().control

    np.testing.assert_allclose(course(2), course(100), atol=1e-9)
