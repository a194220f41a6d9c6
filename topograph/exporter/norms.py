"""Batch normalisations over concatenations, which read the statistics of what is concatenated.

A batch needs the mean and the variance of each channel. Where many concatenations read the same
feature map, as in a DenseNet or a random-skip cell, each normalisation would find them anew; here
they are found once per feature map, and each normalisation gathers those of its channels.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

__all__ = ["SharedNorm2d", "moments", "share"]

EPSILON = 1e-5
"""What torch adds to variances if nobody asks for something else."""

AXES = (0, 2, 3)


def moments(x: Tensor) -> Tensor:
    r"""Return what normalisations need of each channel, over batch and pixels.

    Returns
    -------
    Tensor, shape (3, channels)
        Mean :math:`m`, scale :math:`s = 1 / \sqrt{v + \epsilon}` with the biased variance
        :math:`v`, and the unbiased variance :math:`v n / (n - 1)` of :math:`n` values.
    """
    mean, variance = x.new_zeros(2, x.shape[1])
    found = torch.native_batch_norm(
        x.detach(), None, None, mean, variance, training=True, momentum=1.0, eps=EPSILON
    )
    return torch.stack([found[1], found[2], variance])


class SharedNorm2d(nn.BatchNorm2d):
    """Batch normalisation that can be told the moments of its channels.

    It returns the bits of `torch.nn.BatchNorm2d`, backwards too; running statistics are the same up
    to rounding.
    """

    def forward(self, x: Tensor, given: Tensor | None = None) -> Tensor:
        """Map (batch, channels, height, width) to the same shape; `given` are `moments`."""
        if given is None or not self.applies(x):
            return super().forward(x)
        mean, scale, variance = given
        self.track(mean, variance)
        return Normalise.apply(x, self.weight, self.bias, mean, scale)  # type: ignore[no-untyped-call]

    def applies(self, x: Tensor) -> bool:
        """Tell whether the moments of this batch are those that the layer needs."""
        usual = self.training and self.eps == EPSILON and self.weight is not None
        several = x.numel() > x.shape[1]
        return usual and several and x.dtype == self.weight.dtype

    def track(self, mean: Tensor, variance: Tensor) -> None:
        """Bring the running statistics up to date."""
        if self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        rate = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.mul_(1 - rate).add_(mean, alpha=rate)
        self.running_var.mul_(1 - rate).add_(variance, alpha=rate)


class Normalise(torch.autograd.Function):
    r"""Normalise a batch whose moments are known: :math:`y = w s (x - m) + b`.

    :math:`x` and :math:`y` have shape (batch, channels, height, width), all others (channels,).
    Mean and scale are those of the batch, so they change with it. With
    :math:`\hat x = s (x - m)` and means over batch and pixels,

    .. math::
        \dot y = w s \left(\dot x - \overline{\dot x} - \hat x \, \overline{\hat x \dot x}\right)
            + \dot w \hat x + \dot b,

    and gradients are those of a whole batch normalisation.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015, Algorithm 1.
    """

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
        """Carry out torch's own map of each channel, by slope and intercept."""
        slope = scale * weight
        intercept = torch.addcmul(bias, mean, slope, value=-1)  # rounded once, as torch does it
        zero, one = torch.zeros_like(mean), torch.ones_like(mean)
        return torch.native_batch_norm(
            x, slope, intercept, zero, one, training=False, momentum=0.0, eps=0.0
        )[0]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what derivatives need."""
        x, weight, _, mean, scale = inputs
        ctx.save_for_backward(x, weight, mean, scale)
        ctx.save_for_forward(x, weight, mean, scale)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the batch, the weights and the biases, by torch's own pass."""
        x, weight, mean, scale = ctx.saved_tensors
        wanted = list(ctx.needs_input_grad[:3])
        found = torch.ops.aten.native_batch_norm_backward(
            g, x, weight, None, None, mean, scale, True, EPSILON, wanted
        )
        return (*found, None, None)

    @staticmethod
    def jvp(ctx: Any, x_tangent: Any, weight_tangent: Any, bias_tangent: Any, *_: Any) -> Tensor:
        """Return the derivative along a direction."""
        x, *vectors = ctx.saved_tensors
        weight, mean, scale = (vector[:, None, None] for vector in vectors)
        seen = (x - mean) * scale
        made = torch.zeros_like(x)
        if x_tangent is not None:
            moved = x_tangent - x_tangent.mean(AXES, keepdim=True)
            made = weight * scale * (moved - seen * (seen * moved).mean(AXES, keepdim=True))
        if weight_tangent is not None:
            made = made + weight_tangent[:, None, None] * seen
        return made if bias_tangent is None else made + bias_tangent[:, None, None]

    @staticmethod
    def vmap(info: Any, in_dims: Any, *inputs: Tensor) -> tuple[Tensor, int]:
        """Normalise many batches by torch's own function, which takes the statistics itself."""

        def normalise(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
            return F.batch_norm(x, None, None, weight, bias, training=True, eps=EPSILON)

        return torch.vmap(normalise, in_dims=tuple(in_dims[:3]))(*inputs[:3]), 0


def share(layer: Any) -> Any:
    """Let a batch normalisation of torch be told moments; return it. Others stay as they are."""
    if type(layer) is nn.BatchNorm2d:
        layer.__class__ = SharedNorm2d
    return layer
