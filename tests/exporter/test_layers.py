from __future__ import annotations

import inspect

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from topograph.exporter import layers
from topograph.exporter.layers import (
    DiagonalLinear,
    GroupedLinear,
    PointwiseConv2d,
    SparseConv2d,
    SparseLinear,
    deal,
)

LINKS = ((0, 0, 2), (1, 3, 0))
CONSTANT = ((0, 1), (2, 2))


def test_the_texts_of_the_classes_need_torch_alone():
    names = {"torch": torch, "nn": torch.nn, "F": F, "Tensor": torch.Tensor, "Any": object}
    brought = [getattr(layers, name) for name in layers.__all__]
    for part in sorted(brought, key=lambda part: len(getattr(part, "__mro__", ()))):
        exec("from __future__ import annotations\n" + inspect.getsource(part), names)
    layer = names["SparseConv2d"](4, 3, LINKS, taps=(3, 3), constant=CONSTANT)
    assert layer(torch.rand(1, 4, 5, 5)).shape == (1, 3, 3, 3)


def test_a_deal_gives_copies():
    x = torch.rand(2, 4, 3, 3, requires_grad=True)
    first, second = deal(x, torch.tensor([3, 0, 0]), [1, 2])
    assert torch.equal(first, x[:, [3]])
    assert torch.equal(second, x[:, [0, 0]])
    assert first.untyped_storage().nbytes() == first.numel() * 4
    (first.sum() + 2 * second.sum()).backward()
    assert x.grad[0, :, 0, 0].tolist() == [4, 0, 0, 1]


def test_diagonal():
    layer = DiagonalLinear(3)
    x = torch.rand(5, 3)
    torch.testing.assert_close(layer(x), F.linear(x, torch.diag(layer.weight), layer.bias))
    bare = DiagonalLinear(3, bias=False)
    assert torch.equal(bare(x), x * bare.weight)


def test_groups():
    layer = GroupedLinear(6, 4, 2)
    x = torch.rand(5, 6)
    dense = torch.block_diag(*layer.weight.view(2, 2, 3))
    torch.testing.assert_close(layer(x), F.linear(x, dense, layer.bias))
    bare = GroupedLinear(6, 4, 2, bias=False)
    torch.testing.assert_close(bare(x), F.linear(x, torch.block_diag(*bare.weight.view(2, 2, 3))))


def test_groups_take_any_memory_layout():
    layer = GroupedLinear(6, 4, 2)
    x = torch.rand(6, 5).T
    torch.testing.assert_close(layer(x), layer(x.contiguous()))


@pytest.mark.parametrize("bias", [False, True])
def test_products_of_pixels_are_the_convolution(bias):
    layer = PointwiseConv2d(3, 5, bias=bias).double()
    assert {name: p.shape for name, p in layer.named_parameters()} == {
        name: p.shape for name, p in nn.Conv2d(3, 5, 1, bias=bias).named_parameters()
    }
    x = torch.rand(9, 3, 12, 13, dtype=torch.float64, requires_grad=True)
    gradient = torch.rand(9, 5, 12, 13, dtype=torch.float64)
    assert layer.pays(x)
    results = [
        (made, *torch.autograd.grad(made, [x, *layer.parameters()], gradient))
        for made in (layer(x), F.conv2d(x, layer.weight, layer.bias))
    ]
    torch.testing.assert_close(*results, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "x",
    [
        torch.rand(3, 12, 12),
        torch.rand(7, 3, 12, 12),
        torch.rand(8, 3, 11, 13),
        torch.rand(8, 3, 12, 12).to(memory_format=torch.channels_last),
        torch.rand(8, 3, 12, 24)[..., ::2],
        torch.rand(0, 3, 12, 12),
        torch.rand(8, 3, 12, 12, device="meta"),
        torch.rand(8, 3, 12, 12, dtype=torch.bfloat16),
    ],
)
def test_other_inputs_of_pointwise_layers_are_convolved(x):
    layer = PointwiseConv2d(3, 5).to(x.device, x.dtype)
    assert not layer.pays(x)
    expected = F.conv2d(x, layer.weight, layer.bias)
    assert layer(x).stride() == expected.stride()
    assert x.is_meta or torch.equal(layer(x), expected)


def test_pointwise_layers_refuse_what_the_convolution_refuses():
    with pytest.raises(RuntimeError, match="expected input.*to have 3 channels"):
        PointwiseConv2d(3, 5)(torch.rand(8, 4, 12, 12))


def test_products_of_pixels_count_the_same_operations():
    x, layer = torch.rand(8, 3, 12, 12), PointwiseConv2d(3, 5, bias=False)
    with FlopCounterMode(display=False) as counter:
        layer(x).sum().backward()
    with FlopCounterMode(display=False) as expected:
        nn.Conv2d(3, 5, 1, bias=False)(x).sum().backward()
    assert counter.get_total_flops() == expected.get_total_flops() > 0


def test_exported_programs_convolve_pixels_of_any_batch():
    layer, batch = PointwiseConv2d(3, 5), torch.export.Dim("batch")
    program = torch.export.export(layer, (torch.rand(9, 3, 12, 12),), dynamic_shapes=({0: batch},))
    for size in (2, 16):
        x = torch.rand(size, 3, 12, 12)
        torch.testing.assert_close(program.module()(x), layer(x))


def test_sparse_links():
    layer = SparseLinear(4, 3, LINKS, constant=CONSTANT, value=0.5, bias=False)
    first, second, third = layer.weight.tolist()
    expected = torch.tensor([[0, first, 0.5, second], [0, 0, 0.5, 0], [third, 0, 0, 0]])
    assert torch.equal(layer.dense(), expected)
    assert layer.fan_in().tolist() == [3, 1, 1]
    assert layer.fan_out().tolist() == [1, 1, 2, 1]
    assert list(layer.state_dict()) == ["weight"]


def test_sparse_kernels():
    layer = SparseConv2d(4, 3, LINKS, taps=(3, 2), stride=2, padding=1, constant=CONSTANT)
    assert layer.weight.shape == (3, 3, 2)
    assert torch.equal(layer.dense()[0, 3], layer.weight[1])
    assert torch.equal(layer.dense()[1, 2], torch.ones(3, 2))
    assert layer.fan_in().tolist() == [18, 6, 6]
    image = torch.rand(2, 4, 5, 5)
    expected = F.conv2d(image, layer.dense(), layer.bias, stride=2, padding=1)
    assert torch.equal(layer(image), expected)


def test_no_link_at_all():
    layer = SparseLinear(2, 3, ((), ()))
    assert layer.weight.shape == (0,)
    assert layer.bias.tolist() == [0, 0, 0]
    assert layer(torch.rand(4, 2)).tolist() == [[0, 0, 0]] * 4


@pytest.mark.parametrize(
    ("make", "bound"),
    [
        (lambda: DiagonalLinear(4000), 1.0),
        (lambda: GroupedLinear(64, 4000, 4), 0.25),
        (lambda: SparseLinear(1, 4000, (tuple(range(4000)), (0,) * 4000)), 1.0),
    ],
)
def test_layers_initialise_themselves_as_those_of_torch(make, bound):
    layer = make()
    for parameter in (layer.weight, layer.bias):
        assert parameter.abs().max() <= bound
        assert parameter.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
