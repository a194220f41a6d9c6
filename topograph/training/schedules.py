"""How large the steps are: the learning rate at every step of a recipe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topograph.training.recipe import Recipe

__all__ = ["learning_rates"]


def learning_rates(recipe: Recipe, steps: int) -> NDArray[np.float64]:
    r"""Compute the learning rate of every step.

    With :math:`s` steps an epoch, :math:`K` steps in all and :math:`K_w` of them in the warm-up,
    step :math:`k = 0, \dots, K - 1` has the rate :math:`\eta_k = \eta f_k`,

    .. math:: f_k = \begin{cases}
        (k + 1) / K_w & k < K_w, \\
        1 & \text{constant}, \\
        \tfrac12 \left(1 + \cos \pi \frac{k - K_w}{K - K_w}\right) & \text{cosine}, \\
        \gamma^{\#\{j : m_j s \le k\}} & \text{step at the milestones } m_j .
        \end{cases}

    Parameters
    ----------
    recipe : Recipe
        Gives rate, schedule, milestones, decay, warm-up and epochs.
    steps : int
        Steps in an epoch.

    Returns
    -------
    array of shape (epochs, steps)
        Learning rates, all greater than 0.

    Notes
    -----
    Rates change from step to step, not from epoch to epoch, except at milestones. Milestones are
    counted from the start of training, warm-up included.

    Examples
    --------
    >>> recipe = Recipe(learning_rate=1.0, epochs=3, schedule="step", milestones=(2,))
    >>> learning_rates(recipe, 2).tolist()
    [[1.0, 1.0], [1.0, 1.0], [0.1, 0.1]]
    """
    step = np.arange(recipe.epochs * steps)
    warm = recipe.warmup_epochs * steps
    factor = np.where(step < warm, (step + 1) / max(warm, 1), _after_warmup(recipe, step, steps))
    return recipe.learning_rate * factor.reshape(recipe.epochs, steps)


def _after_warmup(recipe: Recipe, step: NDArray[np.int64], steps: int) -> NDArray[np.float64]:
    """Compute the factor of each step as if the warm-up were over."""
    if recipe.schedule == "cosine":
        warm = recipe.warmup_epochs * steps
        return (1 + np.cos(np.pi * (step - warm) / (len(step) - warm))) / 2
    passed = np.searchsorted(recipe.milestones, step // steps, side="right")
    return np.float64(recipe.decay) ** passed
