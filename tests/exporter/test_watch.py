from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from topograph.errors import ShapeError
from topograph.exporter.watch import watch

ACTIVATIONS = [
    nn.CELU(0.7), nn.ELU(), nn.GELU(), nn.GELU("tanh"), nn.Hardshrink(), nn.Hardsigmoid(),
    nn.Hardswish(), nn.Hardtanh(), nn.LeakyReLU(0.3), nn.LogSigmoid(), nn.Mish(), nn.PReLU(4),
    nn.ReLU(), nn.ReLU(inplace=True), nn.ELU(inplace=True), nn.ReLU6(), nn.SELU(), nn.Sigmoid(),
    nn.SiLU(), nn.Softplus(2.0), nn.Softshrink(0.1), nn.Softsign(), nn.Tanh(), nn.Tanhshrink(),
    nn.Threshold(0.1, 2.0),
]  # fmt: skip


class Sum(nn.Module):
    """A layer whose output meets something else before the activation."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x):
        return torch.relu(self.layer(x) + x)


class Twice(nn.Module):
    """A layer that is called twice, each time under another activation."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x):
        return self.layer(self.layer(x).tanh()).sigmoid_()


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_slopes_are_finite_differences(activation):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 4), activation).double()
    x = 3 * torch.randn(5, 3, dtype=torch.float64)
    (one,) = watch(module, (x,)).values()
    with torch.no_grad():
        h = module[0](x)
        torch.testing.assert_close(one.output, h)
        step = 1e-6
        high, low = activation(h + step), activation(h - step)
    torch.testing.assert_close(one.slope, (high - low) / (2 * step), rtol=1e-5, atol=1e-8)


def test_methods_and_functions_count_too():
    x = torch.randn(4, 3)
    calls = (torch.relu, F.relu, torch.Tensor.relu, F.relu_)
    for call in calls:
        layer = nn.Linear(3, 2)

        class Module(nn.Module):
            def __init__(self, layer, call):
                super().__init__()
                self.layer, self.call = layer, call

            def forward(self, x):
                return self.call(self.layer(x))

        (one,) = watch(Module(layer, call), (x,)).values()
        torch.testing.assert_close(one.slope, (layer(x) > 0).float())


def test_an_activation_of_something_else_is_not_that_of_the_layer():
    (one,) = watch(Sum(), (torch.randn(4, 3),)).values()
    assert bool((one.slope == 1).all())


def test_only_the_first_activation_counts():
    module = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.ReLU())
    (one,) = watch(module, (torch.randn(4, 3),)).values()
    torch.testing.assert_close(one.slope, 1 - one.output.tanh() ** 2)


def test_a_layer_called_twice_is_there_twice():
    found = watch(Twice(), (torch.randn(4, 3),))
    assert list(found) == ["layer", "layer:1"]
    first, second = found.values()
    torch.testing.assert_close(first.slope, 1 - first.output.tanh() ** 2)
    torch.testing.assert_close(second.slope, second.output.sigmoid() * (-second.output).sigmoid())


def test_maps_and_sequences_are_seen_at_their_centre():
    convolution = nn.Conv2d(2, 3, 3, padding=1)
    image = torch.randn(4, 2, 5, 6)
    (one,) = watch(nn.Sequential(convolution, nn.ReLU()), (image,)).values()
    centre = convolution(image)[:, :, 2, 3]
    torch.testing.assert_close(one.output, centre)
    torch.testing.assert_close(one.slope, (centre > 0).float())
    linear = nn.Linear(2, 3)
    sequence = torch.randn(4, 7, 2)
    (one,) = watch(nn.Sequential(linear), (sequence,)).values()
    torch.testing.assert_close(one.output, linear(sequence)[:, 3])


def test_the_module_is_left_as_it_was():
    module = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.ReLU())
    before = {name: value.clone() for name, value in module.state_dict().items()}
    watch(module, (torch.randn(8, 3),))
    torch.testing.assert_close(dict(module.state_dict()), before, rtol=0, atol=0)
    assert module.training
    assert not module[0]._forward_hooks
    assert all(parameter.grad is None for parameter in module.parameters())


def test_hooks_go_when_the_module_fails():
    module = nn.Sequential(nn.Linear(3, 3))
    with pytest.raises(RuntimeError):
        watch(module, (torch.randn(8, 4),))
    assert not module[0]._forward_hooks


@pytest.mark.parametrize(
    ("module", "shape"), [(nn.Linear(3, 2), (3,)), (nn.Conv2d(3, 2, 1), (3, 4, 4))]
)
def test_single_samples_without_a_batch_are_refused(module, shape):
    with pytest.raises(ShapeError, match="Add a first axis"):
        watch(module, (torch.zeros(shape),))
