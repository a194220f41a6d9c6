"""The architecture graph: an immutable, hashable value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from topograph.errors import ArchitectureError
from topograph.graph import rules
from topograph.graph.draft import Draft, Violation, check_types
from topograph.graph.edge import Edge
from topograph.graph.node import Node

if TYPE_CHECKING:
    from topograph.graph.channels import ChannelGraph


@dataclass(frozen=True)
class Architecture:
    """A neural network as a directed acyclic multigraph of feature maps and ops.

    Nodes are kept in a topological order (the given one if it is one already), edges in the order
    in which they enter their targets. Two architectures are equal if their nodes, edges and outputs
    are; the name is a label and takes no part in it.

    Parameters
    ----------
    nodes : iterable of Node
    edges : iterable of Edge
    outputs : iterable of str, optional
        Names of the nodes whose values leave the network; by default those that no edge leaves.
    name : str
        A label for tables and figures.

    Raises
    ------
    ArchitectureError
        If a rule of structure is broken: names, counts, words, places, endpoints, positions,
        cycles. See `topograph.graph.RULES`.
    ShapeError
        If widths, sizes or wirings do not fit together.

    Examples
    --------
    >>> from topograph.graph import Identity, Linear
    >>> block = Architecture(
    ...     [Node("x", 4), Node("h", 4, activation="relu"), Node("y", 4)],
    ...     [
    ...         Edge("x", "h", Linear()),
    ...         Edge("x", "y", Identity(), position=0),
    ...         Edge("h", "y", Linear(), position=1),
    ...     ],
    ... )
    >>> block.inputs, block.outputs
    (('x',), ('y',))
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    outputs: tuple[str, ...] = ()
    name: str = field(default="", compare=False)
    _by_name: dict[str, Node] = field(init=False, repr=False, compare=False)
    _entering: dict[str, tuple[Edge, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_types((), (), (self.name,))
        draft = Draft.of(self.nodes, self.edges, self.outputs)
        _refuse(rules.broken(draft))
        nodes = _topological(draft.nodes, draft.edges)
        entering = {node.name: draft.entering[node.name] for node in nodes}
        for edges in entering.values():
            edges.sort(key=attrgetter("position"))
        self.__dict__.update(
            nodes=nodes,
            edges=tuple(chain.from_iterable(entering.values())),
            outputs=draft.outputs,
            _by_name=draft.by_name,
            _entering={name: tuple(edges) for name, edges in entering.items()},
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy what it is made of, not what was computed from it."""
        return Architecture, (self.nodes, self.edges, self.outputs, self.name)

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content in canonical form: the same on every machine."""
        from topograph.graph.records import digest

        return digest(self)

    @cached_property
    def _leaving(self) -> dict[str, tuple[Edge, ...]]:
        found: dict[str, list[Edge]] = {node.name: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.source].append(edge)
        return {name: tuple(edges) for name, edges in found.items()}

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Nodes that no edge enters: the arguments of the network, in this order."""
        entered = {edge.target for edge in self.edges}
        return tuple(node.name for node in self.nodes if node.name not in entered)

    @cached_property
    def cells(self) -> dict[str, tuple[Node, ...]]:
        """The layers of each cell, in order; cells in the order in which they appear."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            if node.cell is not None and node.layer is not None:
                found.setdefault(node.cell, []).append(node)
        return {
            cell: tuple(sorted(layers, key=lambda node: node.layer or 0))
            for cell, layers in found.items()
        }

    def node(self, name: str) -> Node:
        """Return the node of that name."""
        if name not in self._by_name:
            raise ArchitectureError(
                f"A node is looked up by its name. Received {name!r}. "
                f"The nodes are {', '.join(list(self._by_name)[:12])}, ..."
            )
        return self._by_name[name]

    def in_edges(self, name: str) -> tuple[Edge, ...]:
        """Edges that enter a node, by position."""
        return self._entering[self.node(name).name]

    def out_edges(self, name: str) -> tuple[Edge, ...]:
        """Edges that leave a node, in the order of their targets."""
        return self._leaving[self.node(name).name]

    def with_edge(self, edge: Edge) -> Architecture:
        """Return a copy with one more edge, which enters its target last."""
        last = len(self._entering.get(edge.target, ()))
        return replace(self, edges=(*self.edges, replace(edge, position=last)))

    def without(self, part: Edge | str) -> Architecture:
        """Return a copy without an edge, or without a node and all its edges.

        The edges behind it at the same target move up by one position. A concatenation that loses
        a part becomes narrower by it.
        """
        from topograph.graph.edit import without

        return without(self, part)

    def replace(self, part: Edge | str, **changes: Any) -> Architecture:
        """Return a copy in which fields of an edge, or of the node of that name, are changed.

        An edge in the natural wiring of its op takes that of a new op.
        """
        from topograph.graph.edit import changed

        return changed(self, part, **changes)

    def renamed(self, name: str) -> Architecture:
        """Return a copy under another label."""
        return replace(self, name=name)

    def assign_cells(self, *, by: str = "resolution") -> Architecture:
        """Return a copy whose layers have cells and places in them, instead of those they had.

        Layers are the nodes that a convolution enters; in a network without maps, those that a
        linear map enters. Projections on skip connections that end in a sum are none. Layers of one
        spatial size that follow one another are a cell, ``"cell_1"``, ``"cell_2"``, ...; they are
        numbered 0, 1, ... along the network. Other nodes join the cell of their size behind
        which they come, or else the one to which they lead; inputs join none.

        Raises
        ------
        ArchitectureError
            If there is no layer, or a layer does not lead to the next, as in parallel branches.
        """
        from topograph.graph.cells import assign_cells

        return assign_cells(self, by=by)

    def channel_graph(self) -> ChannelGraph:
        """Unfold the feature maps into channels; see `topograph.graph.ChannelGraph`."""
        return self._channel_graph

    @cached_property
    def _channel_graph(self) -> ChannelGraph:
        from topograph.graph.contract import channel_graph

        return channel_graph(self)

    def __repr__(self) -> str:
        label = f"{self.name!r}, " if self.name else ""
        return f"Architecture({label}{len(self.nodes)} nodes, {len(self.edges)} edges)"

    def _repr_html_(self) -> str:
        from topograph.graph.views import to_html

        return to_html(self)


def _refuse(violations: list[Violation]) -> None:
    """Raise the first violation, and say how many there are."""
    if violations:
        first, *others = violations
        more = f" ({len(others)} more violations follow.)" if others else ""
        raise first.error(f"[{first.rule}] {first.message}{more}")


def _topological(nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> tuple[Node, ...]:
    """Order nodes so that edges lead forwards, otherwise as they were given."""
    place = {node.name: index for index, node in enumerate(nodes)}
    if all(place[edge.source] < place[edge.target] for edge in edges):
        return nodes
    waiting = [0] * len(nodes)
    followers: list[list[int]] = [[] for _ in nodes]
    for edge in edges:
        waiting[place[edge.target]] += 1
        followers[place[edge.source]].append(place[edge.target])
    ready = [index for index, count in enumerate(waiting) if not count]
    heapify(ready)
    order = []
    while ready:
        index = heappop(ready)
        order.append(nodes[index])
        for follower in followers[index]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heappush(ready, follower)
    return tuple(order)
