from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from topograph.exporter.slopes import SLOPES
from topograph.graph import ACTIVATIONS

# Both sides of every kink, and far out, where derivatives vanish.
POINTS = torch.cat([torch.linspace(-7, 7, 57), torch.tensor([-40.0, 40.0])]).double() + 0.01


def activation(kind: str | None, x: Tensor) -> Tensor:
    if kind is None:
        return x + 0.0
    return getattr(F, kind)(x) if hasattr(F, kind) else getattr(torch, kind)(x)


def test_every_activation_has_a_slope() -> None:
    assert set(SLOPES) == {None, *ACTIVATIONS}


@pytest.mark.parametrize("kind", SLOPES)
def test_activations_are_those_of_torch_and_may_work_in_place(kind: str | None) -> None:
    x = POINTS.clone()
    SLOPES[kind].apply(x, x)
    assert torch.equal(x, activation(kind, POINTS))


@pytest.mark.parametrize("kind", [kind for kind in SLOPES if not SLOPES[kind].from_output])
def test_activations_may_write_elsewhere(kind: str | None) -> None:
    x, y = POINTS.clone(), torch.empty_like(POINTS)
    SLOPES[kind].apply(x, y)
    assert torch.equal(x, POINTS)
    assert torch.equal(y, activation(kind, POINTS))


@pytest.mark.parametrize("kind", SLOPES)
def test_slopes_are_those_that_autograd_finds(kind: str | None) -> None:
    x = POINTS.clone().requires_grad_()
    y = activation(kind, x)
    gradient = torch.linspace(-2, 3, len(x), dtype=x.dtype)
    (expected,) = torch.autograd.grad(y, x, gradient)
    slope = SLOPES[kind]
    slope.multiply(gradient, (y if slope.from_output else x).detach())
    torch.testing.assert_close(gradient, expected, rtol=1e-13, atol=1e-15)
