"""A plan under construction: steps between numbered values, each value written once."""

from __future__ import annotations

from topograph.exporter.expression import Call, Layer, activation, module, normalisation
from topograph.exporter.keys import Names
from topograph.exporter.selection import channels, choose, run, selects
from topograph.exporter.sharing import sharing
from topograph.exporter.slots import Step
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Size, Zero

MERGES = {"concat": "torch.cat", "sum": "+", "product": "*"}

Place = tuple[str, int]
"""Target and position of an edge."""


class Draft:
    """The steps that compute the outputs of an architecture.

    Attributes
    ----------
    steps : list of Step
    values : dict of str to int
        The value of each node that is computed; those of the inputs come first.
    layers : dict of str to Layer
        By key, in the order of the nodes.
    channels : dict of str to tuple of int
        Lists of channels to gather, by key.
    statistics : dict of str to tuple of int
        Lists of channels whose statistics are collected, by key.
    owners : dict of str to str
        The node to which the layer or the list under a key belongs.
    keys : dict of (str, int) to str
        Of the layer on each edge, by target and position; of a normalisation at position -1.
    """

    def __init__(self, architecture: Architecture) -> None:
        self._architecture = architecture
        self._entering = _needed(architecture)
        self._selections = choose(architecture, self._entering)
        self._sharing = sharing(architecture, self._entering)
        self._shared = {source for sources, _ in self._sharing.values() for source in sources}
        self._names = Names(node.name for node in architecture.nodes)
        self.layers: dict[str, Layer] = {}
        self.channels: dict[str, tuple[int, ...]] = {}
        self.statistics: dict[str, tuple[int, ...]] = {}
        self.owners: dict[str, str] = {}
        self._written: dict[Place, Layer | Call | None] = {}
        self.keys: dict[Place, str] = {}
        for node in architecture.nodes:
            self._write(node)
        self.steps: list[Step] = []
        self.values = {name: value for value, name in enumerate(architecture.inputs)}
        self._pieces: dict[Place, int] = {}
        self._moments: dict[str, int] = {}
        self._count = len(self.values)
        for node in architecture.nodes:
            if node.name in self._entering:
                self._compute(node)

    def _write(self, node: Node) -> None:
        """Write what is on the edges into a node, and name the layers; its norm is at -1."""
        node_of = self._architecture.node
        written = {
            (node.name, edge.position): module(edge.op, edge, node_of(edge.source), node)
            for edge in self._architecture.in_edges(node.name)
        }
        layers = {place: part for place, part in written.items() if isinstance(part, Layer)}
        for place, layer in layers.items():
            if len(layers) == 1:
                self._add(place, layer, self._names.give(node.name, own=node.name))
            else:
                self._add(place, layer, self._names.give(f"{node.name}_{place[1]}"))
        if node.normalisation is not None:
            layer = normalisation(node.normalisation, node.width, node.size)
            self._add((node.name, -1), layer, self._names.give(f"{node.name}_norm"))
        self._written |= written

    def _add(self, place: Place, layer: Layer, key: str) -> None:
        """Store a layer under its key."""
        self.keys[place] = key
        self.layers[key] = layer
        self.owners[key] = place[0]

    def _compute(self, node: Node) -> None:
        """Add the steps that make the value of a node and of what is selected from it."""
        edges = self._entering[node.name]
        value = self._merged(node, edges) if edges else self.values[node.name]
        if node.normalisation is not None:
            value = self._normalised(node.name, value)
        if node.activation is not None:
            call = activation(node.activation, overwrites=node.normalisation == "batch")
            value = self._step("call", call, value, node=node.name)
        self.values[node.name] = value
        if node.name in self._shared:
            self._moments[node.name] = self._step("moments", "", value, node=node.name)
        if node.name in self._selections.dealt:
            self._deal(node.name, value)

    def _normalised(self, name: str, value: int) -> int:
        """Value of a node behind its normalisation."""
        layer = self.keys[name, -1]
        if name not in self._sharing:
            return self._step("layer", layer, value, node=name)
        sources, kept = self._sharing[name]
        key = self._names.give(f"{layer}_channels")
        self.statistics[key] = kept
        given = (self._moments[source] for source in sources)
        return self._step(
            "norm", layer, value, self._step("collect", key, *given, node=name), node=name
        )

    def _merged(self, node: Node, edges: tuple[Edge, ...]) -> int:
        """Value of a node before its normalisation."""
        what = MERGES[node.merge]
        if node.name in self._selections.joined:
            sources, kept = self._selections.joined[node.name]
            value = self._merge(what, [self.values[source] for source in sources], node.name)
            return self._gather(value, kept, owner=node.name, node=node.name)
        parts = [self._carried(edge) for edge in edges]
        if node.merge == "product":
            parts = [
                self._spread(part, edge, node) for part, edge in zip(parts, edges, strict=True)
            ]
        return self._merge(what, parts, node.name)

    def _merge(self, what: str, parts: list[int], node: str) -> int:
        """Value of several parts together; a single part stays as it is."""
        return parts[0] if len(parts) == 1 else self._step("merge", Call(what), *parts, node=node)

    def _carried(self, edge: Edge) -> int:
        """Value that an edge brings to its target."""
        value = self._selected(edge)
        place = (edge.target, edge.position)
        written = self._written[place]
        if isinstance(written, Layer):
            return self._step("layer", self.keys[place], value, node=edge.target)
        if isinstance(written, Call):
            return self._step("call", written, value, node=edge.target)
        return value

    def _selected(self, edge: Edge) -> int:
        """Value that the op of an edge sees."""
        value = self.values[edge.source]
        place = (edge.target, edge.position)
        if place in self._pieces:
            return self._pieces[place]
        if not selects(edge, self._architecture.node(edge.source)):
            return value
        stretch = run(channels(edge))
        if stretch is not None:
            return self._step("call", Call("torch.narrow", (1, *stretch)), value, node=edge.target)
        kept = tuple(channels(edge).tolist())
        return self._gather(value, kept, owner=edge.source, node=edge.target)

    def _spread(self, value: int, edge: Edge, node: Node) -> int:
        """Value of a factor, a vector that meets a map given axes of one pixel."""
        axes = len(node.size) - len(_arrival_size(edge, self._architecture))
        return self._step("call", Call("spread", (axes,)), value, node=node.name) if axes else value

    def _deal(self, source: str, value: int) -> None:
        """Gather all channels that are selected from a feature map, and deal them out."""
        edges = self._selections.dealt[source]
        kept = tuple(channel for edge in edges for channel in channels(edge).tolist())
        pieces = tuple(range(self._count, self._count + len(edges)))
        self._count += len(edges)
        places = [(edge.target, edge.position) for edge in edges]
        self._pieces |= dict(zip(places, pieces, strict=True))
        lengths = tuple(len(channels(edge)) for edge in edges)
        key = self._list(kept, source)
        self.steps.append(Step("deal", key, (value,), pieces, source, lengths))

    def _gather(self, value: int, kept: tuple[int, ...], *, owner: str, node: str) -> int:
        """Value of some channels."""
        return self._step("gather", self._list(kept, owner), value, node=node)

    def _list(self, kept: tuple[int, ...], owner: str) -> str:
        """Store a list of channels and return its key."""
        key = self._names.give(f"{owner}_channels")
        self.channels[key] = kept
        self.owners[key] = owner
        return key

    def _step(self, kind: str, what: str | Call, *inputs: int, node: str) -> int:
        """Add a step with one output and return the number of its value."""
        value = self._count
        self._count += 1
        self.steps.append(Step(kind, what, inputs, (value,), node))
        return value


def _needed(architecture: Architecture) -> dict[str, tuple[Edge, ...]]:
    """Nodes on which an output depends, in order, with the edges that make their values."""
    needed = set(architecture.outputs)
    entering = {}
    for node in reversed(architecture.nodes):
        if node.name in needed:
            entering[node.name] = _effective(node, architecture.in_edges(node.name))
            needed.update(edge.source for edge in entering[node.name])
    return dict(reversed(entering.items()))


def _effective(node: Node, edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """Leave out zeros in a sum, and everything else in a product with a zero."""
    zeros = tuple(edge for edge in edges if type(edge.op) is Zero)
    if not zeros or node.merge == "concat":
        return edges
    others = tuple(edge for edge in edges if type(edge.op) is not Zero)
    return others if others and node.merge == "sum" else zeros[:1]


def _arrival_size(edge: Edge, architecture: Architecture) -> Size:
    """Extents in which an edge arrives."""
    if type(edge.op) is Zero:
        return architecture.node(edge.target).size
    return edge.op.output_size(architecture.node(edge.source).size)
