from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analyzers.cascades.control_twin import Twin, flow_of
from tests.analyzers.cascades.pair_tensors import wirings


@pytest.mark.parametrize("strict", [False, True])
@given(layers=wirings(), side=st.integers(1, 8))
@settings(max_examples=40)
def test_tiles_together_hold_the_control_of_all_pairs(strict, layers, side):
    flow = flow_of(layers, side=side, strict=strict)
    _, expected = Twin(flow, layers, side=side, strict=strict).loss()
    state = flow.evaluate()
    np.testing.assert_allclose(state.control, expected.detach(), atol=1e-12)


@given(layers=wirings(), capped=st.booleans(), fair=st.booleans())
@settings(max_examples=40)
def test_slopes_are_those_of_autograd(layers, capped, fair):
    flow = flow_of(layers, capped=capped, fair=fair)
    twin = Twin(flow, layers)
    twin.loss()[0].backward()
    state = flow.evaluate()
    for block, leaves in zip(flow.blocks, twin.routes, strict=True):
        for layer, by_route, _ in block.slopes(state.slope, state.excess):
            if by_route is not None:
                expected = leaves[layer].grad
                expected = 0 if expected is None else expected.numpy()
                np.testing.assert_allclose(by_route, expected, atol=1e-10)


@given(layers=wirings())
@settings(max_examples=20)
def test_normalised_weights_give_the_same_control(layers):
    flow = flow_of(layers)
    before = flow.evaluate()
    flow._normalise()
    after = flow.evaluate()
    np.testing.assert_allclose(after.control, before.control, atol=1e-12)
    for block in flow.blocks:
        for section, route in zip(block.sections, block.routes, strict=True):
            total = section.leave.total(route.weight)
            np.testing.assert_allclose(total[total > 0], 1)


@given(layers=wirings(), capped=st.booleans())
@settings(max_examples=40)
def test_the_last_layer_is_kept_only_where_it_is_read(layers, capped):
    flow = flow_of(layers, capped=capped)
    flow.evaluate()
    for block in flow.blocks:
        last = block._levels[-1]
        assert (last.control is not None) == (capped or last.is_full)
