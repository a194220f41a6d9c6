from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import topograph as tg
from topograph.errors import ShapeError
from topograph.generators import nasbench201
from topograph.search._patterns import patterns, prepared, run


class Branches(nn.Module):
    """A ReLU on the way, one that leads nowhere, and one that sees no input."""

    def __init__(self):
        super().__init__()
        self.first, self.dead = nn.Linear(3, 4), nn.Linear(3, 5)
        self.constant = nn.Parameter(torch.ones(1, 4))

    def forward(self, x):
        torch.relu(self.dead(x))
        return torch.relu(self.first(x)) + torch.relu(self.constant).expand(len(x), 4)


def test_only_units_between_input_and_output_count():
    module, x = Branches(), torch.randn(6, 3)
    (on,) = patterns(module, x)
    assert torch.equal(on, module.first(x) > 0)


@pytest.mark.parametrize(
    "activation", [nn.ReLU(), nn.ReLU(inplace=True), nn.LeakyReLU(0.1), nn.GELU(), nn.PReLU()]
)
def test_a_unit_is_on_where_its_activation_receives_more_than_0(activation):
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    (on,) = patterns(nn.Sequential(nn.Identity(), activation), x)
    assert torch.equal(on, x > 0)


def test_a_cell_without_a_path_has_no_units():
    assert (
        patterns(tg.to_module(nasbench201(("none",) * 6), rng=0), torch.randn(2, 16, 32, 32)) == []
    )


def test_batch_statistics_are_used_and_the_module_is_left_as_it_was():
    norm = nn.BatchNorm1d(3)
    module = nn.Sequential(norm, nn.Dropout(0.5)).eval()
    module[1].train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    x = torch.randn(8, 3) * 5 + 2
    (found,) = run(module, x, dict(module.named_parameters()))
    wanted = (x - x.mean(0)) / (x.var(0, correction=0) + norm.eps).sqrt()
    torch.testing.assert_close(found, wanted)  # and so nothing was dropped
    assert (norm.training, module[1].training) == (False, True)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_an_architecture_is_made_with_its_seed():
    cell = nasbench201(6111, channels=2, size=4)
    first, second = (
        prepared(cell, np.zeros((2, 2, 4, 4)), init="default", device="cpu", rng=7)[0]
        for _ in range(2)
    )
    assert all(map(torch.equal, first.parameters(), second.parameters()))


def test_a_batch_takes_the_type_of_the_module():
    module = nn.Linear(2, 2).double()
    same, x = prepared(module, [[1, 2], [3, 4]], init="default", device="cpu", rng=None)
    assert same is module
    assert x.dtype == torch.float64


@pytest.mark.parametrize("batch", [[1.0, 2.0], [[1.0, 2.0]]])
def test_a_batch_of_less_than_two_samples_is_refused(batch):
    with pytest.raises(ShapeError, match="at least two samples"):
        prepared(nn.Linear(2, 2), batch, init="default", device="cpu", rng=None)
