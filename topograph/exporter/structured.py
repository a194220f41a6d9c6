"""Sparse linear layers that are faster than a product with zeros: chosen by what is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from topograph.exporter.layers import SparseLinear
from topograph.exporter.products import BlockProduct, RowProduct, Rows

__all__ = ["StructuredLinear", "quicken"]

SMALLEST = 1 << 14
"""Entries of a matrix, below which it is multiplied in full."""

DENSEST = 1 / 12
"""Density above which single links lose against a product in full."""

SIDE = 8
"""Outputs and inputs of a block, below which a product of blocks is slower than single links."""


class StructuredLinear(SparseLinear):
    """Affine map along single links that costs as much as there are links.

    It has the parameters of `SparseLinear`, in the same order, and the same outputs up to rounding.
    `form` is either a `BlockProduct`, on any device, or `Rows`, on the CPU. Where the form does not
    apply, in compiled and exported programs for example, the layer multiplies in full.
    """

    form: BlockProduct | Rows
    trained: Tensor
    fixed: Tensor
    value: float

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs) to (batch, outputs)."""
        if not self.applies(x):
            return super().forward(x)
        flat = x.reshape(-1, x.shape[-1]).t()
        if isinstance(self.form, Rows):
            flat = flat.contiguous()  # once for the product and for its gradient
            made = RowProduct.apply(flat, self.all_weights(), self.form, self.trained)  # type: ignore[no-untyped-call]
        else:
            made = self.form.times(self.all_weights(), flat)
        made = made.t().view(*x.shape[:-1], self.shape[0])
        return made if self.bias is None else made + self.bias

    def applies(self, x: Tensor) -> bool:
        """Tell whether the form computes the product of this input."""
        if torch.compiler.is_compiling() or x.dtype != self.weight.dtype or not x.numel():
            return False
        if isinstance(self.form, BlockProduct):
            return not x.is_meta
        return x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)

    def all_weights(self) -> Tensor:
        """Return the weights of all links, row by row."""
        weight = self.link_weights()
        if not len(self.fixed):
            return weight
        constant = weight.new_full((len(self.trained) + len(self.fixed),), self.value)
        return constant.index_copy(0, self.trained, weight)

    @property
    def background(self) -> Tensor:  # type: ignore[override]
        """Weights of the constant links, and 0 elsewhere: written when asked for."""
        outputs, inputs = self.shape[:2]
        empty = self.weight.new_zeros(outputs * inputs)
        return empty.index_fill(0, self.constant, self.value)


def quicken(layer: Any) -> Any:
    """Give a sparse linear layer the form that suits its links; return the layer.

    Any other layer, a small one, and one on the meta device stays as it is.
    """
    if type(layer) is not SparseLinear or layer.weight.is_meta:
        return layer
    outputs, inputs = layer.shape
    places = torch.cat([layer.links, layer.constant]).cpu().numpy()
    order = np.argsort(places)
    rows, columns = np.divmod(places[order], inputs)
    trained = np.flatnonzero(order < len(layer.links))
    form = _form(rows, columns, (outputs, inputs), trained)
    if form is None:
        return layer
    value = float(layer.background[layer.constant[0]]) if len(layer.constant) else 1.0
    del layer.background
    layer.__class__ = StructuredLinear
    vars(layer).update(form=form, value=value)
    layer.register_buffer("trained", torch.as_tensor(trained), persistent=False)
    fixed = np.flatnonzero(order >= len(layer.links))
    layer.register_buffer("fixed", torch.as_tensor(fixed), persistent=False)
    return layer


def _form(
    rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int], trained: NDArray[Any]
) -> BlockProduct | Rows | None:
    """Measure links and choose: blocks, single links, or None for the product in full."""
    if shape[0] * shape[1] < SMALLEST:
        return None
    found = _blocks(rows, columns, shape)
    if found is not None:
        return BlockProduct(*found, shape)
    if len(rows) > DENSEST * shape[0] * shape[1]:
        return None
    return Rows(rows, columns, shape, trained)


def _blocks(
    rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Sources and targets of groups that read the same, if they are equal, large and not all."""
    fan_in = len(rows) // shape[0]
    if fan_in < SIDE or 2 * fan_in > shape[1]:
        return None
    if not (np.bincount(rows, minlength=shape[0]) == fan_in).all():
        return None
    reads = columns.reshape(shape[0], fan_in)
    sources, group, sizes = np.unique(reads, axis=0, return_inverse=True, return_counts=True)
    if sizes.min() < SIDE or sizes.min() != sizes.max():
        return None
    return sources, np.argsort(group.ravel(), kind="stable").reshape(len(sources), -1)
