"""Many networks in one pass: the arithmetic, forwards and backwards.

A neuron of a network is a row that holds its values for the samples of the batch. A layer of all
networks is three calls: copy the rows that it reads next to each other, multiply them by the
weights of each network, apply the activation. On the way back, the gradient of a row is the sum of
the gradients at its copies. The first layer, which reads the same samples in all networks, is one
product.

The row of ones is read by every layer, and its weights are the biases. The row of zeros is read
where a network has fewer links than another one: the weights there have the gradient 0, so an
optimiser leaves them at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from topograph.exporter.rows import FIRST, ONES, ZEROS, Layout
from topograph.exporter.slopes import SLOPES

__all__ = ["Scratch", "Wires", "run"]

SUM = 0
"""The mode of an embedding bag."""


@dataclass(frozen=True, slots=True)
class Wires:
    """The tables of `topograph.exporter.rows.Tables` as tensors on the device."""

    sources: tuple[Tensor, ...]
    readers: tuple[Tensor, ...]
    ends: tuple[Tensor, ...]


class Scratch:
    """Memory that is lent to one pass after the other, so that each finds its pages ready.

    Copies and pickles of it are empty.
    """

    def __init__(self) -> None:
        self._spare: Tensor | None = None

    def take(self, count: int, like: Tensor) -> Tensor:
        """Return memory for so many numbers, with the type and on the device of a tensor."""
        spare, self._spare = self._spare, None
        if (
            spare is None
            or len(spare) < count
            or (spare.dtype, spare.device) != (like.dtype, like.device)
        ):
            spare = like.new_empty(count)
        return spare

    def give(self, memory: Tensor) -> None:
        """Take memory back for the next pass."""
        if not memory.is_inference():  # such memory cannot serve a pass that is differentiated
            self._spare = memory

    def __reduce__(self) -> tuple[type[Scratch], tuple[()]]:
        return Scratch, ()


def run(
    layout: Layout, wires: Wires, scratch: Scratch, *, inputs: Tensor, parameters: list[Tensor]
) -> Tensor:
    """Return the outputs of all networks, shape (members, neurons, batch).

    `parameters` are weights (members, neurons, inputs) and biases (members, neurons) of the first
    layer, then the weights (members, neurons, columns) of each other layer.
    """
    memory = scratch.take(sum(layout.sections) * len(inputs), inputs)
    apply: Callable[..., Tensor] = _SideBySide.apply
    outputs = apply(layout, wires, scratch, memory, inputs, *parameters)
    if not outputs.requires_grad:
        scratch.give(memory)
    return outputs


class _SideBySide(torch.autograd.Function):
    """All networks as one operation."""

    @staticmethod
    def forward(
        ctx: Any,
        layout: Layout,
        wires: Wires,
        scratch: Scratch,
        memory: Tensor,
        inputs: Tensor,
        *parameters: Tensor,
    ) -> Tensor:
        """Run through the layers, and keep what they read."""
        ctx.save_for_backward(inputs, *parameters)
        ctx.layout, ctx.wires, ctx.scratch, ctx.memory = layout, wires, scratch, memory
        weight, bias, *weights = parameters
        batch, activate = len(inputs), SLOPES[layout.activation].apply
        values, kept, copies = _sections(layout, memory, batch)
        values[ZEROS], values[ONES] = 0.0, 1.0
        after = torch.split(values[FIRST:], layout.neurons)
        before = torch.split(kept, layout.neurons)
        blocks = torch.split(copies, layout.copies)
        torch.addmm(bias.view(-1, 1), weight.flatten(0, 1), inputs.T, out=before[0])
        for place, matrix in enumerate(weights):
            activate(before[place], after[place])
            torch.index_select(values, 0, wires.sources[place], out=blocks[place])
            read = blocks[place].view(layout.members, layout.columns[place], batch)
            if place + 1 < len(before):
                target = before[place + 1].view(layout.members, layout.widths[place + 1], batch)
                torch.bmm(matrix, read, out=target)
        return torch.bmm(matrix, read)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Run back; the gradient of what a layer read takes the place of what it read."""
        memory, ctx.memory = ctx.memory, None
        if memory is None:
            raise RuntimeError(
                "The memory of a pass serves the way back once, as it is overwritten there. "
                "Received a second call of backward. Run forward again."
            )
        layout, wires = ctx.layout, ctx.wires
        inputs, weight, _, *weights = ctx.saved_tensors
        multiply = SLOPES[layout.activation].multiply
        batch = len(inputs)
        _, kept, copies = _sections(layout, memory, batch)
        before = torch.split(kept, layout.neurons)
        blocks = torch.split(copies, layout.copies)
        found: list[Tensor] = []
        for place in reversed(range(len(weights))):
            read = blocks[place].view(layout.members, layout.columns[place], batch)
            found.append(torch.bmm(gradient, read.mT))
            torch.bmm(weights[place].mT, gradient, out=read)
            flat, *_ = torch.embedding_bag(
                copies, wires.readers[place], wires.ends[place], False, SUM, False, None, True
            )
            multiply(flat, before[place])
            gradient = flat.view(layout.members, layout.widths[place], batch)
        ctx.scratch.give(memory)
        to_inputs = flat.T @ weight.flatten(0, 1) if ctx.needs_input_grad[4] else None
        to_weight = (flat @ inputs).view_as(weight)
        to_bias = gradient.sum(dim=2)
        return (None, None, None, None, to_inputs, to_weight, to_bias, *reversed(found))


def _sections(layout: Layout, memory: Tensor, batch: int) -> tuple[Tensor, Tensor, Tensor]:
    """Cut memory into rows of values, of values before the activation, and of copies.

    Where the derivative is known from the value after the activation, the second section is the
    first one, without the constants.
    """
    rows = sum(layout.sections)
    sections = torch.split(memory[: rows * batch].view(rows, batch), layout.sections)
    values, kept, copies = sections
    return values, kept if len(kept) else values[FIRST:], copies
