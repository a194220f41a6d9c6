"""Blocks: additions that pass over the same layers, and the feature maps inside."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topograph.graph.additions import Addition, additions, main_edges
from topograph.graph.edge import Edge
from topograph.graph.ops import Conv2d
from topograph.graph.wiring import Grouped, OneToOne

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture


@dataclass(frozen=True, slots=True)
class Skip:
    """An addition inside a block: from one place to another, at least two layers behind.

    Attributes
    ----------
    start, stop : int
        Places between which it leads.
    channels : int
        Different channels that it carries.
    projected : bool
        Whether a projection changes their number on the way.
    """

    start: int
    stop: int
    channels: int
    projected: bool


@dataclass(frozen=True, slots=True)
class Block:
    r"""Layers that additions pass over.

    Place 0 is where the block begins; a layer reads at place :math:`j` and writes at
    :math:`j + 1`; the last sum stands at place :math:`k`, behind :math:`k` layers.

    Attributes
    ----------
    cell : str or None
        Cell to which the block belongs: that of its last sum or, if it has none, of its last layer.
    widths : tuple of int
        Channels at the places :math:`0, \dots, k`: those that layers read and, at the last place,
        those of the sum.
    skips : tuple of Skip
    route : tuple of str
        Names of the nodes that they enter: the sums, and what carries and projects before them.
    is_separable : bool
        True for two layers of which the first filters each channel by itself: an inverted residual
        block without expansion.
    """

    cell: str | None
    widths: tuple[int, ...]
    skips: tuple[Skip, ...]
    route: tuple[str, ...]
    is_separable: bool


def blocks(architecture: Architecture) -> tuple[Block, ...]:
    """Find the blocks of an architecture: additions that share a layer are in one block.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> x = b.input(4, name="x")
    >>> h = b.linear(b.linear(x, 6), 4)
    >>> y = b.add([h, x], name="y")
    >>> blocks(b.build())[0].widths
    (4, 6, 4)
    """
    return tuple(_block(architecture, group) for group in _groups(additions(architecture)))


def _groups(found: Iterable[Addition]) -> list[list[Addition]]:
    """Put additions that share a layer into one group."""
    groups: list[tuple[set[Edge], list[Addition]]] = []
    for addition in found:
        layers, members = set(addition.layers), [addition]
        apart = []
        for others, group in groups:
            if layers.isdisjoint(others):
                apart.append((others, group))
            else:
                layers, members = layers | others, group + members
        groups = [*apart, (layers, members)]
    return [members for _, members in groups]


def _block(architecture: Architecture, group: list[Addition]) -> Block:
    """Lay a group of additions out along the places of its layers."""
    projections = {edge for addition in group for edge in addition.route}
    passed = dict.fromkeys(edge for addition in group for edge in addition.layers)
    layers = {edge: None for edge in passed if edge not in projections}
    places = _places(architecture, group, layers)
    last = max(places[addition.target] for addition in group)
    reads: list[dict[str, int]] = [{} for _ in range(last)]
    for edge in layers:
        width = edge.reads(architecture.node(edge.source).width)
        at = reads[places[edge.source]]
        at[edge.source] = max(width, at.get(edge.source, 0))
    ends = [a.target for a in group if places[a.target] == last]
    final = max(architecture.node(name).width for name in ends)
    first = [edge for edge in layers if places[edge.source] == 0]
    return Block(
        cell=_cell(architecture, ends, layers, places),
        widths=(*(sum(at.values()) for at in reads), final),
        skips=_skips(group, places),
        route=tuple(dict.fromkeys(edge.target for a in group for edge in a.route)),
        is_separable=last == 2 and all(_filters(architecture, edge) for edge in first),
    )


def _places(
    architecture: Architecture, group: list[Addition], layers: Collection[Edge]
) -> dict[str, int]:
    """Number of layers of a block before each of its feature maps, along the longest way."""
    begins = {addition.source for addition in group}
    ends = {addition.target for addition in group}
    places: dict[str, int] = {}
    for node in architecture.nodes:
        if not places and node.name not in begins:
            continue
        ways = [
            places[edge.source] + (edge in layers)
            for edge in main_edges(architecture, node)
            if edge.source in places
        ]
        if ways or node.name in begins:
            places[node.name] = max(ways, default=0)
        ends.discard(node.name)
        if not ends:
            break
    return places


def _skips(group: list[Addition], places: dict[str, int]) -> tuple[Skip, ...]:
    """The additions of a block by their places; parallel ones between two maps count once."""
    widest: dict[tuple[str, str], Addition] = {}
    for addition in group:
        ends = addition.source, addition.target
        if ends not in widest or addition.channels > widest[ends].channels:
            widest[ends] = addition
    return tuple(
        Skip(places[a.source], places[a.target], a.channels, a.projected) for a in widest.values()
    )


def _filters(architecture: Architecture, edge: Edge) -> bool:
    """True for a depthwise convolution."""
    width = architecture.node(edge.source).width
    alone = isinstance(edge.wiring, OneToOne) or edge.wiring == Grouped(width)
    return isinstance(edge.op, Conv2d) and alone


def _cell(
    architecture: Architecture, ends: list[str], layers: Collection[Edge], places: dict[str, int]
) -> str | None:
    """The cell of the last sum or of the last layer that lies in one."""
    behind = sorted((edge.target for edge in layers), key=lambda name: -places[name])
    cells = (architecture.node(name).cell for name in (*reversed(ends), *behind))
    return next((cell for cell in cells if cell in architecture.cells), None)
