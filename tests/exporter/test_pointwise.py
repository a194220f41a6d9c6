from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

import topograph as tg
from topograph.exporter import fold_factors
from topograph.exporter.factors import ScaledStructuredConv2d
from topograph.exporter.layers import SparseConv2d, SparseLinear
from topograph.exporter.pointwise import StructuredConv2d, quicken_pointwise
from topograph.exporter.products import BlockProduct, Rows
from topograph.generators import cascades
from topograph.graph import Builder

MADE = {
    "butterfly": (cascades.butterfly(128, 7, skip=True), Rows),
    "hypercube": (cascades.hypercube(256, 8), Rows),
    "biregular": (cascades.biregular((256, 128), 8, layers=5, skip=True, rng=0), Rows),
    "clos": (cascades.clos((192, 256), routers=(16, 12, 16), skip=True), BlockProduct),
    "monarch": (cascades.monarch(256), BlockProduct),
    "low_rank": (cascades.low_rank(256, 70), None),
    "small": (cascades.hypercube(32, 5), None),
}


def sparse(cascade, *, stride=1, bias=False):
    """Put a cascade in the place of a pointwise convolution."""
    b = Builder()
    x = b.input(cascade.nodes[0].width, size=6, name="x")
    b.conv(x, cascade.nodes[-1].width, kernel=1, stride=stride, bias=bias, name="y")
    return cascades.sparsify(b.build(), lambda c, k: cascade)


def network(name, **options):
    """Make the module of it, in float64."""
    return tg.to_module(sparse(MADE[name][0], **options), rng=0).double()


@pytest.fixture(params=[name for name, (_, form) in MADE.items() if form])
def name(request):
    """A family with layers that are faster than the product in full."""
    return request.param


def dense(layer, x):
    """Convolve with all weights written in full."""
    return F.conv2d(x, layer.dense(), layer.bias, *layer.window)


def gradients(layer, x, g, product):
    """Return the output and the gradients of input and weights."""
    x = x.clone().requires_grad_()
    made = product(x)
    return made, *torch.autograd.grad(made, [x, *layer.parameters()], g)


@pytest.mark.parametrize("name", MADE)
def test_the_form_suits_the_links(name):
    form = MADE[name][1]
    for layer in network(name).children():
        assert isinstance(layer, SparseConv2d)
        assert isinstance(getattr(layer, "form", None), form or type(None))


@pytest.mark.parametrize("stride", [1, 2, (1, 3)])
@pytest.mark.parametrize("bias", [False, True])
def test_each_layer_equals_the_masked_convolution(name, stride, bias):
    generator = torch.Generator().manual_seed(1)
    for layer in network(name, stride=stride, bias=bias).children():
        assert isinstance(layer, StructuredConv2d)
        x = torch.randn(3, layer.shape[1], 6, 5, dtype=torch.float64, generator=generator)
        g = torch.randn(dense(layer, x).shape, dtype=torch.float64, generator=generator)
        found = gradients(layer, x, g, layer)
        expected = gradients(layer, x, g, lambda x, layer=layer: dense(layer, x))
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.shape == theirs.shape
            torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_numerical_gradients(name):
    layer = next(network(name, bias=True).children())
    x = torch.randn(2, layer.shape[1], 2, 2, dtype=torch.float64, requires_grad=True)
    weight = layer.weight.detach().clone().requires_grad_()

    def product(x, weight):
        return torch.func.functional_call(layer, {"weight": weight}, (x,))

    assert torch.autograd.gradcheck(product, (x, weight), fast_mode=True)
    assert torch.autograd.gradgradcheck(product, (x, weight), fast_mode=True)


def test_memory_layout_does_not_matter(name):
    layer = next(network(name).children())
    x = torch.randn(2, layer.shape[1], 3, 4, dtype=torch.float64)
    last = x.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(layer(last), layer(x), rtol=0, atol=0)


def test_feature_maps_stay_where_they_are_between_layers():
    layer = next(network("butterfly").children())
    made = layer(torch.randn(2, 128, 3, 4, dtype=torch.float64))
    assert made.transpose(0, 1).is_contiguous()


def test_an_activation_may_overwrite_the_output(name):
    layer = next(network(name, bias=True).children())
    x = torch.randn(2, layer.shape[1], 3, 4, dtype=torch.float64)
    g = torch.randn(2, layer.shape[0], 3, 4, dtype=torch.float64)
    found = gradients(layer, x, g, lambda x: F.relu(layer(x), inplace=True))
    expected = gradients(layer, x, g, lambda x: F.relu(dense(layer, x)))
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_an_empty_batch_and_other_precisions_multiply_in_full(name):
    layer = next(network(name).children())
    empty = torch.empty(0, layer.shape[1], 3, 4, dtype=torch.float64)
    assert layer(empty).shape == (0, layer.shape[0], 3, 4)
    layer, x = layer.to(torch.bfloat16), torch.randn(2, layer.shape[1], 3, 4).bfloat16()
    if MADE[name][1] is Rows:
        assert torch.equal(layer(x), dense(layer, x))
    else:
        torch.testing.assert_close(layer(x), dense(layer, x), rtol=0.1, atol=0.1)


def test_compiled_programs_multiply_in_full(name):
    module = network(name, stride=2).eval()
    x = torch.randn(2, MADE[name][0].nodes[0].width, 6, 6, dtype=torch.float64)
    exported = torch.export.export(module, (x,)).module()
    torch.testing.assert_close(exported(x), module(x), rtol=1e-12, atol=1e-12)


def test_initial_weights_and_states_are_those_of_the_masked_convolution(name):
    fast = tg.to_module(sparse(MADE[name][0]), init="sparse_xavier_uniform", rng=0)
    names = {}
    exec(tg.exporter.to_source(sparse(MADE[name][0])), names)
    program = names["Network"]()
    program.load_state_dict(fast.state_dict())
    x = torch.randn(3, MADE[name][0].nodes[0].width, 6, 6)
    torch.testing.assert_close(program(x), fast(x), rtol=1e-4, atol=1e-5)


def test_copies(name):
    module = network(name)
    x = torch.randn(2, MADE[name][0].nodes[0].width, 6, 6, dtype=torch.float64)
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert torch.equal(twin(x), module(x))


def test_factors(name):
    architecture = sparse(MADE[name][0])
    plain = tg.to_module(architecture, rng=0)
    rng = np.random.default_rng(0)
    factors = {key: rng.random(len(layer.weight)) for key, layer in plain.named_children()}
    scaled = tg.to_module(architecture, contributions=factors, rng=0)
    assert isinstance(scaled.y, ScaledStructuredConv2d)
    x = torch.randn(3, architecture.nodes[0].width, 6, 6)
    before = plain(x)
    plain.load_state_dict(fold_factors(scaled))
    torch.testing.assert_close(scaled(x), plain(x), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(before, plain(x))


def test_what_is_no_pointwise_convolution_is_left_alone():
    links = (tuple(range(256)), tuple(range(256)))
    with torch.device("meta"):
        far = SparseConv2d(256, 256, links, taps=(1, 1))
    for layer in (
        SparseLinear(256, 256, links),
        SparseConv2d(256, 256, links, taps=(3, 3), padding=1),
        SparseConv2d(256, 256, links, taps=(1, 1), padding=1),
        torch.nn.Conv2d(4, 4, 1),
        far,
    ):
        kind, shape = type(layer), getattr(layer, "shape", None)
        assert quicken_pointwise(layer) is layer
        assert type(layer) is kind
        assert getattr(layer, "shape", None) == shape
