from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from topograph.exporter.chain import read_chain
from topograph.exporter.rows import Layout, lay_out
from topograph.exporter.side_by_side import Scratch, Wires, run
from topograph.generators import dense_mlp
from topograph.graph import ACTIVATIONS

Run = Callable[..., Tensor]


def networks(activation: str = "tanh") -> tuple[Layout, Run, list[Tensor]]:
    """Return two small networks: their layout, a function that runs them, and weights."""
    chains = [
        read_chain(dense_mlp(2, 4, candidates=t, inputs=3, classes=2, activation=activation, rng=t))
        for t in (1, 3)
    ]
    layout, tables = lay_out(chains)
    parts = (getattr(tables, name) for name in Wires.__slots__)
    wires = Wires(*(tuple(map(torch.from_numpy, arrays)) for arrays in parts))
    generator = torch.Generator().manual_seed(0)
    shapes = [(2, 2, 3), (2, 2), *((2, 2, columns) for columns in layout.columns)]
    weights = [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]
    scratch = Scratch()

    def together(inputs: Tensor, *parameters: Tensor) -> Tensor:
        return run(layout, wires, scratch, inputs=inputs, parameters=list(parameters))

    return layout, together, weights


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_quotients_of_differences(activation: str) -> None:
    _, together, weights = networks(activation)
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(4, 3, generator=generator, dtype=torch.float64).requires_grad_()
    places = [inputs, *weights]
    gradients = torch.autograd.grad(together(*places).square().sum(), places)
    for place, gradient in zip(places, gradients, strict=True):
        step = 1e-6 * torch.randn(place.shape, generator=generator, dtype=torch.float64)
        with torch.no_grad():
            ahead = together(*(p + step if p is place else p for p in places)).square().sum()
            behind = together(*(p - step if p is place else p for p in places)).square().sum()
        expected = (2 * gradient * step).sum().item()
        assert (ahead - behind).item() == pytest.approx(expected, rel=1e-5, abs=1e-11)


def test_what_fills_up_has_the_gradient_zero() -> None:
    layout, together, weights = networks()
    together(torch.ones(4, 3, dtype=torch.float64), *weights).sum().backward()
    for matrix, columns, most in zip(weights[2:], layout.columns, (2, 5, 5), strict=True):
        assert (matrix.grad[:, :, 1 + most : columns] == 0).all()


def test_passes_that_wait_for_their_way_back_keep_memory_of_their_own() -> None:
    _, together, weights = networks()
    first, second = torch.rand(2, 5, 3, dtype=torch.float64)
    alone = torch.autograd.grad(together(first, *weights).sum(), weights)
    early = together(first, *weights)
    together(second, *weights)
    with torch.no_grad():
        together(second, *weights)
    for gradient, expected in zip(torch.autograd.grad(early.sum(), weights), alone, strict=True):
        assert torch.equal(gradient, expected)


def test_the_way_back_is_gone_once() -> None:
    _, together, weights = networks()
    outputs = together(torch.ones(4, 3, dtype=torch.float64), *weights).sum()
    outputs.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="Run forward again"):
        outputs.backward()


def test_weights_that_change_before_the_way_back_are_noticed() -> None:
    _, together, weights = networks()
    outputs = together(torch.ones(4, 3, dtype=torch.float64), *weights)
    with torch.no_grad():
        weights[2].add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        outputs.sum().backward()


def test_scratch_is_lent_again_and_grows() -> None:
    scratch, like = Scratch(), torch.empty(0)
    memory = scratch.take(10, like)
    assert scratch.take(10, like) is not memory
    scratch.give(memory)
    assert scratch.take(7, like) is memory
    scratch.give(memory)
    assert len(scratch.take(11, like)) == 11


def test_scratch_has_the_type_of_the_numbers() -> None:
    scratch = Scratch()
    scratch.give(scratch.take(10, torch.empty(0)))
    assert scratch.take(10, torch.empty(0, dtype=torch.float64)).dtype == torch.float64


def test_scratch_of_inference_does_not_serve_training() -> None:
    _, together, weights = networks()
    inputs = torch.ones(4, 3, dtype=torch.float64)
    with torch.inference_mode():
        quiet = together(inputs, *weights)
    outputs = together(inputs, *weights)
    outputs.sum().backward()
    assert torch.equal(outputs, quiet)


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_scratch_are_empty(twin: Callable[[Scratch], Scratch]) -> None:
    scratch = Scratch()
    memory = scratch.take(10, torch.empty(0))
    scratch.give(memory)
    assert twin(scratch).take(1, memory) is not memory


def test_an_empty_batch_has_empty_outputs() -> None:
    _, together, weights = networks()
    assert together(torch.empty(0, 3, dtype=torch.float64), *weights).shape == (2, 2, 0)


def test_one_nan_stays_in_its_network() -> None:
    _, together, weights = networks()
    inputs = torch.ones(4, 3, dtype=torch.float64)
    before = together(inputs, *weights)
    gradients = torch.autograd.grad(before.sum(), weights)
    with torch.no_grad():
        weights[0][0, 0, 0] = np.nan
    after = together(inputs, *weights)
    assert after[0].isnan().all()
    assert torch.equal(after[1], before[1])
    for gradient, other in zip(torch.autograd.grad(after.sum(), weights), gradients, strict=True):
        assert torch.equal(gradient[1], other[1])
