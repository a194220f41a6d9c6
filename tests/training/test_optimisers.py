from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from topograph.training import Recipe
from topograph.training.optimisers import make_optimiser

RATE, DECAY = 0.1, 0.01


def steps(recipe: Recipe, count: int) -> float:
    """Minimise w^2 / 2 from w = 1, so that the gradient is w, and return w."""
    weight = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimiser = make_optimiser(recipe, [weight])
    for _ in range(count):
        weight.grad = weight.detach().clone()
        optimiser.step()
    return weight.item()


def sgd(count: int, *, momentum: float) -> float:
    w, velocity = 1.0, 0.0
    for _ in range(count):
        velocity = momentum * velocity + w + DECAY * w
        w -= RATE * velocity
    return w


def adam(count: int, *, decoupled: bool) -> float:
    w, first, second = 1.0, 0.0, 0.0
    for t in range(1, count + 1):
        gradient = w if decoupled else w + DECAY * w
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        w -= RATE * DECAY * w if decoupled else 0.0
        w -= RATE * (first / (1 - 0.9**t)) / ((second / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return w


@pytest.mark.parametrize(
    ("optimiser", "momentum", "expected"),
    [
        ("sgd", 0.0, lambda count: sgd(count, momentum=0.0)),
        ("sgd", 0.9, lambda count: sgd(count, momentum=0.9)),
        ("adam", 0.0, lambda count: adam(count, decoupled=False)),
        ("adamw", 0.0, lambda count: adam(count, decoupled=True)),
    ],
)
def test_optimisers_follow_their_formula(
    optimiser: str, momentum: float, expected: Callable[[int], float]
) -> None:
    recipe = Recipe(optimiser=optimiser, learning_rate=RATE, momentum=momentum, weight_decay=DECAY)
    assert steps(recipe, 5) == pytest.approx(expected(5), rel=1e-9)


def test_all_parameters_are_updated_in_one_call() -> None:
    (group,) = make_optimiser(Recipe(), [nn.Parameter(torch.ones(1))]).param_groups
    assert group["fused"]
