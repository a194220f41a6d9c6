"""Watch a module while it runs: which layers it calls, and which activations follow them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.overrides import TorchFunctionMode

from topograph.errors import ShapeError
from topograph.exporter.layers import SparseConv2d
from topograph.exporter.matrices import MIXING

__all__ = ["ELEMENTWISE", "Seen", "watch"]

ELEMENTWISE = frozenset(
    """
    celu elu gelu hardshrink hardsigmoid hardswish hardtanh leaky_relu log_sigmoid mish prelu relu
    relu6 selu sigmoid silu softplus softshrink softsign tanh tanhshrink _threshold
    """.split()  # noqa: SIM905
)
"""Names of the activations of torch, as their functions give them, without the in-place mark."""


@dataclass(slots=True)
class Seen:
    """A call of a layer.

    Attributes
    ----------
    layer : Module
    output : Tensor of shape (batch, outputs)
        What it returned, at the central pixel or position.
    slope : Tensor of shape (batch, outputs)
        The derivative of the activation there, or 1.
    """

    layer: nn.Module
    output: Tensor
    slope: Tensor


def watch(module: nn.Module, arguments: tuple[Tensor, ...]) -> dict[str, Seen]:
    """Run a module without gradients and return the calls of its layers, by name, in order.

    What it changes in its buffers, such as running statistics, is undone.
    """
    watcher = _Watcher()
    hooks = [
        layer.register_forward_hook(watcher.entering(name))
        for name, layer in module.named_modules()
        if isinstance(layer, MIXING)
    ]
    buffers = {name: buffer.clone() for name, buffer in module.named_buffers()}
    try:
        with torch.no_grad(), watcher:
            functional_call(module, buffers, arguments)
    finally:
        for hook in hooks:
            hook.remove()
    return watcher.seen


class _Watcher(TorchFunctionMode):
    """Notes what layers return, and the first activation of each."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Seen] = {}
        self._calls: Counter[str] = Counter()
        self._waiting: dict[int, tuple[Tensor, str]] = {}  # keeps the tensors, and so their ids

    def entering(self, name: str) -> Callable[[nn.Module, Any, Tensor], None]:
        """Return the hook that notes what the layer of a name returns."""

        def note(layer: nn.Module, inputs: Any, output: Tensor) -> None:
            again = self._calls[name]
            key = f"{name}:{again}" if again else name
            self._calls[name] += 1
            middle = _central(layer, output).clone()
            self.seen[key] = Seen(layer, middle, torch.ones_like(middle))
            self._waiting[id(output)] = (output, key)

        return note

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").removesuffix("_")
        if name in ELEMENTWISE and args and id(args[0]) in self._waiting:
            _, key = self._waiting.pop(id(args[0]))
            one = self.seen[key]
            one.slope = _slope(one.output, func, args[1:], kwargs)
        return func(*args, **kwargs)


def _central(layer: nn.Module, output: Tensor) -> Tensor:
    """Return the channels at the central pixel or position, shape (batch, channels)."""
    convolves = isinstance(layer, nn.Conv2d | SparseConv2d)
    if output.ndim < (4 if convolves else 2):
        raise ShapeError(
            "A layer is probed with a batch, since it has one Jacobian per sample. Received "
            f"an output of shape {tuple(output.shape)} from {layer}. Add a first axis."
        )
    values = output.movedim(1, -1) if convolves else output
    while values.ndim > 2:
        values = values[:, values.shape[1] // 2]
    return values


def _slope(point: Tensor, func: Any, arguments: tuple[Any, ...], options: Any) -> Tensor:
    """Differentiate an elementwise function at a point."""
    with torch.enable_grad():
        start = point.detach().requires_grad_()
        (slope,) = torch.autograd.grad(func(start.clone(), *arguments, **options).sum(), start)
    return slope
