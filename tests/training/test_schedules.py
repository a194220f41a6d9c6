from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from topograph.training import Recipe, learning_rates

STEPS = 7


Build = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def by_torch(recipe: Recipe, build: Build) -> np.ndarray:
    """Walk through the schedulers of torch, one step at a time."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=recipe.learning_rate)
    schedule = build(optimiser)
    rates = []
    for _ in range(recipe.epochs * STEPS):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return np.array(rates).reshape(recipe.epochs, STEPS)


def test_a_constant_rate_is_constant() -> None:
    rates = learning_rates(Recipe(learning_rate=0.3, epochs=4), STEPS)
    np.testing.assert_array_equal(rates, np.full((4, STEPS), 0.3))


def test_cosine_agrees_with_torch() -> None:
    recipe = Recipe(learning_rate=0.2, epochs=6, schedule="cosine")
    expected = by_torch(recipe, lambda o: lr_scheduler.CosineAnnealingLR(o, 6 * STEPS))
    np.testing.assert_allclose(learning_rates(recipe, STEPS), expected, rtol=1e-9)


def test_steps_agree_with_torch() -> None:
    recipe = Recipe(learning_rate=0.2, epochs=6, schedule="step", milestones=(1, 4), decay=0.3)
    marks = [1 * STEPS, 4 * STEPS]
    expected = by_torch(recipe, lambda o: lr_scheduler.MultiStepLR(o, marks, gamma=0.3))
    np.testing.assert_allclose(learning_rates(recipe, STEPS), expected, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:.*epoch parameter")  # some versions of torch say it
def test_warm_up_and_cosine_agree_with_torch() -> None:
    recipe = Recipe(learning_rate=0.2, epochs=6, schedule="cosine", warmup_epochs=2)
    warm = 2 * STEPS

    def build(optimiser: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
        rise = lr_scheduler.LambdaLR(optimiser, lambda step: min((step + 1) / warm, 1))
        fall = lr_scheduler.CosineAnnealingLR(optimiser, 4 * STEPS)
        return lr_scheduler.SequentialLR(optimiser, [rise, fall], [warm])

    expected = by_torch(recipe, build)
    np.testing.assert_allclose(learning_rates(recipe, STEPS), expected, rtol=1e-9)


def test_warm_up_is_linear_and_ends_at_the_full_rate() -> None:
    rates = learning_rates(Recipe(learning_rate=1.0, epochs=3, warmup_epochs=2), 5).ravel()
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) / 10)
    np.testing.assert_array_equal(rates[10:], 1.0)


def test_milestones_within_the_warm_up_count_after_it() -> None:
    recipe = Recipe(
        learning_rate=1.0, epochs=4, warmup_epochs=2, schedule="step", milestones=(1, 3), decay=0.5
    )
    rates = learning_rates(recipe, 2).ravel()
    np.testing.assert_allclose(rates, [0.25, 0.5, 0.75, 1, 0.5, 0.5, 0.25, 0.25])


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_every_rate_is_positive_and_at_most_the_full_one(schedule: str) -> None:
    recipe = Recipe(learning_rate=0.7, epochs=9, warmup_epochs=3, schedule=schedule)
    rates = learning_rates(recipe, 4)
    assert rates.shape == (9, 4)
    assert (rates > 0).all()
    assert rates.max() == 0.7
