"""Sparse pointwise convolutions that are faster than a product with zeros."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from topograph.exporter.layers import SparseConv2d, SparseLinear
from topograph.exporter.structured import StructuredLinear, quicken

__all__ = ["StructuredConv2d", "quicken_pointwise"]


class StructuredConv2d(StructuredLinear, SparseConv2d):
    """Pointwise convolution that costs as much as there are links: a linear map of each pixel.

    It has the parameters of `SparseConv2d`, in the same order, and the same outputs up to rounding.
    Channels are laid out first, so those that follow one another do not copy their feature maps.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, outputs, height, width)."""
        down, right = self.steps()
        thin = x[:, :, ::down, ::right]
        pixels = thin.transpose(0, 1).flatten(1).t()
        if not self.applies(pixels):
            return SparseConv2d.forward(self, x)
        made = super().forward(pixels).t()
        return made.reshape(-1, len(x), *thin.shape[2:]).transpose(0, 1)

    def steps(self) -> tuple[int, int]:
        """Return the strides along both axes."""
        stride = self.window[0]
        return (stride, stride) if isinstance(stride, int) else stride

    def link_weights(self) -> Tensor:
        """Return what each trainable link multiplies by."""
        return super().link_weights().flatten()


def quicken_pointwise(layer: Any) -> Any:
    """Give a sparse pointwise convolution the form that suits its links; return the layer.

    Any other layer, and one that `quicken` leaves as it is as a linear map, stays as it is.
    """
    if not _looks_at_one_pixel(layer):
        return layer
    shape = layer.shape
    layer.__class__, layer.shape = SparseLinear, shape[:2]
    found = quicken(layer)
    found.__class__ = StructuredConv2d if type(found) is StructuredLinear else SparseConv2d
    found.shape = shape
    return found


def _looks_at_one_pixel(layer: Any) -> bool:
    """Tell whether a layer is a sparse convolution that maps each pixel by itself."""
    if type(layer) is not SparseConv2d:
        return False
    return layer.shape[2:] == (1, 1) and layer.window[1] in (0, (0, 0))
