from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tests.exporter.families import families
from tests.exporter.samples import skipping_cell
from topograph.analyzers import cost, isometry, nn_mass, relation
from topograph.datasets import digits
from topograph.errors import ArchitectureError, BudgetError, ShapeError
from topograph.exporter import population, probe, to_module
from topograph.generators import dense_mlp
from topograph.graph import Builder


def by_autograd(layer, activation, x):
    """Jacobians of a layer and its activation, sample by sample."""
    return np.stack(
        [
            torch.autograd.functional.jacobian(lambda y: activation(layer(y)), one).numpy()
            for one in x
        ]
    )


def test_jacobians_of_a_chain_are_those_of_autograd():
    torch.manual_seed(0)
    layers = [nn.Linear(5, 4), nn.ELU(), nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)]
    module = nn.Sequential(*layers).double()
    x = torch.randn(3, 5, dtype=torch.float64)
    found = probe(module, x)
    assert list(found) == ["0", "2", "4"]
    activations = {"0": torch.nn.functional.elu, "2": torch.tanh, "4": lambda h: h}
    for name, jacobians in found.items():
        read = module[: int(name)](x).detach()
        expected = by_autograd(module[int(name)], activations[name], read)
        np.testing.assert_allclose(jacobians, expected, rtol=1e-12, atol=1e-14)


def test_factors_multiply_to_the_jacobians():
    network = to_module(dense_mlp(3, 4, candidates=2, inputs=5, rng=0), rng=0)
    x = torch.rand(2, 5, generator=torch.Generator().manual_seed(0))
    factors, jacobians = probe(network, x, factored=True), probe(network, x)
    assert list(factors) == list(jacobians)
    for name, (slopes, weights) in factors.items():
        np.testing.assert_array_equal(slopes[:, :, None] * weights, jacobians[name])
    with pytest.raises(BudgetError, match="factored=True with 'released'"):
        probe(network, x, rule="released", factored=True)


