"""The links of a cascade, layer by layer, as arrays: what its measures read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.ops import Linear
from topograph.graph.wiring import Full, Grouped, OneToOne, Sparse, Wiring

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
    """Read a chain of linear maps, or raise if the architecture is none."""
    nodes = architecture.nodes
    chain = [architecture.in_edges(node.name) for node in nodes]
    plain = [node.normalisation is None and node.activation is None for node in nodes]
    linked = all(
        len(edges) == 1 and edges[0].source == before.name and type(edges[0].op) is Linear
        for (before, _), edges in zip(pairwise(nodes), chain[1:], strict=True)
    )
    if len(nodes) < 2 or chain[0] or not (linked and all(plain)):
        raise _refusal(f"{architecture!r}", "is no such chain")
    if architecture.outputs != (nodes[-1].name,):
        raise _refusal(f"{architecture!r}", f"has the outputs {architecture.outputs!r:.80}")
    edges = [incoming[0] for incoming in chain[1:]]
    widths = tuple(node.width for node in nodes)
    return Cascade(
        widths,
        tuple(
            _links(edge.wiring, ends, edge)
            for edge, ends in zip(edges, pairwise(widths), strict=True)
        ),
    )


def _refusal(what: str, why: str) -> ArchitectureError:
    """Say what a cascade is and why this is none."""
    return ArchitectureError(
        "A cascade is a chain of linear maps from one input to one output, without activations and "
        f"normalisations, since it stands in for one matrix. Received {what}, which {why}. "
        "Build it with topograph.generators.cascades, or cut the chain out of the network."
    )


@singledispatch
def _links(wiring: Wiring, ends: tuple[int, int], edge: Edge) -> Layer:
    """Write down the links of one wiring between layers of two widths."""
    raise _refusal(f"the edge {edge.source!r} -> {edge.target!r}", f"is wired by {wiring!r:.60}")


@_links.register
def _(wiring: Sparse, ends: tuple[int, int], edge: Edge) -> Layer:
    constant = np.zeros(wiring.links, dtype=bool) if wiring.constant is None else wiring.constant
    return Layer(wiring.indices.astype(np.int64), wiring.rows(), constant, wiring.value)


@_links.register
def _(wiring: Full, ends: tuple[int, int], edge: Edge) -> Layer:
    return _blocks(1, ends)


@_links.register
def _(wiring: Grouped, ends: tuple[int, int], edge: Edge) -> Layer:
    return _blocks(wiring.groups, ends)


@_links.register
def _(wiring: OneToOne, ends: tuple[int, int], edge: Edge) -> Layer:
    return _blocks(ends[0], ends)


def _blocks(groups: int, ends: tuple[int, int]) -> Layer:
    """Link consecutive runs of sources with consecutive runs of targets, each in full."""
    fan, made = ends[0] // groups, ends[1] // groups
    targets = np.repeat(np.arange(ends[1]), fan)
    sources = np.tile(np.arange(fan), ends[1]) + targets // made * fan
    return Layer(sources, targets, np.zeros(len(sources), dtype=bool))
