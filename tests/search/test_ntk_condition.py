from __future__ import annotations

from copy import deepcopy
from math import inf

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call, jacrev

import topograph as tg
from topograph.errors import BudgetError
from topograph.generators import nasbench201_network
from topograph.search import ntk_condition


def condition(kernel: np.ndarray) -> float:
    values = np.linalg.eigvalsh(kernel)
    return values[-1] / values[0]


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_linear_map(outputs):
    # The gradient by each row of the weights is the input, so the kernel is outputs X X^T.
    x = np.random.default_rng(0).normal(size=(4, 6))
    layer = nn.Linear(6, outputs, bias=False).double()
    assert ntk_condition(layer, x) == pytest.approx(condition(x @ x.T), rel=1e-9)


def test_biases_add_a_constant():
    x = np.random.default_rng(1).normal(size=(4, 6))
    layer = nn.Linear(6, 1).double()
    assert ntk_condition(layer, x) == pytest.approx(condition(x @ x.T + 1), rel=1e-9)
    assert ntk_condition(layer, x, biases=False) == pytest.approx(condition(x @ x.T), rel=1e-9)


def test_against_the_jacobian_under_batch_statistics():
    network = tg.to_module(nasbench201_network(6111, channels=2, repeats=1), rng=0).double()
    x = torch.randn(5, 3, 32, 32, dtype=torch.float64)
    weights = {name: value.detach() for name, value in network.named_parameters()}
    twin = deepcopy(network)
    for norm in (part for part in twin.modules() if isinstance(part, nn.BatchNorm2d)):
        norm.running_mean = norm.running_var = norm.num_batches_tracked = None

    def outputs(these):
        return functional_call(twin, these, (x,)).sum(1)

    rows = [part.flatten(1) for part in jacrev(outputs)(weights).values()]
    joined = torch.cat(rows, dim=1)
    wanted = condition((joined @ joined.T).numpy())
    assert ntk_condition(network.eval(), x) == pytest.approx(wanted, rel=1e-6)
    assert not network.training


def test_a_singular_kernel_is_infinite():
    assert ntk_condition(nn.Linear(2, 1), [[1.0, 2.0], [1.0, 2.0]]) == inf
    assert ntk_condition(nn.Linear(2, 1, bias=False), torch.randn(5, 2)) == inf
    lost = nasbench201_network(("none",) * 6, channels=2, repeats=1)
    assert ntk_condition(lost, torch.randn(4, 3, 32, 32), rng=0) == inf
    assert ntk_condition(lost, torch.randn(4, 3, 32, 32), biases=False, rng=0) == inf


def test_seeds_repeat_and_gradients_are_left_alone():
    network = nasbench201_network(6111, channels=2, repeats=1)
    x = torch.randn(4, 3, 32, 32)
    assert ntk_condition(network, x, rng=1) == ntk_condition(network, x, rng=1)
    layer = nn.Linear(2, 1)
    ntk_condition(layer, torch.randn(2, 2))
    assert layer.weight.grad is None


def test_nothing_to_train_and_nothing_finite():
    frozen = nn.Linear(2, 1).requires_grad_(False)
    with pytest.raises(BudgetError, match="without trainable"):
        ntk_condition(frozen, torch.randn(3, 2))
    with pytest.raises(BudgetError, match="not finite"):
        ntk_condition(nn.Linear(2, 1), [[np.inf, 1.0], [1.0, 2.0]])
