"""How the channels that a `Select` names are fetched: decided once, from shapes alone.

There are four ways, and all give the same bits.

view
    A contiguous run of channels is a view of the feature map.
gather
    The channels are copied by one ``index_select``.
dealt
    Where several edges select from one feature map, the channels of all are gathered at once, as
    soon as the map is there, and dealt out in copies, so that each can go when it is used. Going
    back, all gradients come together in one step, where a gather per edge makes a full-sized
    gradient for each.
joined
    A concatenation of small parts takes the whole parts and selects from them in one gather.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Identity, Zero
from topograph.graph.wiring import Select

WORTH_A_CALL = 96
"""Values per sample that a joined concatenation may copy in vain for each call that it saves.

Measured on one core, forwards and backwards (`benchmarks/exported_cell.py`): joining takes 0.73 to
0.95 of the time at 3 to 55 values per call (vectors of width 8 to 64), 0.98 to 1.3 at 90 to 250 for
batches of 128, and loses from 350 on for smaller batches too.
"""


Joined = tuple[tuple[str, ...], tuple[int, ...]]
"""Feature maps that are joined, each once, and the channels of all together that are kept."""


@dataclass(frozen=True, slots=True)
class Selections:
    """What is selected from where.

    Attributes
    ----------
    joined : dict
        For each concatenation that selects after joining: what it joins and keeps.
    dealt : dict
        For each feature map whose selected channels are dealt out: the edges that take them.
    """

    joined: dict[str, Joined]
    dealt: dict[str, tuple[Edge, ...]]


def choose(architecture: Architecture, edges: dict[str, tuple[Edge, ...]]) -> Selections:
    """Choose how channels are fetched; `edges` are those that enter each node and matter."""
    late = {
        name: joined(architecture, entering)
        for name, entering in edges.items()
        if is_joined(architecture, architecture.node(name), entering)
    }
    takers: dict[str, list[Edge]] = {}
    for name, entering in edges.items():
        for edge in entering:
            if name not in late and selects(edge, architecture.node(edge.source)):
                takers.setdefault(edge.source, []).append(edge)
    dealt = {
        source: tuple(taken)
        for source, taken in takers.items()
        if len(taken) > 1 and any(run(channels(edge)) is None for edge in taken)
    }
    return Selections(late, dealt)


def selects(edge: Edge, source: Node) -> bool:
    """True if the edge needs some channels of its source, or needs them in another order."""
    if type(edge.wiring) is not Select or type(edge.op) is Zero:
        return False
    return run(channels(edge)) != (0, source.width)


def channels(edge: Edge) -> NDArray[np.int32]:
    """Return the channels that an edge selects."""
    assert isinstance(edge.wiring, Select)
    return edge.wiring.channels


def run(selected: NDArray[np.int32]) -> tuple[int, int] | None:
    """Return first channel and length of a contiguous ascending run; None if it is none."""
    contiguous = bool((np.diff(selected) == 1).all())
    return (int(selected[0]), len(selected)) if contiguous else None


def is_joined(architecture: Architecture, node: Node, entering: tuple[Edge, ...]) -> bool:
    """True if one gather behind the concatenation is cheaper than one per part."""
    if node.merge != "concat" or any(type(edge.op) is not Identity for edge in entering):
        return False
    sources = {edge.source: architecture.node(edge.source) for edge in entering}
    calls = sum(selects(edge, sources[edge.source]) for edge in entering)
    vain = sum(source.width for source in sources.values()) - node.width
    return calls > 1 and vain * prod(node.size) <= WORTH_A_CALL * calls


def joined(architecture: Architecture, entering: tuple[Edge, ...]) -> Joined:
    """Return what a concatenation reads as feature maps to join and channels to keep of them."""
    starts: dict[str, int] = {}
    end = 0
    for edge in entering:
        if edge.source not in starts:
            starts[edge.source] = end
            end += architecture.node(edge.source).width
    kept = [
        starts[edge.source]
        + (
            channels(edge)
            if isinstance(edge.wiring, Select)
            else np.arange(architecture.node(edge.source).width)
        )
        for edge in entering
    ]
    return tuple(starts), tuple(np.concatenate(kept).tolist())
