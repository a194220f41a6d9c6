"""What torch does not have: linear maps and convolutions that are not wired in full, and a deal.

`to_source` copies these texts into the files that it writes, so they use nothing but ``torch``,
``nn``, ``F``, ``Tensor`` and ``Any``, and the layers initialise themselves as those of torch do.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

__all__ = [
    "DiagonalLinear",
    "GroupedLinear",
    "PointwiseConv2d",
    "SparseConv2d",
    "SparseLinear",
    "SparseMap",
    "deal",
]


def deal(x: Tensor, channels: Tensor, lengths: list[int]) -> list[Tensor]:
    """Gather channels at once and deal them out, a copy to each of those who get `lengths`."""
    return [part.clone() for part in torch.split(x.index_select(1, channels), lengths, 1)]


class DiagonalLinear(nn.Module):
    """Affine map in which output i reads input i alone; `weight` has shape (width,)."""

    def __init__(self, width: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))
        self.bias = nn.Parameter(torch.empty(width)) if bias else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, width) to (batch, width)."""
        return x * self.weight if self.bias is None else torch.addcmul(self.bias, x, self.weight)


class GroupedLinear(nn.Module):
    """Affine map of separate groups; `weight` has shape (outputs, inputs of one group)."""

    def __init__(self, inputs: int, outputs: int, groups: int, bias: bool = True) -> None:
        super().__init__()
        self.groups = groups
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        bound = (inputs // groups) ** -0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs) to (batch, outputs)."""
        blocks = self.weight.view(self.groups, -1, self.weight.shape[1]).transpose(1, 2)
        x = torch.bmm(x.reshape(x.shape[0], self.groups, -1).transpose(0, 1), blocks)
        x = x.transpose(0, 1).flatten(1)
        return x if self.bias is None else x + self.bias


class PointwiseConv2d(nn.Conv2d):
    """Linear map of each pixel: on a CPU a product per image, faster than a convolution of 1 x 1.

    Where images are few or small, and in compiled and exported programs, it is the convolution.
    """

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, outputs, height, width)."""
        if torch.compiler.is_compiling() or not self.pays(x):
            return super().forward(x)
        kernels = self.weight.flatten(1).expand(len(x), -1, -1)
        if self.bias is None:
            made = torch.bmm(kernels, x.flatten(2))
        else:
            made = torch.baddbmm(self.bias[:, None], kernels, x.flatten(2))
        return made.view(*made.shape[:2], *x.shape[2:])

    def pays(self, x: Tensor) -> bool:
        """Tell whether products of this input are faster, which was measured."""
        if x.device.type != "cpu" or x.dtype not in (torch.float32, torch.float64):
            return False
        is_large = x.ndim == 4 and len(x) >= 8 and x.shape[2] * x.shape[3] >= 144
        return is_large and x.shape[1] == self.in_channels and x.is_contiguous()


class SparseMap(nn.Module):
    """Weights of single links between channels; `weight[k]` belongs to the k-th trainable link.

    Links are given as their targets and their sources. Each has one weight per tap of the kernel;
    constant links have the same fixed weight at every tap.
    """

    links: Tensor
    constant: Tensor
    background: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        links: tuple[tuple[int, ...], tuple[int, ...]],
        *,
        taps: tuple[int, ...] = (),
        constant: tuple[tuple[int, ...], tuple[int, ...]] = ((), ()),
        value: float = 1.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.shape = (outputs, inputs, *taps)
        self.register_buffer("links", self.positions(*links), persistent=False)
        self.register_buffer("constant", self.positions(*constant), persistent=False)
        background = torch.zeros(outputs * inputs, *taps).index_fill(0, self.constant, value)
        self.register_buffer("background", background, persistent=False)
        self.weight = nn.Parameter(torch.empty(len(self.links), *taps))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.reset_parameters()

    def positions(self, targets: tuple[int, ...], sources: tuple[int, ...]) -> Tensor:
        """Places of links in the matrix (outputs, inputs), row by row."""
        rows, columns = (torch.tensor(ends, dtype=torch.int64) for ends in (targets, sources))
        return rows * self.shape[1] + columns

    def fan_in(self) -> Tensor:
        """Weights that each output reads, constant ones included."""
        return self.present().sum(1) * self.background[0].numel()

    def fan_out(self) -> Tensor:
        """Weights that each input feeds, constant ones included."""
        return self.present().sum(0) * self.background[0].numel()

    def present(self) -> Tensor:
        """Return a matrix (outputs, inputs): 1 where a link is, 0 elsewhere."""
        places = torch.cat([self.links, self.constant])
        empty = torch.zeros(self.shape[0] * self.shape[1], device=places.device)
        return empty.index_fill(0, places, 1).view(self.shape[:2])

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw each parameter from within the inverse root of the fan-in of its output."""
        fan_in = self.fan_in()
        bound = fan_in.clamp(min=1).rsqrt() * (fan_in > 0)
        own = bound[self.links // self.shape[1]]
        self.weight.uniform_(-1, 1).mul_(own.view(-1, *[1] * (self.weight.dim() - 1)))
        if self.bias is not None:
            self.bias.uniform_(-1, 1).mul_(bound)

    def link_weights(self) -> Tensor:
        """Return what each trainable link multiplies by."""
        return self.weight

    def dense(self) -> Tensor:
        """Return all weights as one tensor (outputs, inputs, *taps), 0 where no link is."""
        return self.background.index_copy(0, self.links, self.link_weights()).view(self.shape)


class SparseLinear(SparseMap):
    """Affine map along single links."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs) to (batch, outputs)."""
        return F.linear(x, self.dense(), self.bias)


class SparseConv2d(SparseMap):
    """Convolution along single links."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        links: tuple[tuple[int, ...], tuple[int, ...]],
        *,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        **options: Any,
    ) -> None:
        super().__init__(inputs, outputs, links, **options)
        self.window = (stride, padding, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, outputs, height, width)."""
        return F.conv2d(x, self.dense(), self.bias, *self.window)
