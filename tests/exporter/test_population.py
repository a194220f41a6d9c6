from __future__ import annotations

import copy
import pickle
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.exporter.families import families, uneven
from topograph.errors import ArchitectureError, ShapeError
from topograph.exporter import Population, population, to_module
from topograph.generators import dense_mlp
from topograph.graph import Architecture
from topograph.rng import streams

NETWORKS = [dense_mlp(3, 4, candidates=t, inputs=5, classes=2, rng=t) for t in (0, 2, 9)]


def trained(together: Population, inputs: Tensor, weights: Tensor) -> Tensor:
    """Run forwards and back from a weighted sum of the outputs; return the outputs."""
    outputs = together(inputs)
    (outputs * weights).sum().backward()
    return outputs.detach()


def gradients(together: Population, member: int) -> dict[str, Tensor]:
    """Return the gradients of a network under the names of its own module."""
    twin = copy.deepcopy(together)
    for parameter, other in zip(twin.parameters(), together.parameters(), strict=True):
        parameter.data = other.grad
    return twin.state_dict_of(member)


def check_against_modules(networks: list[Architecture], *, batch: int, device: str) -> None:
    """Compare outputs and gradients with those of one module for each network."""
    seeds = range(len(networks))
    together = population(networks, rng=seeds).double().to(device)
    generator = torch.Generator().manual_seed(batch)
    shape = (batch, together.inputs)
    inputs = torch.randn(shape, generator=generator, dtype=torch.float64).to(device)
    inputs.requires_grad_()
    classes = together.layout.widths[-1]
    weights = torch.randn(
        len(networks), batch, classes, generator=generator, dtype=torch.float64
    ).to(device)
    outputs = trained(together, inputs, weights)
    to_inputs, inputs.grad = inputs.grad, None
    for seed, network in zip(seeds, networks, strict=True):
        module = to_module(network, rng=seed).double().to(device)
        own = module(inputs)
        (own * weights[seed]).sum().backward()
        torch.testing.assert_close(outputs[seed], own.detach(), rtol=1e-12, atol=1e-12)
        found = gradients(together, seed)
        for name, parameter in module.named_parameters():
            torch.testing.assert_close(found[name], parameter.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(to_inputs, inputs.grad, rtol=1e-12, atol=1e-12)


@given(networks=families(), batch=st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_each_network_is_that_of_to_module(networks: list[Architecture], batch: int) -> None:
    check_against_modules(networks, batch=batch, device="cpu")


def test_layers_of_different_widths_are_those_of_to_module() -> None:
    check_against_modules([uneven(seed) for seed in range(4)], batch=6, device="cpu")


@pytest.mark.gpu
def test_networks_on_a_gpu_are_those_of_to_module() -> None:
    check_against_modules(NETWORKS, batch=7, device="cuda")


@pytest.mark.parametrize("init", ["default", "xavier_normal"])
def test_networks_begin_with_the_weights_of_their_own_modules(init: str) -> None:
    together = population(NETWORKS, init=init, rng=(3, 1, 4))
    for member, seed in enumerate((3, 1, 4)):
        expected = to_module(NETWORKS[member], init=init, rng=seed).state_dict()
        found = together.state_dict_of(member)
        assert list(found) == list(expected)
        assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_a_single_seed_is_the_parent_of_one_stream_for_each() -> None:
    together = population(NETWORKS, rng=7)
    for member, stream in enumerate(streams(7, 3)):
        expected = to_module(NETWORKS[member], rng=stream).state_dict()
        found = together.state_dict_of(member)
        assert all(torch.equal(found[name], value) for name, value in expected.items())
    generator = np.random.default_rng(7)
    again = population(NETWORKS, rng=generator)
    assert all(map(torch.equal, together.parameters(), again.parameters()))


def test_single_precision_agrees_too() -> None:
    together = population(NETWORKS, rng=(0, 1, 2))
    inputs = torch.rand(6, 5)
    for member, outputs in enumerate(together(inputs)):
        module = to_module(NETWORKS[member], rng=member)
        torch.testing.assert_close(outputs, module(inputs))


def test_states_go_out_and_in() -> None:
    together, other = population(NETWORKS, rng=0), population(NETWORKS, rng=1)
    inputs = torch.rand(6, 5)
    for member, state in enumerate(together.members()):
        to_module(NETWORKS[member]).load_state_dict(state)
        other.load_member(member, state)
    assert torch.equal(other(inputs), together(inputs))
    twin = Population(NETWORKS)
    twin.load_state_dict(together.state_dict())
    assert torch.equal(twin(inputs), together(inputs))


def test_a_state_is_a_copy() -> None:
    together = population(NETWORKS, rng=0)
    before = together(torch.ones(1, 5))
    for value in together.state_dict_of(1).values():
        value.zero_()
    assert torch.equal(together(torch.ones(1, 5)), before)


def test_networks_can_be_changed_without_the_others() -> None:
    together = population(NETWORKS, rng=0)
    before = together(torch.ones(1, 5))
    together.load_member(1, to_module(NETWORKS[1], rng=9).state_dict())
    after = together(torch.ones(1, 5))
    assert torch.equal(after[0], before[0])
    assert torch.equal(after[2], before[2])
    assert not torch.equal(after[1], before[1])


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies_and_pickles_work_alone(twin) -> None:
    together = population(NETWORKS, rng=0)
    expected = together(torch.ones(2, 5))
    other = twin(together)
    assert torch.equal(other(torch.ones(2, 5)), expected)
    with torch.no_grad():
        together.bias.add_(1)
    assert torch.equal(other(torch.ones(2, 5)), expected)


def test_without_gradients_large_batches_are_cut_up(monkeypatch: pytest.MonkeyPatch) -> None:
    together = population(NETWORKS, rng=0)
    inputs = torch.rand(10, 5)
    whole = together(inputs).detach()
    rows = sum(together.layout.sections)
    monkeypatch.setattr(sys.modules[Population.__module__], "NUMBERS_AT_ONCE", 3 * rows)
    with torch.no_grad():
        torch.testing.assert_close(together(inputs), whole)
        assert together(inputs[:0]).shape == (3, 0, 2)


def test_weights_that_fill_up_stay_zero_in_training() -> None:
    together = population(NETWORKS, rng=0)
    for optimiser in (
        torch.optim.AdamW(together.parameters(), lr=0.1, weight_decay=0.1),
        torch.optim.SGD(together.parameters(), lr=0.1, momentum=0.9),
    ):
        for _ in range(3):
            optimiser.zero_grad()
            together(torch.rand(6, 5)).square().sum().backward()
            optimiser.step()
    # The first network reads no more than the layer before it.
    for matrix in together.weights:
        assert (matrix[0, :, 4:] == 0).all()
        assert (matrix[0, :, :4] != 0).all()


def test_its_name_says_what_it_holds() -> None:
    expected = "Population(3 networks, 5 inputs, widths 3, 3, 3, 2, elu)"
    assert repr(population(NETWORKS, rng=0)) == expected
    linear = [network.replace("layer_0", activation=None) for network in NETWORKS[:1]]
    for name in ("layer_1", "layer_2"):
        linear = [network.replace(name, activation=None) for network in linear]
    assert "no activation" in repr(population(linear, rng=0))


def test_networks_of_another_kind_are_refused() -> None:
    with pytest.raises(ArchitectureError, match="the inputs 5 in network 0 and 6 in network 3"):
        population([*NETWORKS, dense_mlp(3, 4, candidates=0, inputs=6, classes=2)])


@pytest.mark.parametrize("shape", [(5,), (2, 4), (2, 5, 1)])
def test_inputs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"has the shape \(batch, 5\)"):
        population(NETWORKS, rng=0)(torch.zeros(shape))


def test_as_many_seeds_as_networks_are_asked_for() -> None:
    with pytest.raises(ShapeError, match="2 seeds for 3 networks"):
        population(NETWORKS, rng=(0, 1))


@pytest.mark.parametrize("member", [-1, 3, 1.0, "first"])
def test_networks_are_counted_from_zero(member: object) -> None:
    with pytest.raises(ShapeError, match="counts the networks from 0"):
        population(NETWORKS, rng=0).state_dict_of(member)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", ["missing", "further", "shape"])
def test_the_state_of_another_network_is_refused(fault: str) -> None:
    together = population(NETWORKS, rng=0)
    before = together.state_dict_of(1)
    state = dict(before)
    if fault == "missing":
        del state["layer_1.bias"]
    elif fault == "further":
        state["layer_9.bias"] = torch.zeros(1)
    else:
        state["layer_2.weight"] = torch.zeros(3, 4)
    name = {"missing": "layer_1.bias", "further": "layer_9.bias", "shape": "layer_2.weight"}
    with pytest.raises(ShapeError, match=name[fault]):
        together.load_member(1, state)
    after = together.state_dict_of(1)
    assert all(torch.equal(after[key], value) for key, value in before.items())
