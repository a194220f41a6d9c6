"""Controllability as it is trained: what each neuron adds, and how it shares control out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.control_block import Block
from topograph.analyzers.cascades.logits import Logits, Step
from topograph.analyzers.cascades.pair_tiles import tiles
from topograph.analyzers.cascades.reach import Reach
from topograph.arrays import Array, array_namespace
from topograph.arrays.device import Device, to_device
from topograph.graph.wiring import Sparse

__all__ = ["Flow", "State"]

Ints = NDArray[np.int64]

RENEWAL = 64
"""Steps after which the weights are normalised, long before they could overflow."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What control there is: K, of shape (outputs, inputs), its loss, and what follows from it."""

    control: Array
    loss: float
    lost: float
    slope: Array
    excess: list[Array] | None


class Flow:
    """The trained tensors of a cascade, tile by tile.

    Parameters
    ----------
    wirings, reach
        The cascade, and what its layers know of the inputs.
    fair : bool
        Whether the loss compares every entry of K with its target, or only sums over outputs.
    slack : bool
        Whether a neuron may leave a part of its budget unused.
    capped : bool
        Whether control above the number of ratios of a neuron is penalised in every layer.
    side : int
        Inputs along an edge of a tile.
    """

    def __init__(
        self,
        wirings: Sequence[Sparse],
        reach: Sequence[Reach],
        *,
        fair: bool,
        slack: bool,
        capped: bool,
        side: int,
        device: Device,
        dtype: str,
        noise: float,
        rng: np.random.Generator,
    ) -> None:
        self.fair, self.capped = fair, capped
        parts = tiles(reach, side)
        self.blocks = [
            Block(tile, wirings, reach, device=device, dtype=dtype, noise=noise, rng=rng)
            for tile in parts
        ]
        self.budgets = [to_device(layer.budget.astype(dtype), device) for layer in reach]
        self.caps = [
            to_device(np.maximum(layer.inputs.sum(axis=1) - 1.0, 0).astype(dtype), device)
            for layer in reach
        ]
        members = np.concatenate([block.members for block in self.blocks])
        self._columns = to_device(_columns(members, wirings[0].sources), device)
        unused = [noise * rng.standard_normal(layer.budget.shape) for layer in reach]
        self.unused = [
            Logits(to_device((slack * np.exp(logits)).astype(dtype), device)) for logits in unused
        ]
        self.steps = 0
        self.totals = self._totals()

    def evaluate(self) -> State:
        """Let control flow through all tiles; return K and the loss with its slopes."""
        scales = self._scales()
        flows = [block.flow(scales, keep=self.capped) for block in self.blocks]
        control = self._collected([part for part, _ in flows])
        lost = sum(more for _, more in flows)
        loss, slope = self._loss(control)
        excess = None
        if self.capped:
            xp = array_namespace(control)
            totals = [block.node_totals() for block in self.blocks]
            excess = [
                xp.maximum(reduce(add, parts) - cap, xp.zeros_like(cap))
                for cap, *parts in zip(self.caps, *totals, strict=True)
            ]
            loss += sum(float(xp.sum(part**2)) for part in excess)
            excess = [2 * part for part in excess]
        return State(control, loss, lost, slope, excess)

    def descend(self, state: State, *, rate: float, epsilon: float) -> None:
        """Take a step of Adam from the state that `evaluate` has just returned."""
        self.steps += 1
        step = Step.of(self.steps, rate=rate, epsilon=epsilon)
        scales = self._scales()
        for block in self.blocks:
            block.descend_routes(state.slope, state.excess, step)
        inner = zip(*(block.inner() for block in self.blocks), strict=True)
        means = [
            reduce(add, parts) / total for parts, total in zip(inner, self.totals, strict=True)
        ]
        for block in self.blocks:
            block.descend_added(scales, means, step)
        for unused, scale, mean in zip(self.unused, scales, means, strict=True):
            unused.descend(-unused.weight * scale * mean, step)
        self.totals = self._totals()
        if self.steps % RENEWAL == 0:
            self._normalise()

    def _collected(self, parts: Sequence[Array]) -> Array:
        """Add the parts of K up, each of shape (outputs, members of a tile)."""
        xp, (most, inputs) = array_namespace(parts[0]), self._columns.shape
        zero = xp.zeros((parts[0].shape[0], 1), dtype=parts[0].dtype)
        taken = xp.take(xp.concat([*parts, zero], axis=1), xp.reshape(self._columns, (-1,)), axis=1)
        return xp.sum(xp.reshape(taken, (-1, most, inputs)), axis=1, dtype=taken.dtype)

    def _loss(self, control: Array) -> tuple[float, Array]:
        """Return the loss of K and its slope by K, both of K as (outputs, inputs)."""
        xp = array_namespace(control)
        inputs = control.shape[1]
        if self.fair:
            gap = control - (inputs - 1) / inputs
            return float(xp.sum(gap**2)), 2 * gap
        # Eq. (20)
        gap = xp.sum(control, axis=1, keepdims=True) - (inputs - 1)
        return float(xp.sum(gap**2)), 2 * gap + xp.zeros_like(control)

    def _totals(self) -> list[Array]:
        """Sum the weights of what each neuron can do with its budget, by layer; 1 if nothing."""
        used = zip(*(block.added_totals() for block in self.blocks), strict=True)
        found = []
        for parts, unused in zip(used, self.unused, strict=True):
            total = reduce(add, parts) + unused.weight
            xp = array_namespace(total)
            found.append(xp.where(total > 0, total, xp.ones_like(total)))
        return found

    def _scales(self) -> list[Array]:
        """Return by what weights are multiplied to share the budget of each neuron."""
        return [budget / total for budget, total in zip(self.budgets, self.totals, strict=True)]

    def _normalise(self) -> None:
        """Divide all weights by their totals."""
        factors = [1 / total for total in self.totals]
        for block in self.blocks:
            block.normalise(factors)
        for unused, factor in zip(self.unused, factors, strict=True):
            unused.weight *= factor
        self.totals = self._totals()


def _columns(members: Ints, inputs: int) -> Ints:
    """Return where the members of all tiles hold each input, shape (most, inputs).

    Where an input is in fewer tiles than another, the number behind the last one fills up.
    """
    order = np.argsort(members, kind="stable")
    counts = np.bincount(members, minlength=inputs)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = np.full((counts.max(), inputs), len(members))
    columns[rank, members[order]] = order
    return columns
