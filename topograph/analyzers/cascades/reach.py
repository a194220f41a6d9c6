"""Which inputs reach each neuron of a cascade, and how much control a neuron can add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topograph.graph.wiring import Sparse

__all__ = ["Reach", "budgets", "reached", "reaches"]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What a layer knows of the inputs.

    Attributes
    ----------
    inputs : bool array, shape (neurons, inputs)
        True where a path leads from the input to the neuron.
    partners : float array, shape (neurons, inputs)
        With how many other inputs the neuron can mix the input.
    budget : float array, shape (neurons,)
        Control that the neuron adds at most, in ratios; 0 where it mixes no pair.
    edge : int array, shape (neurons, inputs), or None
        The only edge into the neuron by which the input comes, -1 if there are several; None where
        every pair of inputs that reach the neuron counts as mixed.
    """

    inputs: Flags
    partners: Floats
    budget: Floats
    edge: Ints | None

    @property
    def pairs(self) -> Floats:
        """Number of pairs that each neuron can mix, shape (neurons,)."""
        return self.partners.sum(axis=1) / 2

    def mixes(self, neurons: Ints, one: Ints, other: Ints) -> Flags:
        """Tell which neurons can mix which pairs of inputs, shape (neurons, pairs)."""
        at = neurons[:, None]
        both = self.inputs[at, one] & self.inputs[at, other]
        if self.edge is None:
            return both
        alone = self.edge[at, one]
        return both & ((alone < 0) | (alone != self.edge[at, other]))


def reaches(wirings: Sequence[Sparse], *, strict: bool) -> list[Reach]:
    """Return what each layer knows of the inputs, the first layer first."""
    before = np.eye(wirings[0].sources, dtype=bool)
    found = []
    for wiring in wirings:
        found.append(_reach(wiring, before, strict))
        before = found[-1].inputs
    return found


def _reach(wiring: Sparse, before: Flags, strict: bool) -> Reach:
    """Return what a layer knows, given which inputs reach the layer before it."""
    inputs = reached(wiring, before)
    partners = np.where(inputs, inputs.sum(axis=1, keepdims=True) - 1.0, 0.0)
    edge = None
    if strict:
        edge = _only_edge(wiring, before)
        for link, row in enumerate(wiring.rows()):
            alone = edge[row] == link
            partners[row, alone] -= alone.sum() - 1
    budget = np.where(partners.any(axis=1), budgets(wiring), 0.0)
    return Reach(inputs, partners, budget, edge)


def budgets(wiring: Sparse) -> Floats:
    r"""Return :math:`\min(t, k - 1)` for each neuron: k edges enter it, of which t train."""
    trained = size = np.diff(wiring.indptr)
    if wiring.constant is not None:
        trained = np.bincount(wiring.rows()[~wiring.constant], minlength=wiring.targets)
    # Eq. (28)
    return np.maximum(np.minimum(trained, size - 1), 0).astype(np.float64)


def reached(wiring: Sparse, before: Flags) -> Flags:
    """Return which inputs reach each neuron, shape (neurons, inputs)."""
    filled = np.flatnonzero(np.diff(wiring.indptr))
    if len(filled) == wiring.targets and before.all():
        return np.ones((wiring.targets, before.shape[1]), dtype=bool)
    width = before.shape[1]
    full = np.pad(before, ((0, 0), (0, -width % 64))) if width % 64 else before
    words = np.packbits(full, axis=1).view(np.uint64)
    found = np.zeros((wiring.targets, words.shape[1]), dtype=np.uint64)
    found[filled] = np.bitwise_or.reduceat(words[wiring.indices], wiring.indptr[filled], axis=0)
    return np.unpackbits(found.view(np.uint8), axis=1, count=width).view(bool)


def _only_edge(wiring: Sparse, before: Flags) -> Ints:
    """Return the only edge by which an input comes to a neuron, or -1."""
    ways = np.zeros((wiring.targets, before.shape[1]), dtype=np.int64)
    edge = np.zeros_like(ways)
    comes = before[wiring.indices]
    np.add.at(ways, wiring.rows(), comes)
    np.add.at(edge, wiring.rows(), comes * np.arange(wiring.links)[:, None])
    return np.where(ways == 1, edge, -1)
