"""Activations that write into given memory, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["SLOPES", "Slope"]

_ops = torch.ops.aten


@dataclass(frozen=True, slots=True)
class Slope:
    """An activation with its derivative.

    Attributes
    ----------
    apply : callable
        ``apply(x, y)`` writes the activation of `x` into `y`, which may be `x` itself.
    multiply : callable
        ``multiply(g, z)`` multiplies `g` in place by the derivative at `z`.
    from_output : bool
        True if `z` is the value after the activation, so that the one before it need not be kept.
    """

    apply: Callable[[Tensor, Tensor], Any]
    multiply: Callable[[Tensor, Tensor], Any]
    from_output: bool = True


SLOPES: dict[str | None, Slope] = {
    None: Slope(
        lambda x, y: None,
        lambda g, y: None,
    ),
    "relu": Slope(
        lambda x, y: torch.clamp_min(x, 0.0, out=y),
        lambda g, y: _ops.threshold_backward.grad_input(g, y, 0.0, grad_input=g),
    ),
    "relu6": Slope(
        lambda x, y: torch.clamp(x, 0.0, 6.0, out=y),
        lambda g, y: _ops.hardtanh_backward.grad_input(g, y, 0.0, 6.0, grad_input=g),
    ),
    "leaky_relu": Slope(
        lambda x, y: _ops.leaky_relu.out(x, 0.01, out=y),
        lambda g, y: _ops.leaky_relu_backward.grad_input(g, y, 0.01, True, grad_input=g),
    ),
    "elu": Slope(
        lambda x, y: _ops.elu.out(x, out=y),
        lambda g, y: _ops.elu_backward.grad_input(g, 1.0, 1.0, 1.0, True, y, grad_input=g),
    ),
    "gelu": Slope(
        lambda x, y: _ops.gelu.out(x, out=y),
        lambda g, x: _ops.gelu_backward.grad_input(g, x, grad_input=g),
        from_output=False,
    ),
    "silu": Slope(
        lambda x, y: _ops.silu.out(x, out=y),
        lambda g, x: _ops.silu_backward.grad_input(g, x, grad_input=g),
        from_output=False,
    ),
    "tanh": Slope(
        lambda x, y: torch.tanh(x, out=y),
        lambda g, y: _ops.tanh_backward.grad_input(g, y, grad_input=g),
    ),
    "sigmoid": Slope(
        lambda x, y: torch.sigmoid(x, out=y),
        lambda g, y: _ops.sigmoid_backward.grad_input(g, y, grad_input=g),
    ),
    "hardswish": Slope(
        lambda x, y: _ops.hardswish.out(x, out=y),
        lambda g, x: g.copy_(_ops.hardswish_backward(g, x)),
        from_output=False,
    ),
}
"""Of each activation of `topograph.graph.ACTIVATIONS`, and of None, which changes nothing."""
