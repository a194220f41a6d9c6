"""How wirings become a cascade: one layer after another, and what is said about dead neurons."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Linear
from topograph.graph.wiring import Sparse

CELL = "cascade"
Flags = NDArray[np.bool_]


def cascade(
    wirings: Sequence[Sparse], name: str, *, diagonal: bool = False, stacklevel: int = 4
) -> Architecture:
    """Put linear layers without bias in a row; `diagonal` adds a trainable factor per output.

    `stacklevel` is that of a warning of dead neurons, counted from where it is given.
    """
    layers = [*wirings, straight(wirings[-1].targets)] if diagonal else list(wirings)
    nodes = [Node("input", layers[0].sources)]
    edges = []
    for layer, wiring in enumerate(layers):
        nodes.append(Node(f"layer_{layer}", wiring.targets, cell=CELL, layer=layer))
        edges.append(Edge(nodes[-2].name, nodes[-1].name, Linear(bias=False), wiring))
    warn_of_dead(layers, stacklevel=stacklevel)
    return Architecture(tuple(nodes), tuple(edges), name=name)


def straight(width: int) -> Sparse:
    """Link neuron i with neuron i, to be trained."""
    return Sparse(np.arange(width + 1), np.arange(width), width)


def warn_of_dead(wirings: Sequence[Sparse], *, stacklevel: int) -> None:
    """Warn of neurons that no input reaches or that reach no output."""
    dead = dead_neurons(wirings)
    count = sum(map(len, dead))
    if count:
        places = [f"{_place(at)}: {_few(found)}" for at, found in enumerate(dead) if len(found)]
        named = "; ".join(places[:4] + ["..."] * (len(places) > 4))
        warnings.warn(
            "A neuron of a cascade takes part where an input reaches it and it reaches an output. "
            f"Received {count} dead neurons ({named}). "
            "Add links to them, raise the density, or leave these neurons out.",
            UserWarning,
            stacklevel=stacklevel,
        )


def dead_neurons(wirings: Sequence[Sparse]) -> list[NDArray[np.int64]]:
    """Return the numbers of dead neurons: those of the input, then those of each layer."""
    reached: list[Flags] = [np.ones(wirings[0].sources, dtype=bool)]
    for wiring in wirings:
        alive = reached[-1][wiring.indices]
        reached.append(np.bincount(wiring.rows()[alive], minlength=wiring.targets) > 0)
    useful: list[Flags] = [np.ones(wirings[-1].targets, dtype=bool)]
    for wiring in reversed(wirings):
        used = useful[-1][wiring.rows()]
        useful.append(np.bincount(wiring.indices[used], minlength=wiring.sources) > 0)
    pairs = zip(reached, reversed(useful), strict=True)
    return [np.flatnonzero(~(comes & goes)) for comes, goes in pairs]


def _place(at: int) -> str:
    """Name the input or a layer."""
    return "input" if at == 0 else f"layer {at - 1}"


def _few(numbers: NDArray[np.int64]) -> str:
    """At most six of the numbers."""
    shown = ", ".join(map(str, numbers[:6].tolist()))
    return shown if len(numbers) <= 6 else f"{shown}, ... {len(numbers)} in all"
