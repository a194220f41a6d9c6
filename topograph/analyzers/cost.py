"""What an architecture costs: parameters, multiply-accumulates, floating-point operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from math import prod
from typing import TYPE_CHECKING

from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import (
    Activation,
    Conv2d,
    Flatten,
    GlobalPool,
    Identity,
    Linear,
    Norm,
    Op,
    Pool,
    Zero,
)
from topograph.graph.required import require_architecture
from topograph.graph.wiring import Full, Grouped, OneToOne, Sparse, Wiring
from topograph.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cost", "NodeCost", "cost"]


@dataclass(frozen=True, slots=True)
class NodeCost(Result):
    """Cost of one feature map: of the edges that enter it and of its normalisation."""

    node: str
    parameters: int
    macs: int = field(metadata={"unit": "multiply-accumulates per example"})
    normalised: int = field(metadata={"unit": "normalised values per example"})

    @property
    def flops(self) -> int:
        """Two per multiply-accumulate and two per normalised value."""
        return 2 * (self.macs + self.normalised)


@dataclass(frozen=True, slots=True)
class Cost(Result):
    """Cost of an architecture for one example; `cost` makes it.

    Attributes
    ----------
    parameters : int
        Trainable numbers: weights, biases, scales and shifts of normalisations.
    macs : int
        Multiply-accumulates of linear maps and convolutions.
    flops : int
        Two per multiply-accumulate, two per normalised value.
    normalised : int
        Values that pass a normalisation.
    by_node : tuple of NodeCost
        The same feature map by feature map; it adds up to the whole.
    """

    parameters: int
    macs: int = field(metadata={"unit": "multiply-accumulates per example"})
    flops: int = field(metadata={"unit": "operations per example"})
    normalised: int = field(metadata={"unit": "normalised values per example"})
    by_node: tuple[NodeCost, ...] = field(repr=False)

    @property
    def published_macs(self) -> int:
        """Multiply-accumulates and two per normalised value, as printed for mobile networks."""
        return self.macs + 2 * self.normalised

    def to_frame(self) -> pd.DataFrame:
        """One row per feature map."""
        import pandas as pd

        return pd.DataFrame([{**part.to_dict(), "flops": part.flops} for part in self.by_node])


def cost(architecture: Architecture) -> Cost:
    r"""Count the parameters and operations of an architecture.

    A linear map with :math:`n` links costs :math:`n` multiply-accumulates, a convolution with
    :math:`k_h \times k_w` taps :math:`n \, k_h k_w` at each pixel of its output, and

    .. math:: \mathrm{FLOPs} = 2 \, \mathrm{MACs} + 2 \, \mathrm{normalised\ values} .

    Parameters
    ----------
    architecture : Architecture

    Returns
    -------
    Cost

    Raises
    ------
    ArchitectureError
        If it is no architecture.

    Notes
    -----
    Literature counts in several ways. MACs here are those of `torch.utils.flop_counter`: linear
    maps and convolutions without biases. FLOPs are those that reproduce the printed tables of
    [1]_; activations, pooling, sums and gates count nothing. Only links that are there are
    counted; a sparse pattern that is executed as a dense product executes more. Constant links
    cost operations, but no parameters.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Tables 1 and 2.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> x = b.input(3, size=8)
    >>> y = b.conv(x, 4, kernel=3, normalisation="batch")
    >>> found = cost(b.build())  # 3 * 4 * 9 weights, 2 * 4 of the normalisation; 64 pixels
    >>> found.parameters, found.macs, found.flops
    (116, 6912, 14336)
    """
    require_architecture(architecture)
    by_node = tuple(_node_cost(architecture, node) for node in architecture.nodes)
    return Cost(
        parameters=sum(part.parameters for part in by_node),
        macs=sum(part.macs for part in by_node),
        flops=sum(part.flops for part in by_node),
        normalised=sum(part.normalised for part in by_node),
        by_node=by_node,
    )


def _node_cost(architecture: Architecture, node: Node) -> NodeCost:
    """Add up the edges that enter a node, and its normalisation."""
    weights, macs = 0, 0
    normalised = prod(node.shape) if node.normalisation else 0
    scales = 2 * node.width if node.normalisation else 0
    for edge in architecture.in_edges(node.name):
        source = architecture.node(edge.source)
        weights += parameters(edge.op, edge, source, node)
        macs += multiplications(edge.op, edge, source, node)
        if isinstance(edge.op, Norm):
            normalised += edge.reads(source.width) * prod(source.size)
    return NodeCost(node.name, weights + scales, macs, normalised)


@singledispatch
def parameters(op: Op, edge: Edge, source: Node, target: Node) -> int:
    """Trainable numbers of the op on an edge."""
    raise TypeError(f"no parameter count is known for {type(op).__name__}")


@parameters.register(Zero)
@parameters.register(Identity)
@parameters.register(Pool)
@parameters.register(GlobalPool)
@parameters.register(Flatten)
@parameters.register(Activation)
def _(op: Op, edge: Edge, source: Node, target: Node) -> int:
    return 0


@parameters.register
def _(op: Linear, edge: Edge, source: Node, target: Node) -> int:
    return _links(edge, source, target, trainable=True) + op.bias * target.width


@parameters.register
def _(op: Conv2d, edge: Edge, source: Node, target: Node) -> int:
    links = _links(edge, source, target, trainable=True)
    return links * prod(op.kernel) + op.bias * target.width


@parameters.register
def _(op: Norm, edge: Edge, source: Node, target: Node) -> int:
    return 2 * edge.reads(source.width)


@singledispatch
def multiplications(op: Op, edge: Edge, source: Node, target: Node) -> int:
    """Multiply-accumulates of the op on an edge, per example."""
    raise TypeError(f"no operation count is known for {type(op).__name__}")


@multiplications.register(Zero)
@multiplications.register(Identity)
@multiplications.register(Pool)
@multiplications.register(GlobalPool)
@multiplications.register(Flatten)
@multiplications.register(Norm)
@multiplications.register(Activation)
def _(op: Op, edge: Edge, source: Node, target: Node) -> int:
    return 0


@multiplications.register
def _(op: Linear, edge: Edge, source: Node, target: Node) -> int:
    return _links(edge, source, target)


@multiplications.register
def _(op: Conv2d, edge: Edge, source: Node, target: Node) -> int:
    pixels = prod(op.output_size(source.size))
    return _links(edge, source, target) * prod(op.kernel) * pixels


def _links(edge: Edge, source: Node, target: Node, *, trainable: bool = False) -> int:
    """Links of an edge between channels; only the trainable ones if asked."""
    return links(edge.pattern, edge.reads(source.width), target.width, trainable)


@singledispatch
def links(wiring: Wiring, sources: int, targets: int, trainable: bool) -> int:
    """Links that a wiring makes between so many sources and targets."""
    raise TypeError(f"no link count is known for {type(wiring).__name__}")


@links.register
def _(wiring: Full, sources: int, targets: int, trainable: bool) -> int:
    return sources * targets


@links.register
def _(wiring: OneToOne, sources: int, targets: int, trainable: bool) -> int:
    return targets


@links.register
def _(wiring: Grouped, sources: int, targets: int, trainable: bool) -> int:
    return sources * targets // wiring.groups


@links.register
def _(wiring: Sparse, sources: int, targets: int, trainable: bool) -> int:
    return wiring.trainable if trainable else wiring.links
