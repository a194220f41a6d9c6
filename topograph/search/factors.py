"""The matrices of a cascade, for many trials at once: packed weights, and their product."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from topograph.graph.wiring import Sparse

__all__ = ["Factors", "initial_weights", "is_diagonal"]


class Factors:
    """Where the weights of a cascade stand in its matrices.

    Attributes
    ----------
    trainable : int
        Number of trained weights, layer by layer and row by row.
    """

    def __init__(self, wirings: Sequence[Sparse], device: torch.device) -> None:
        sizes = [wiring.targets * wiring.sources for wiring in wirings]
        self._ends = [0, *np.cumsum(sizes).tolist()]
        self._shapes = [(wiring.targets, wiring.sources) for wiring in wirings]
        places = [
            start + wiring.rows() * wiring.sources + wiring.indices
            for start, wiring in zip(self._ends, wirings, strict=False)
        ]
        trained = np.concatenate([~constants(wiring) for wiring in wirings])
        place = np.concatenate(places)
        fixed = np.zeros(self._ends[-1], dtype=np.float32)
        fixed[place] = np.concatenate([np.full(wiring.links, wiring.value) for wiring in wirings])
        fixed[place[trained]] = 0
        self._place = torch.from_numpy(place[trained]).to(device)
        self._fixed = torch.from_numpy(fixed).to(device)
        self.trainable = int(trained.sum())

    def product(self, weights: Tensor) -> Tensor:
        """Multiply the matrices: (trials, trainable) to (trials, outputs, inputs)."""
        packed = self._fixed.expand(len(weights), -1).index_copy(1, self._place, weights)
        if len(set(self._shapes)) == 1 and self._shapes[0][0] == self._shapes[0][1]:
            return _halved(packed.view(len(weights), len(self._shapes), *self._shapes[0]))
        first, *rest = (
            packed[:, start:stop].view(-1, *shape)
            for (start, stop), shape in zip(pairwise(self._ends), self._shapes, strict=True)
        )
        for matrix in rest:
            first = matrix @ first
        return first


def _halved(matrices: Tensor) -> Tensor:
    """Multiply square matrices along axis 1, neighbours first: few calls for a deep cascade."""
    while matrices.shape[1] > 1:
        even = matrices.shape[1] // 2 * 2
        products = matrices[:, 1:even:2] @ matrices[:, 0:even:2]
        matrices = torch.cat([products, matrices[:, even:]], dim=1)
    return matrices[:, 0]


def constants(wiring: Sparse) -> NDArray[np.bool_]:
    """Tell which links of a wiring do not train."""
    return np.zeros(wiring.links, bool) if wiring.constant is None else wiring.constant


def initial_weights(
    wirings: Sequence[Sparse], trials: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    r"""Draw the trained weights of each trial, shape (trials, trainable).

    Uniform in :math:`(-r, r)`, by layer: without constant links sparse Xavier,
    :math:`r = \sqrt{6 / (\bar k_{in} + \bar k_{out})}` for mean degrees :math:`\bar k`; with them
    :math:`r = \sqrt{3 / (t L)}` for the t trained links of a neuron and L layers with constants, so
    that the variance grows by about e in all. A layer of one factor per neuron starts as ones.
    """
    depth = sum(bool(constants(wiring).any()) for wiring in wirings)
    bounds = [_bounds(wiring, depth) for wiring in wirings]
    straight = [np.full(len(b), is_diagonal(w)) for b, w in zip(bounds, wirings, strict=True)]
    # Drawn trial by trial, so that a trial begins alike whatever their number.
    drawn = rng.uniform(-1, 1, (trials, sum(map(len, bounds)))) * np.concatenate(bounds)
    return np.where(np.concatenate(straight), 1.0, drawn).astype(np.float32)


def _bounds(wiring: Sparse, depth: int) -> NDArray[np.float64]:
    """Return the bound of each trained weight of a layer."""
    trained = ~constants(wiring)
    if trained.all():
        mean_degrees = wiring.links / wiring.targets + wiring.links / wiring.sources
        return np.full(wiring.links, np.sqrt(6 / mean_degrees))
    rows = wiring.rows()[trained]
    return np.sqrt(3 / (np.bincount(rows)[rows] * depth))


def is_diagonal(wiring: Sparse) -> bool:
    """Tell whether each neuron has one link, from the neuron of its own number."""
    count = wiring.targets
    return (
        count == wiring.sources == wiring.links
        and bool((wiring.indices == np.arange(count)).all())
        and bool((np.diff(wiring.indptr) == 1).all())
    )
