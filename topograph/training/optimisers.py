"""The optimiser that a recipe names, in torch's fastest form."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.optim import SGD, Adam, AdamW, Optimizer

from topograph.training.recipe import Recipe

__all__ = ["make_optimiser"]

FUSED_ON = ("cpu", "cuda")


def make_optimiser(recipe: Recipe, parameters: Sequence[torch.nn.Parameter]) -> Optimizer:
    """Make the optimiser of a recipe for parameters that lie on one device.

    Notes
    -----
    The fused form updates all parameters in one call. For networks of many small layers, as
    random-skip perceptrons are, this is where a loop over the parameters loses its time.
    """
    fused = parameters[0].device.type in FUSED_ON
    rate, weight_decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimiser == "sgd":
        return SGD(
            parameters, lr=rate, momentum=recipe.momentum, weight_decay=weight_decay, fused=fused
        )
    kind = {"adam": Adam, "adamw": AdamW}[recipe.optimiser]
    return kind(parameters, lr=rate, weight_decay=weight_decay, fused=fused)
