"""The parts of networks whose layers read random channels of earlier layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from topograph.graph.architecture import Architecture
from topograph.graph.channels import Counts
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Conv2d, Identity, Op, Size
from topograph.graph.wiring import OneToOne, Select, Wiring

EXPANSION = 6
"""Channels inside a MobileNetV2 expansion block per channel that enters it."""

Chosen = tuple[int, Select]
"""Number of a layer, and the channels that are read of it."""

_CARRY = Identity()
_STRAIGHT = OneToOne()
_CONV = {1: Conv2d(3), 2: Conv2d(3, stride=2)}
_POINTWISE = Conv2d(1)


def random_links(
    width: int, depth: int, *, candidates: int, rng: np.random.Generator
) -> list[Counts]:
    r"""Draw what each of the layers 1, ..., depth - 1 reads over skip connections.

    Layer :math:`i` reads :math:`\min\{w (i - 1), t\}` of the :math:`w (i - 1)` channels of layers
    :math:`0, \dots, i - 2`, which are numbered through; each set is ascending.
    """
    drawn = []
    for i in range(1, depth):
        pool = width * (i - 1)
        if candidates < pool:
            drawn.append(np.sort(rng.choice(pool, candidates, replace=False, shuffle=False)))
        else:
            drawn.append(np.arange(pool))
    return drawn


def by_layer(drawn: list[Counts], width: int) -> list[list[Chosen]]:
    """Divide the channels that each layer reads among the layers of `width` that hold them."""
    channels = np.concatenate(drawn)
    reader = np.repeat(np.arange(len(drawn)), [len(one) for one in drawn])
    owner, local = np.divmod(channels, width)
    local = local.astype(np.int32)
    local.flags.writeable = False
    cuts = np.flatnonzero(np.diff(reader * len(drawn) + owner, prepend=-1, append=-1))
    parts: list[list[Chosen]] = [[] for _ in drawn]
    ends = zip(reader[cuts[:-1]].tolist(), owner[cuts[:-1]].tolist(), strict=True)
    for (by, layer), (low, high) in zip(ends, pairwise(cuts.tolist()), strict=True):
        parts[by].append((layer, Select(local[low:high])))
    return parts


@dataclass
class Parts:
    """Nodes and edges of a network under construction; methods return the name of a new node."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def build(self, name: str) -> Architecture:
        """Check the parts and make the architecture."""
        return Architecture(tuple(self.nodes.values()), tuple(self.edges), (), name)

    def input(self, name: str, width: int, size: Size = ()) -> str:
        """Add an input."""
        self.nodes[name] = Node(name, width, size)
        return name

    def link(
        self,
        name: str,
        width: int,
        source: str,
        op: Op,
        wiring: Wiring | None = None,
        **fields: Any,
    ) -> str:
        """Add a node that one edge enters."""
        size = op.output_size(self.nodes[source].size)
        self.nodes[name] = Node(name, width, size, **fields)
        self.edges.append(Edge(source, name, op, wiring))
        return name

    def concat(
        self, name: str, layers: list[str], chosen: Sequence[Chosen] = (), **fields: Any
    ) -> str:
        """Add the last of the layers, in full, beside chosen channels of those before it."""
        last = self.nodes[layers[-1]]
        width = last.width + sum(len(part.channels) for _, part in chosen)
        self.nodes[name] = Node(name, width, last.size, "concat", **fields)
        self.edges.append(Edge(layers[-1], name, _CARRY, _STRAIGHT, 0))
        self.edges += [
            Edge(layers[layer], name, _CARRY, part, position)
            for position, (layer, part) in enumerate(chosen, start=1)
        ]
        return name

    def convolution(
        self, name: str, width: int, source: str, *, stride: int = 1, **fields: Any
    ) -> str:
        """Add a 3 x 3 convolution."""
        return self.link(name, width, source, _CONV[stride], **fields)

    def expansion_block(
        self, name: str, width: int, source: str, *, stride: int = 1, cell: str, layer: int
    ) -> str:
        """Add a MobileNetV2 expansion block; its last convolution is the layer."""
        inner: dict[str, Any] = {"normalisation": "batch", "activation": "relu6", "cell": cell}
        wide = EXPANSION * self.nodes[source].width
        expanded = self.link(f"{name}_expand", wide, source, _POINTWISE, **inner)
        filtered = self.link(f"{name}_filter", wide, expanded, _CONV[stride], _STRAIGHT, **inner)
        return self.link(name, width, filtered, _POINTWISE, cell=cell, layer=layer)
