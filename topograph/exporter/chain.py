"""Networks that are chains of linear layers, each of which may read any earlier neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topograph.errors import ArchitectureError
from topograph.graph import Architecture, Edge, Full, Identity, Linear, Node, Select

__all__ = ["Chain", "check_alike", "read_chain"]

Neurons = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A network of linear layers, in order.

    Attributes
    ----------
    inputs : int
        Numbers that enter the first layer.
    widths : tuple of int
        Neurons of each layer; the last one is the output.
    activation : str or None
        Of all layers but the last, which has none.
    reads : tuple of int64 array
        For each layer but the first, the neurons that it reads, in the order of its weights. The
        neurons of the layers are numbered through from 0.
    """

    inputs: int
    widths: tuple[int, ...]
    activation: str | None
    reads: tuple[Neurons, ...]


def read_chain(architecture: Architecture) -> Chain:
    """Read the layers of a network of vectors.

    Raises
    ------
    ArchitectureError
        If a node is neither the input, nor a linear layer with a bias, nor a concatenation of
        neurons of layers, or if the layers differ in their activation.
    """
    reader = _Reader(architecture)
    for node in architecture.nodes:
        reader.enter(node)
    return reader.chain()


class _Reader:
    """Walks through the nodes and collects the layers."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self.layers: list[Node] = []
        self.reads: list[Neurons] = []
        self.neurons: dict[str, Neurons] = {}
        self.require(len(architecture.inputs) == 1, "there is not exactly one input")
        self.input = architecture.node(architecture.inputs[0])
        self.count = 0

    def require(self, holds: bool, fault: str) -> None:
        """Refuse the network unless something holds."""
        if not holds:
            raise ArchitectureError(
                "A population is made of networks of vectors in which each layer is one linear map "
                "with a bias, of the input or of neurons of earlier layers, under one activation "
                "for all layers but the last, so that a layer of all networks is one product. "
                f"Received {self.architecture!r}, in which {fault}. "
                "Build it with topograph.to_module and train it by itself."
            )

    def enter(self, node: Node) -> None:
        """Collect a node by its kind."""
        self.require(not node.size, f"{node.name} is a map")
        self.require(node.normalisation is None, f"{node.name} is normalised")
        edges = self.architecture.in_edges(node.name)
        if not edges:
            self.require(node.activation is None, "the input has an activation")
        elif node.merge == "concat":
            self.enter_concatenation(node, edges)
        else:
            self.enter_layer(node, edges)

    def enter_concatenation(self, node: Node, edges: tuple[Edge, ...]) -> None:
        """Note which neurons a concatenation holds."""
        self.require(node.activation is None, f"the concatenation {node.name} has an activation")
        for edge in edges:
            carries = isinstance(edge.op, Identity) and edge.source in self.neurons
            self.require(carries, f"{edge} does not carry neurons of a layer unchanged")
        self.neurons[node.name] = np.concatenate([self.carried(edge) for edge in edges])

    def carried(self, edge: Edge) -> Neurons:
        """Neurons that an edge brings into a concatenation."""
        neurons = self.neurons[edge.source]
        return neurons[edge.wiring.channels] if isinstance(edge.wiring, Select) else neurons

    def enter_layer(self, node: Node, edges: tuple[Edge, ...]) -> None:
        """Note a layer and what it reads."""
        single = len(edges) == 1 and edges[0].op == Linear() and edges[0].wiring == Full()
        self.require(single, f"{node.name} is not a single full linear map with a bias")
        source = edges[0].source
        is_first = source == self.input.name
        self.require(is_first != bool(self.layers), f"{node.name} reads {source}")
        if not is_first:
            self.reads.append(self.neurons[source])
        self.layers.append(node)
        self.neurons[node.name] = np.arange(self.count, self.count + node.width)
        self.count += node.width

    def chain(self) -> Chain:
        """Put the layers together."""
        self.require(len(self.layers) > 1, "there are fewer than two layers")
        *hidden, last = self.layers
        is_end = self.architecture.outputs == (last.name,)
        self.require(is_end, f"the output is {self.architecture.outputs} and not the last layer")
        self.require(last.activation is None, f"the last layer, {last.name}, has an activation")
        activation = hidden[0].activation
        for node in hidden:
            alike = node.activation == activation
            self.require(alike, f"{hidden[0].name} and {node.name} differ in activation")
        return Chain(
            inputs=self.input.width,
            widths=tuple(node.width for node in self.layers),
            activation=activation,
            reads=tuple(self.reads),
        )


def check_alike(chains: Sequence[Chain]) -> None:
    """Refuse networks that cannot run side by side.

    Raises
    ------
    ArchitectureError
        If two networks differ in something else than their wiring; or if there is none.
    """
    rule = (
        "A population is made of networks that differ only in which earlier neurons a layer reads, "
        "so that their weights lie side by side."
    )
    if not chains:
        raise ArchitectureError(f"{rule} Received no network. Give at least one.")
    for number, chain in enumerate(chains):
        for what in ("inputs", "widths", "activation"):
            first, other = getattr(chains[0], what), getattr(chain, what)
            if first != other:
                raise ArchitectureError(
                    f"{rule} Received the {what} {first} in network 0 and {other} in network "
                    f"{number}. Make a population of each kind."
                )