@settings(max_examples=25)
@given(families(), st.integers(0, 9))
def test_jacobians_of_exported_networks_multiply_to_the_derivative_of_the_whole(family, seed):
    network = to_module(dense_mlp(3, 4, candidates=0, inputs=5, rng=seed), rng=seed).double()
    x = torch.randn(2, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    product = np.eye(5)[None]
    for jacobian in probe(network, x).values():
        product = jacobian @ product
    whole = [torch.autograd.functional.jacobian(lambda y: network(y[None])[0], one) for one in x]
    np.testing.assert_allclose(product, torch.stack(whole).numpy(), atol=1e-12)
    for architecture in family:
        module = to_module(architecture, rng=0)
        shapes = [
            jacobian.shape
            for jacobian in probe(
                module, np.ones((2, module.plan.architecture.nodes[0].width))
            ).values()
        ]
        expected = [(2, *layer.weight.shape) for layer in module.children()]
        assert shapes == expected


def test_weights_alone():
    network = to_module(dense_mlp(4, 5, candidates=3, inputs=6, rng=0), rng=0)
    found = probe(network, np.zeros((7, 6)), rule="weights")
    for name, jacobian in found.items():
        weight = network.get_submodule(name).weight.detach().double().numpy()
        np.testing.assert_array_equal(jacobian, weight[None])


def released(network, reads, x):
    """The released rule by loops over samples and neurons, on the values of our network."""
    module = dict(network.named_children())
    names, outputs, known = list(module), [], []
    activate = torch.nn.functional.elu
    current = x
    for place, name in enumerate(names):
        if place:
            current = activate(torch.cat(outputs, dim=1))[:, reads[place - 1]]
        outputs.append(module[name](current))
    known = torch.cat([activate(outputs[0]), *outputs[1:]], dim=1)
    found = {}
    for place, name in enumerate(names):
        weight = module[name].weight.detach().double().numpy()
        batch = []
        for sample in range(len(x)):
            at = outputs[0] if place == 0 else known[:, reads[place - 1]]
            z = at[sample].detach().double().numpy()
            slope = np.diag([np.exp(v) if v > 0 else 0.0 for v in z])
            batch.append(slope @ weight if place == 0 else weight if place == 1 else weight @ slope)
        found[name] = np.stack(batch)
    return found


def test_the_released_rule_by_loops():
    architecture = dense_mlp(3, 6, candidates=4, inputs=5, classes=2, rng=1)
    network = to_module(architecture, rng=1)
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    reads = population([architecture])._chains[0].reads
    expected = released(network, reads, x)
    found = probe(network, x, rule="released")
    assert list(found) == list(expected)
    for name, jacobian in found.items():
        np.testing.assert_allclose(jacobian, expected[name], rtol=1e-6, atol=1e-7)


def test_the_released_rule_needs_a_chain_with_elu_or_relu():
    for module in (nn.Sequential(nn.Linear(3, 3)), to_module(dense_tanh(), rng=0)):
        with pytest.raises(ArchitectureError, match="Take the rule 'jacobian'"):
            probe(module, np.zeros((2, 3)), rule="released")
    relu = to_module(dense_mlp(3, 4, candidates=1, inputs=3, activation="relu", rng=0), rng=0)
    assert len(probe(relu, np.zeros((2, 3)), rule="released")) == 4


def dense_tanh():
    return dense_mlp(3, 4, candidates=1, inputs=3, activation="tanh", rng=0)


def test_a_convolution_is_probed_at_its_central_pixel():
    torch.manual_seed(0)
    layer = nn.Conv2d(2, 3, 3, padding=1).double()
    image = torch.randn(2, 2, 5, 5, dtype=torch.float64)
    found = probe(nn.Sequential(layer, nn.SiLU()), image)["0"]
    whole = torch.autograd.functional.jacobian(
        lambda y: torch.nn.functional.silu(layer(y))[:, :, 2, 2], image
    )
    for sample in range(2):
        patch = whole[sample, :, sample, :, 1:4, 1:4].flatten(1)
        np.testing.assert_allclose(found[sample], patch.numpy(), atol=1e-14)


def test_a_convolutional_cell_is_probed():
    network = to_module(skipping_cell(), rng=0)
    found = probe(network, np.random.default_rng(0).normal(size=(3, 3, 8, 8)))
    assert list(found) == ["a", "b", "c", "d", "e", "logits"]
    assert found["b"].shape == (3, 4, 4 * 9)
    assert isometry(found).mean > 0


def test_several_inputs():
    b = Builder()
    first, second = b.input(3, name="first"), b.input(2, name="second")
    b.linear(b.concat([first, second]), 2, name="end")
    network = to_module(b.build(), rng=0)
    found = probe(network, (np.ones((4, 3)), torch.ones(4, 2)))
    assert found["end"].shape == (4, 2, 5)


def test_refusals():
    module = nn.Sequential(nn.Linear(3, 2))
    with pytest.raises(BudgetError, match="Received 'paper'. Choose one"):
        probe(module, np.ones((1, 3)), rule="paper")
    for batch in (np.ones((0, 3)), torch.ones(0, 3), 1.0):
        with pytest.raises(ShapeError, match="at least one sample"):
            probe(module, batch)
    with pytest.raises(BudgetError, match="slopes of layer '0' that are not finite"):
        probe(nn.Sequential(nn.Linear(3, 2), nn.Tanh()), np.full((1, 3), np.nan))
    with pytest.raises(ArchitectureError, match="Received Flatten without any"):
        probe(nn.Flatten(), np.ones((1, 3)))
    module[0].weight.data[0, 0] = torch.nan
    for rule in ("jacobian", "weights"):
        with pytest.raises(BudgetError, match="weights of layer '0' that are not finite"):
            probe(module, np.ones((1, 3)), rule=rule)


@pytest.mark.slow
def test_mass_tells_the_mean_singular_value_far_better_than_parameters_do():
    # The 75 perceptrons of Fig. 3(c, d): width 8, depths 16 to 32, 0 to 14 candidates.
    x = digits().flatten().test_inputs[:60]
    mass, parameters, means = [], [], {"jacobian": [], "weights": [], "released": []}
    for depth in (16, 20, 24, 28, 32):
        for candidates in range(15):
            seed = 100 * depth + candidates
            architecture = dense_mlp(8, depth, candidates=candidates, inputs=64, rng=seed)
            mass.append(nn_mass(architecture))
            parameters.append(cost(architecture).parameters)
            networks = [to_module(architecture, rng=2 * seed + repeat) for repeat in range(2)]
            for rule, values in means.items():
                values.append(np.mean([isometry(probe(n, x, rule=rule)).mean for n in networks]))
    for rule, least in (("jacobian", 0.8), ("weights", 0.8), ("released", 0.55)):
        by_mass = relation(mass, means[rule], log=False).r_squared
        by_parameters = relation(parameters, means[rule], log=False).r_squared
        assert by_mass > least
        assert by_mass > by_parameters + 0.25
    assert np.mean(means["weights"]) > np.mean(means["jacobian"]) > np.mean(means["released"])
