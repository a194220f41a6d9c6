from __future__ import annotations

import inspect

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from topograph.exporter import layers
from topograph.exporter.layers import (
    DiagonalLinear,
    GroupedLinear,
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
