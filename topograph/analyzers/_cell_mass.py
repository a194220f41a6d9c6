"""One cell in the terms of NN-Mass: what it has and what it could have."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from topograph.analyzers._addition_mass import AdditionMass
from topograph.errors import ArchitectureError
from topograph.graph.node import Node


class CellMass(NamedTuple):
    """A cell as a row of a profile; `topograph.analyzers.MassProfile` names the columns."""

    skips: str
    depth: int
    width: int
    channels: int
    links: int
    possible: int
    mass: float


def added(
    cell: str, layers: tuple[Node, ...], taken: dict[str, int], found: list[AdditionMass]
) -> CellMass:
    """Add up the blocks of a cell; `taken` are the long-range links that belong to no addition."""
    _check_numbers(cell, layers)
    if any(taken[layer.name] for layer in layers):
        raise ArchitectureError(
            "The long-range links of a cell are concatenated or added, since Eqs. (2) and (3) "
            f"weigh them differently. Received both in cell {cell!r}. "
            "Divide it into cells of one kind."
        )
    depth, channels, links, possible = (sum(part) for part in zip(*found, strict=True))
    mass = sum(part.mass for part in found)
    kind = "added" if links else "none"
    return CellMass(kind, depth, _width(layers), channels, links, possible, mass)


def concatenated(
    cell: str,
    layers: tuple[Node, ...],
    taken: dict[str, int],
    classifier: str,
    *,
    ends: Collection[str],
) -> CellMass:
    """Count the long-range links of a cell without additions; `ends` are outputs of the network."""
    _check_numbers(cell, layers)
    inner = layers[:-1] if layers[-1].name in ends else layers
    if classifier == "excluded":
        layers = inner
    depth = len(layers)
    weight = [layer.width if classifier == "weighted" else 1 for layer in layers]
    links = sum(taken[layer.name] * copies for layer, copies in zip(layers, weight, strict=True))
    width = _width(inner)
    if links and not width:
        raise ArchitectureError(
            "NN-Mass of concatenated skip connections needs cells of one width, as its formula has "
            f"one. Received widths {sorted({layer.width for layer in inner})} in cell {cell!r}. "
            "Divide it into cells of one width."
        )
    # The denominator of Eq. (1): layer i could read the channels of layers 0, ..., i - 2.
    before = np.cumsum([0, *(layer.width for layer in layers)])
    possible = sum(int(before[i - 1]) * weight[i] for i in range(2, depth))
    channels = width * depth or int(before[-1])
    # Eq. (2)
    mass = channels * (links / possible) if links else 0.0
    kind = "concatenated" if links else "none"
    return CellMass(kind, depth, width, channels, links, possible, mass)


def _width(layers: tuple[Node, ...]) -> int:
    """The common width of layers, or 0."""
    widths = {layer.width for layer in layers}
    return widths.pop() if len(widths) == 1 else 0


def _check_numbers(cell: str, layers: tuple[Node, ...]) -> None:
    """Raise unless the layers of a cell are numbered 0, 1, 2, ..."""
    places = [layer.layer for layer in layers]
    if places != list(range(len(layers))):
        raise ArchitectureError(
            "The layers of a cell are numbered 0, 1, 2, ..., since links are long or short by "
            f"these numbers. Received {places} in cell {cell!r}. Number them without gaps."
        )
