import copy
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import topograph as tg
from tests.exporter.samples import inputs, outputs, skipping_cell
from tests.strategies import architectures
from topograph.analyzers import contributions
from topograph.errors import ArchitectureError, ShapeError
from topograph.exporter import fold_factors, load_weights, save_weights, to_module, to_source
from topograph.graph import Architecture, Builder, Edge, Grouped, Linear, Link, Node, OneToOne
from topograph.graph.mixing import mixing_edges


def unsupported(architecture, name):
    """True for linear maps in groups, for which there are no factors."""
    edge = mixing_edges(architecture)[name]
    return isinstance(edge.op, Linear) and isinstance(edge.pattern, Grouped | OneToOne)


def shares(architecture, mode="random"):
    """Contributions of an architecture, without the layers that cannot have them."""
    found = contributions(architecture, mode=mode, rng=0).factors
    return {name: f for name, f in found.items() if not unsupported(architecture, name)}


def multiplied_by_hand(architecture, factors):
    """The plain network, each weight times its factor."""
    network = to_module(architecture, rng=0).double()
    edges = mixing_edges(architecture)
    for name, values in factors.items():
        layer = network.get_submodule(network.plan.keys[edges[name].target, edges[name].position])
        weight = layer.weight.data
        # A factor is single, as the weights are when it is made.
        factor = torch.tensor(values, dtype=torch.float32).double()
        weight *= factor.view(*factor.shape, *[1] * (weight.dim() - factor.dim()))
    return network


@settings(max_examples=60)
@given(architectures())
def test_outputs_are_those_of_weights_multiplied_by_hand(architecture):
    factors = shares(architecture)
    network = to_module(architecture, contributions=factors, rng=0).double().eval()
    plain = multiplied_by_hand(architecture, factors).eval()
    given_inputs = inputs(architecture)
    for y, expected in zip(outputs(network, given_inputs), outputs(plain, given_inputs)):  # noqa: B905
        torch.testing.assert_close(y, expected, rtol=0, atol=0, equal_nan=True)


@settings(max_examples=60)
@given(architectures())
def test_ones_change_no_bit(architecture):
    network = to_module(architecture, contributions=shares(architecture, "ones"), rng=0)
    plain = to_module(architecture, rng=0)
    given_inputs = [x.float() for x in inputs(architecture)]
    for y, expected in zip(outputs(network, given_inputs), outputs(plain, given_inputs)):  # noqa: B905
        torch.testing.assert_close(y, expected, rtol=0, atol=0, equal_nan=True)


def test_gradients_are_those_of_the_plain_weights_times_the_factors():
    architecture = skipping_cell()
    factors = shares(architecture)
    network = to_module(architecture, contributions=factors, rng=0).double()
    plain = multiplied_by_hand(architecture, factors)
    for module in (network, plain):
        outputs(module, inputs(architecture))[0].square().sum().backward()
    for name in factors:
        layer, other = network.get_submodule(name), plain.get_submodule(name)
        torch.testing.assert_close(
            layer.weight.grad, layer.factor * other.weight.grad, rtol=1e-9, atol=1e-12
        )


def test_behind_batch_normalisation_one_factor_for_all_changes_no_step():
    architecture = skipping_cell()
    normalised = list("abcd")
    factors = contributions(architecture, mode="constant", layers=normalised).factors
    networks = [to_module(architecture, contributions=f, rng=0).double() for f in (factors, {})]
    for network in networks:
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.eps = 1e-14
        outputs(network, inputs(architecture))[0].square().sum().backward()
    for name in normalised:
        one, other = (network.get_submodule(name).weight.grad for network in networks)
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9)


def test_factors_do_not_train_and_move_with_the_state(tmp_path):
    architecture = skipping_cell()
    network = to_module(architecture, contributions=shares(architecture), rng=0)
    plain = to_module(architecture, rng=0)
    assert [n for n, _ in network.named_parameters()] == [n for n, _ in plain.named_parameters()]
    for one, other in zip(network.parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other)
    factor = network.state_dict()["b.factor"]
    assert factor.shape == (4, 4, 1, 1)
    assert not factor.requires_grad
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, weight_decay=0.1)
    network(torch.ones(2, 3, 8, 8)).sum().backward()
    optimiser.step()
    assert torch.equal(network.state_dict()["b.factor"], factor)
    save_weights(network, tmp_path / "network.safetensors")
    other = to_module(architecture, contributions=shares(architecture, "ones"), rng=1)
    load_weights(other, tmp_path / "network.safetensors")
    x = torch.rand(2, 3, 8, 8)
    assert torch.equal(other.eval()(x), network.eval()(x))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_keep_their_factors(duplicate):
    architecture = skipping_cell()
    network = to_module(architecture, contributions=shares(architecture), rng=0).eval()
    x = torch.rand(2, 3, 8, 8)
    assert torch.equal(duplicate(network)(x), network(x))


def test_folded_weights_fit_the_plain_module_and_the_written_program():
    architecture = skipping_cell()
    network = to_module(architecture, contributions=shares(architecture), rng=0).eval()
    before = network.b.weight.clone()
    plain = to_module(architecture).eval()
    plain.load_state_dict(fold_factors(network))
    space: dict = {}
    exec(to_source(architecture), space)
    written = space["Network"]().eval()
    written.load_state_dict(fold_factors(network))
    x = torch.rand(2, 3, 8, 8)
    assert torch.equal(plain(x), network(x))
    assert torch.equal(written(x), network(x))
    assert torch.equal(network.b.weight, before)


def test_layers_that_are_not_named_stay_plain():
    architecture = skipping_cell()
    network = to_module(architecture, contributions={"b": np.full((4, 4), 0.25)}, rng=0)
    assert [name for name, _ in network.named_buffers() if "factor" in name] == ["b.factor"]
    assert type(network.c) is torch.nn.Conv2d


def test_shapes_can_be_inferred_without_memory():
    architecture = skipping_cell()
    with torch.device("meta"):
        network = to_module(architecture, contributions=shares(architecture))
        assert network(torch.empty(2, 3, 8, 8)).shape == (2, 5)
    assert network.b.factor.is_meta


def in_groups():
    b = Builder()
    b.node([Link(b.input(4), Linear(), Grouped(2))], width=4, name="y")
    return b.build()


@pytest.mark.parametrize(
    ("factors", "error", "words"),
    [
        (
            contributions(skipping_cell()),
            ArchitectureError,
            "Received Contributions. Pass its `fac",
        ),
        ({"x": [[1]]}, ArchitectureError, "named by the feature map.*Received 'x'"),
        ({"b": [[1.0, 2.0]]}, ShapeError, r"Received shape \(1, 2\) for 'b'.*\(4, 4\)"),
        ({"b": np.full((4, 4), np.nan)}, ArchitectureError, "finite number.*'b'"),
    ],
)
def test_factors_that_do_not_fit_are_refused(factors, error, words):
    with pytest.raises(error, match=words):
        to_module(skipping_cell(), contributions=factors)


def test_linear_maps_in_groups_are_refused():
    network = in_groups()
    with pytest.raises(ArchitectureError, match="Received a GroupedLinear"):
        to_module(network, contributions=contributions(network).factors)


def test_names_of_parameters_may_clash():
    nodes = [Node("x", 2), Node("type", 2), Node("type_", 2)]
    chain = Architecture(nodes, [Edge("x", "type", Linear()), Edge("type", "type_", Linear())])
    network = tg.to_module(chain, contributions=shares(chain, "constant"), rng=0)
    assert {n for n, _ in network.named_buffers()} == {"type__.factor", "type_.factor"}
