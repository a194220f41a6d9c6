"""The matrix by which a layer mixes channels, whatever its wiring."""

from __future__ import annotations

from functools import singledispatch

import torch
from torch import Tensor, nn

from topograph.errors import BudgetError
from topograph.exporter.layers import DiagonalLinear, GroupedLinear, SparseMap

__all__ = ["MIXING", "matrix"]

MIXING = (nn.Linear, nn.Conv2d, DiagonalLinear, GroupedLinear, SparseMap)
"""The layers that have one."""


@singledispatch
def matrix(layer: nn.Module) -> Tensor:
    """Return the weights of a layer as a matrix (outputs, inputs), 0 where no link is.

    A convolution maps the patch under its kernel to one pixel, so its inputs are the channels
    times the taps of the kernel.

    Raises
    ------
    BudgetError
        If the layer does not mix channels by a matrix.
    """
    raise BudgetError(
        "A matrix belongs to a layer that mixes channels linearly, as its Jacobian. "
        f"Received {type(layer).__name__}. Register it with `matrix.register`."
    )


@matrix.register
def _(layer: nn.Linear) -> Tensor:
    return layer.weight


@matrix.register
def _(layer: nn.Conv2d) -> Tensor:
    return _blocks(layer.weight.flatten(1), layer.groups)


@matrix.register
def _(layer: DiagonalLinear) -> Tensor:
    return torch.diag(layer.weight)


@matrix.register
def _(layer: GroupedLinear) -> Tensor:
    return _blocks(layer.weight, layer.groups)


@matrix.register
def _(layer: SparseMap) -> Tensor:
    return layer.dense().flatten(1)


def _blocks(rows: Tensor, groups: int) -> Tensor:
    """Put the rows of each group into columns of their own."""
    if groups == 1:
        return rows
    own = rows.view(groups, -1, 1, rows.shape[1])
    alone = torch.eye(groups, dtype=rows.dtype, device=rows.device)[:, None, :, None]
    return (own * alone).flatten(2).flatten(0, 1)
