from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import topograph as tg
from topograph.exporter import fold_factors
from topograph.exporter.factors import ScaledStructuredLinear
from topograph.exporter.layers import DiagonalLinear, SparseLinear
from topograph.exporter.products import BlockProduct, Rows
from topograph.exporter.structured import StructuredLinear, quicken
from topograph.generators import cascades

MADE = {
    "butterfly": (cascades.butterfly(128, 7, skip=True), Rows),
    "hypercube": (cascades.hypercube(256, 8), Rows),
    "torus": (cascades.torus(16, 8, layers=12, skip=True), Rows),
    "biregular": (cascades.biregular(128, 6, layers=6, rng=0), Rows),
    "bernoulli": (cascades.bernoulli((200, 160), 0.07, layers=5, skip=True, rng=1), Rows),
    "clos": (cascades.clos((192, 256), routers=(16, 12, 16), skip=True), BlockProduct),
    "monarch": (cascades.monarch(256), BlockProduct),
    "block_sparse": (cascades.block_sparse(128, 8, degree=4, layers=4, rng=0), BlockProduct),
    "radix": (cascades.radix((16, 16)), BlockProduct),
    "low_rank": (cascades.low_rank(256, 70), None),
}


@pytest.fixture(params=[name for name, (_, form) in MADE.items() if form])
def layer(request):
    """The last layer of a cascade, in float64."""
    *_, last = tg.to_module(MADE[request.param][0], rng=0).double().children()
    return last


def dense(layer, x):
    """Multiply by the matrix written in full."""
    return F.linear(x, layer.dense(), layer.bias)


def gradients(layer, x, g, product):
    """Return the output and the gradients of input and weights."""
    x = x.clone().requires_grad_()
    made = product(x)
    return made, *torch.autograd.grad(made, [x, *layer.parameters()], g)


@pytest.mark.parametrize("name", MADE)
def test_the_form_suits_the_links(name):
    cascade, form = MADE[name]
    *_, last = tg.to_module(cascade, rng=0).children()
    assert isinstance(getattr(last, "form", None), form or type(None))


@pytest.mark.parametrize("leading", [(5,), (1,), (2, 3), (2, 1, 4), ()])
def test_it_equals_the_masked_product(layer, leading):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(*leading, layer.shape[1], dtype=torch.float64, generator=generator)
    g = torch.randn(*leading, layer.shape[0], dtype=torch.float64, generator=generator)
    found = gradients(layer, x, g, layer)
    expected = gradients(layer, x, g, lambda x: dense(layer, x))
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_numerical_gradients():
    for cascade in (cascades.butterfly(128, 7, skip=True), cascades.clos(128, routers=(16, 8, 16))):
        layer = next(tg.to_module(cascade, rng=0).double().children())
        assert isinstance(layer, StructuredLinear)
        x = torch.randn(2, 128, dtype=torch.float64, requires_grad=True)
        few = torch.randn(128, 3, dtype=torch.float64)

        def head(x, weight, layer=layer, few=few):
            return torch.func.functional_call(layer, {"weight": weight}, (x,)) @ few

        weight = layer.weight.detach().clone().requires_grad_()
        assert torch.autograd.gradcheck(head, (x, weight), fast_mode=True)
        assert torch.autograd.gradgradcheck(head, (x, weight), fast_mode=True)


def test_memory_layout_does_not_matter(layer):
    x = torch.randn(layer.shape[1], 6, dtype=torch.float64).t()
    torch.testing.assert_close(layer(x), layer(x.contiguous()), rtol=0, atol=0)


def test_single_precision(layer):
    layer = layer.float()
    x = torch.randn(4, layer.shape[1])
    assert layer(x).dtype == torch.float32
    torch.testing.assert_close(layer(x), dense(layer, x), rtol=1e-4, atol=1e-5)


def test_other_precisions_multiply_in_full():
    *_, layer = tg.to_module(MADE["butterfly"][0], rng=0).to(torch.bfloat16).children()
    x = torch.randn(4, 128, dtype=torch.bfloat16)
    assert not layer.applies(x)
    assert torch.equal(layer(x), dense(layer, x))


def test_an_empty_batch(layer):
    assert layer(torch.empty(0, layer.shape[1], dtype=torch.float64)).shape == (0, layer.shape[0])


