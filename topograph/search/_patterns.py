"""What a score without training reads of a module: its outputs, and which units are active."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.overrides import TorchFunctionMode

from topograph.errors import ShapeError
from topograph.exporter.network import to_module
from topograph.exporter.watch import ELEMENTWISE
from topograph.graph.architecture import Architecture
from topograph.training.device import choose_device

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class _Units(TorchFunctionMode):
    """Notes of each activation where it is on, and its place in the graph of gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.on: list[Tensor] = []
        self.places: list[Any] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function of torch, and note its units if it is an activation."""
        name = getattr(func, "__name__", "").removesuffix("_")
        on = (args[0] > 0).flatten(1) if name in ELEMENTWISE and args else None
        result = func(*args, **(kwargs or {}))
        if on is not None:
            self.on.append(on)
            self.places.append(result.grad_fn)
        return result


def patterns(module: nn.Module, batch: Tensor) -> list[Tensor]:
    """Return for each activation which of its units are on, bool of shape (batch, units).

    Activations that do not depend on the input, or on which no output depends, are left out.
    """
    fixed = {name: weight.detach() for name, weight in module.named_parameters()}
    # With fixed weights, what has a gradient depends on the input. The clone may be overwritten.
    with torch.enable_grad(), _Units() as units:
        found = run(module, batch.detach().requires_grad_().clone(), fixed)
    seen: set[Any] = set()
    waiting = [one.grad_fn for one in found if one.grad_fn is not None]
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            waiting.extend(below for below, _ in place.next_functions if below is not None)
    return [on for on, place in zip(units.on, units.places, strict=True) if place in seen]


def run(module: nn.Module, batch: Tensor, weights: dict[str, Tensor]) -> tuple[Tensor, ...]:
    """Return the outputs under batch statistics, and leave the module as it was."""
    buffers = {name: buffer.clone() for name, buffer in module.named_buffers()}
    with _batch_statistics(module):
        found = functional_call(module, {**buffers, **weights}, (batch,))
    return found if isinstance(found, tuple) else (found,)


def prepared(
    network: nn.Module | Architecture,
    batch: Tensor | ArrayLike,
    *,
    init: str,
    device: str | torch.device,
    rng: np.random.Generator | int | None,
) -> tuple[nn.Module, Tensor]:
    """Return a module, made and drawn if it is an architecture, and the batch on its device."""
    if isinstance(network, Architecture):
        module: nn.Module = to_module(network, init=init, rng=rng).to(choose_device(device))
    else:
        module = network
    like = next(module.parameters(), torch.empty(0))
    given = batch if isinstance(batch, Tensor) else torch.tensor(np.asarray(batch, dtype=float))
    if given.ndim < 2 or len(given) < 2:
        raise ShapeError(
            "A batch holds at least two samples, since scores compare them and batch statistics "
            f"need them. Received an array of shape {tuple(given.shape)}. Pass (samples, ...)."
        )
    return module, given.to(like)


@contextmanager
def _batch_statistics(module: nn.Module) -> Iterator[None]:
    """Let batch normalisations use the statistics of the batch, and nothing else train."""
    before = [(part, part.training) for part in module.modules()]
    try:
        for part, _ in before:
            part.training = isinstance(part, nn.modules.batchnorm._BatchNorm)
        yield
    finally:
        for part, training in before:
            part.training = training
