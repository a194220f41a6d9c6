"""Products with sparse matrices that cost as much as there are links, and their gradients.

Feature maps are kept with features first, (features, batch): one link is then one multiple of a
row, and layers that follow one another need not be transposed.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from topograph.exporter.deals import Deal

__all__ = ["BlockProduct", "RowProduct", "Rows"]

Ints = NDArray[Any]


class Rows:
    """A pattern of links as compressed rows, and as compressed rows of its transpose.

    Parameters
    ----------
    rows, columns : array of int
        Ends of all links, row by row.
    shape : tuple of int
        Outputs and inputs.
    trained : array of int
        Places of the trainable links among all.
    """

    def __init__(self, rows: Ints, columns: Ints, shape: tuple[int, int], trained: Ints) -> None:
        self.shape = shape
        self.rows, self.columns = torch.as_tensor(rows), torch.as_tensor(columns)
        order = np.lexsort((rows, columns))
        self.order = torch.as_tensor(order)
        self.forth = _compressed(rows, columns, shape[0])
        self.back = _compressed(columns[order], rows[order], shape[1])
        self.trained = _compressed(rows[trained], columns[trained], shape[0])

    def times(self, values: Tensor, x: Tensor) -> Tensor:
        """Multiply the matrix by (inputs, batch)."""
        return _multiplied(self._matrix(self.forth, values, self.shape), x)

    def turned_times(self, values: Tensor, g: Tensor) -> Tensor:
        """Multiply the transposed matrix by (outputs, batch)."""
        turned = self._matrix(self.back, values.index_select(0, self.order), self.shape[::-1])
        return _multiplied(turned, g)

    def products(self, g: Tensor, x: Tensor) -> Tensor:
        """Return the scalar product of both ends of each trainable link."""
        blank = self._matrix(self.trained, g.new_zeros(len(self.trained[1])), self.shape)
        ends = g.contiguous(), x.contiguous().t()
        return torch.sparse.sampled_addmm(blank, *ends, beta=0.0).values()

    @staticmethod
    def _matrix(pattern: tuple[Tensor, Tensor], values: Tensor, shape: Any) -> Tensor:
        """Put weights into compressed rows."""
        return torch.sparse_csr_tensor(*pattern, values, shape, check_invariants=False)


def _multiplied(matrix: Tensor, x: Tensor) -> Tensor:
    """Multiply compressed rows by a map, without the copies that the plain product makes."""
    made = x.new_empty(matrix.shape[0], x.shape[1])
    return made.addmm_(matrix, x.contiguous(), beta=0)


class RowProduct(torch.autograd.Function):
    """Multiply (inputs, batch) by a matrix of links, on the CPU."""

    @staticmethod
    def forward(x: Tensor, values: Tensor, pattern: Rows, trained: Tensor) -> Tensor:
        """Compute (outputs, batch); `values` are the weights of all links."""
        return pattern.times(values, x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what the gradients need."""
        x, values, ctx.pattern, trained = inputs
        ctx.save_for_backward(x, values, trained)
        ctx.save_for_forward(x, values)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the map and of the weights."""
        x, values, trained = ctx.saved_tensors
        pattern: Rows = ctx.pattern
        for_x = for_values = None
        if torch.is_grad_enabled():
            return *_differentiable_gradients(ctx, g, x, values), None, None
        g = g.contiguous()  # once for both
        if ctx.needs_input_grad[0]:
            for_x = pattern.turned_times(values, g)
        if ctx.needs_input_grad[1]:
            found = pattern.products(g, x)
            partly = len(found) < len(values)
            blank = torch.zeros_like(values) if partly else found
            for_values = blank.index_copy(0, trained, found) if partly else found
        return for_x, for_values, None, None

    @staticmethod
    def jvp(ctx: Any, x_tangent: Any, values_tangent: Any, *_: Any) -> Tensor:
        """Return the derivative along a direction, by the full matrix."""
        x, values = ctx.saved_tensors[:2]
        along = torch.zeros_like(values) if values_tangent is None else values_tangent
        made = full_matrix(ctx.pattern, along) @ x
        return made if x_tangent is None else made + full_matrix(ctx.pattern, values) @ x_tangent

    @staticmethod
    def vmap(
        info: Any, in_dims: Any, x: Tensor, values: Tensor, pattern: Rows, trained: Tensor
    ) -> tuple[Tensor, int]:
        """Carry out the product for a batch of maps or of weights, by the full matrix."""
        axes = tuple(in_dims[:2])

        def product(x: Tensor, values: Tensor) -> Tensor:
            return full_matrix(pattern, values) @ x

        return torch.vmap(product, in_dims=axes)(x, values), 0


def _differentiable_gradients(
    ctx: Any, g: Tensor, x: Tensor, values: Tensor
) -> tuple[Tensor | None, Tensor | None]:
    """Return both gradients by operations of torch, to be differentiated again."""
    pattern: Rows = ctx.pattern
    for_x = full_matrix(pattern, values).T @ g if ctx.needs_input_grad[0] else None
    for_values = None
    if ctx.needs_input_grad[1]:
        for_values = (g[pattern.rows] * x[pattern.columns]).sum(1)
    return for_x, for_values


def full_matrix(pattern: Rows, values: Tensor) -> Tensor:
    """Write the matrix of a pattern in full."""
    outputs, inputs = pattern.shape
    places = pattern.rows * inputs + pattern.columns
    return values.new_zeros(outputs * inputs).index_copy(0, places, values).view(outputs, inputs)


class BlockProduct:
    """Groups of outputs that read the same inputs: rows dealt out, small products, dealt back.

    Parameters
    ----------
    sources : array_like of int, shape (groups, fan-in)
        Inputs of each group.
    targets : array_like of int, shape (groups, outputs of a group)
        Outputs of each group; each output is in one group.
    shape : tuple of int
        Outputs and inputs.
    """

    def __init__(self, sources: Ints, targets: Ints, shape: tuple[int, int]) -> None:
        self.shape = shape
        self.groups, self.fan_in = sources.shape
        self.reads = Deal(sources, shape[1])
        self.weights = Deal(targets, shape[0])
        self.writes = Deal(np.argsort(targets.ravel())[None, :], shape[0])

    def times(self, values: Tensor, x: Tensor) -> Tensor:
        """Multiply the matrix by (inputs, batch); `values` are the weights of all links."""
        blocks = self.weights(values.view(self.shape[0], self.fan_in))
        made = torch.bmm(blocks, self.reads(x)).flatten(0, 1)
        return self.writes(made).flatten(0, 1)


def _compressed(rows: Ints, columns: Ints, count: int) -> tuple[Tensor, Tensor]:
    """Return where each row starts, and the columns, of links sorted by row."""
    _accept_compressed_rows()
    starts = np.searchsorted(rows, np.arange(count + 1)).astype(np.int32)
    return torch.as_tensor(starts), torch.as_tensor(columns.astype(np.int32))


@cache
def _accept_compressed_rows() -> None:
    """Make one matrix by rows, since torch warns at the first that they are in beta state."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
        torch.eye(1).to_sparse_csr()