def test_what_is_saved_is_one_weight_per_trainable_link():
    cascade, _ = MADE["butterfly"]
    network, again = (tg.to_module(cascade, rng=seed) for seed in (0, 1))
    assert list(network.state_dict()) == [f"layer_{at}.weight" for at in range(7)]
    assert {len(values) for values in network.state_dict().values()} == {128}
    again.load_state_dict(network.state_dict())
    x = torch.randn(3, 128)
    assert torch.equal(again(x), network(x))


def test_a_written_program_computes_the_same():
    cascade, _ = MADE["clos"]
    network, names = tg.to_module(cascade, rng=0), {}
    exec(tg.exporter.to_source(cascade), names)
    program = names["Network"]()
    program.load_state_dict(network.state_dict())
    x = torch.randn(3, 192)
    torch.testing.assert_close(program(x), network(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["butterfly", "clos"])
def test_factors(name):
    cascade, _ = MADE[name]
    plain = tg.to_module(cascade, rng=0)
    rng = np.random.default_rng(0)
    factors = {key: rng.random(len(layer.weight)) for key, layer in plain.named_children()}
    scaled = tg.to_module(cascade, contributions=factors, rng=0)
    assert isinstance(scaled.layer_1, ScaledStructuredLinear)
    plain.load_state_dict(fold_factors(scaled))
    x = torch.randn(3, cascade.nodes[0].width)
    torch.testing.assert_close(scaled(x), plain(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies(layer, copied):
    x = torch.randn(3, layer.shape[1], dtype=torch.float64)
    twin = copied(layer)
    assert torch.equal(twin(x), layer(x))
    with torch.no_grad():
        twin.weight.zero_()
    assert not torch.equal(twin(x), layer(x))


def test_a_bias_is_added():
    links = (tuple(range(128)), tuple(range(127, -1, -1)))
    layer = quicken(SparseLinear(128, 128, links))
    x = torch.randn(3, 128)
    assert isinstance(layer, StructuredLinear)
    torch.testing.assert_close(layer(x), x.flip(1) * layer.weight + layer.bias)


# Forward mode makes torch load what it has deprecated itself.
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
@pytest.mark.parametrize("name", ["butterfly", "clos"])
@pytest.mark.parametrize("jacobian", [torch.func.jacrev, torch.func.jacfwd])
def test_functional_derivatives(name, jacobian):
    *_, layer = tg.to_module(MADE[name][0], rng=0).double().children()
    x = torch.randn(4, layer.shape[1], dtype=torch.float64)
    found = torch.func.vmap(jacobian(layer))(x)
    torch.testing.assert_close(found, layer.dense().expand(4, -1, -1))
    twice = torch.func.hessian(lambda x: layer(x).square().sum())(x[0])
    torch.testing.assert_close(twice, 2 * layer.dense().T @ layer.dense())


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_directions_of_the_weights():
    for name in ("butterfly", "clos"):
        *_, layer = tg.to_module(MADE[name][0], rng=0).double().children()
        x, along = (
            torch.randn(4, layer.shape[1], dtype=torch.float64),
            torch.randn_like(layer.weight),
        )
        moved = copy.deepcopy(layer)
        with torch.no_grad():
            moved.weight.add_(along)

        def made(weight, layer=layer, x=x):
            return torch.func.functional_call(layer, {"weight": weight}, (x,))

        _, found = torch.func.jvp(made, (layer.weight.detach(),), (along,))
        torch.testing.assert_close(found, moved(x) - layer(x))


@pytest.mark.parametrize("name", ["butterfly", "clos"])
def test_a_compiled_program_multiplies_in_full(name):
    network = tg.to_module(MADE[name][0], rng=0)
    x = torch.randn(3, MADE[name][0].nodes[0].width)
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), network(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["butterfly", "clos"])
def test_an_exported_program_multiplies_in_full(name):
    network = tg.to_module(MADE[name][0], rng=0)
    x = torch.randn(3, MADE[name][0].nodes[0].width)
    program = torch.export.export(network, (x,)).module()
    torch.testing.assert_close(program(x), network(x), rtol=1e-4, atol=1e-5)


def test_without_memory_nothing_is_measured():
    with torch.device("meta"):
        network = tg.to_module(MADE["butterfly"][0])
    assert not any(isinstance(layer, StructuredLinear) for layer in network.children())


def test_other_layers_are_left_alone():
    small = SparseLinear(4, 3, ((0, 1), (2, 3)))
    assert quicken(small) is small
    assert type(small) is SparseLinear
    diagonal = DiagonalLinear(1000)
    assert quicken(diagonal) is diagonal
