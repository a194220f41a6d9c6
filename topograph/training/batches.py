"""What training begins with: arguments of the right kind, and an order cut into batches."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from topograph.datasets import Dataset
from topograph.training.recipe import Recipe

__all__ = ["check_arguments", "cut_batches"]


def cut_batches(order: Tensor, size: int) -> list[Tensor]:
    """Cut an order of samples into batches; a single sample left over joins the one before."""
    sizes = [size] * (len(order) // size)
    rest = len(order) % size
    if rest == 1 and sizes:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return list(torch.split(order, sizes))


def check_arguments(module: nn.Module, data: Dataset, recipe: Recipe) -> None:
    """Refuse arguments of another kind, in words."""
    expected = {"module": (module, nn.Module), "data": (data, Dataset), "recipe": (recipe, Recipe)}
    for name, (value, kind) in expected.items():
        if not isinstance(value, kind):
            raise TypeError(
                "fit trains a torch module on a Dataset by a Recipe, in this order. "
                f"Received a {type(value).__name__} as {name}. "
                "Make modules by topograph.to_module and data sets by topograph.datasets."
            )
