"""The links of a cascade, layer by layer, as arrays: what its measures read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topograph.graph.architecture import Architecture
from topograph.graph.cascade import cascade_wirings
from topograph.graph.wiring import Sparse

__all__ = ["Cascade", "Flags", "Ints", "Layer", "cascade_links"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Links from the neurons of one layer to those of the next, ordered by target.

    `constant` marks the links that do not train; their weight is `value`.
    """

    sources: Ints
    targets: Ints
    constant: Flags
    value: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Cascade:
    """Widths :math:`n_0, ..., n_L` and the links between; links are numbered through all layers."""

    widths: tuple[int, ...]
    layers: tuple[Layer, ...]

    @property
    def sizes(self) -> Ints:
        """Number of links of each layer."""
        return np.array([len(layer.sources) for layer in self.layers])

    @property
    def links(self) -> int:
        """Number of links."""
        return int(self.sizes.sum())

    def competing(self, trainable_only: bool) -> list[Flags]:
        """Mark the links that count as weights, layer by layer."""
        every = [np.ones(len(layer.sources), dtype=bool) for layer in self.layers]
        return [~layer.constant for layer in self.layers] if trainable_only else every


def cascade_links(architecture: Architecture) -> Cascade:
    """Read a cascade, or raise if the architecture is none; equal layers may be one object."""
    wirings = cascade_wirings(architecture)
    widths = wirings[0].sources, *(wiring.targets for wiring in wirings)
    layers = {id(wiring): _layer(wiring) for wiring in wirings}
    return Cascade(widths, tuple(layers[id(wiring)] for wiring in wirings))


def _layer(wiring: Sparse) -> Layer:
    """Write down the links of one layer."""
    constant = np.zeros(wiring.links, dtype=bool) if wiring.constant is None else wiring.constant
    return Layer(wiring.indices.astype(np.int64), wiring.rows(), constant, wiring.value)
