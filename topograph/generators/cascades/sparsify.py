"""Sparse in place of dense: linear maps and pointwise convolutions become cascades."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Conv2d, Linear, Op
from topograph.graph.wiring import Full, Sparse

__all__ = ["sparsify"]

Choice = Callable[[int, int], Architecture | None]


def sparsify(
    architecture: Architecture, cascade: Choice, *, keep: Collection[str] = ()
) -> Architecture:
    r"""Replace linear maps and pointwise convolutions by cascades.

    A convolution with a kernel of :math:`f \times f` pixels that has been split into a depthwise
    and a pointwise part keeps its :math:`f^2 c` depthwise weights; the :math:`c k` pointwise ones
    become as many as the masks :math:`M_l` of the cascade have links that train:

    .. math:: f^2 c + \sum_l \operatorname{nnz}(M_l) .

    Parameters
    ----------
    architecture : Architecture
    cascade : callable
        From the numbers of inputs and outputs of a map to the cascade in its place, or None to
        leave it dense.
    keep : collection of str
        Nodes whose maps stay dense, the classifier for example.

    Returns
    -------
    Architecture
        Each replaced map is a chain of maps along single links. A stride stays with the first of
        them, a bias with the last; normalisation and activation stay where they are. New nodes
        are named after the node that the map enters and belong to its cell, as no layers of it.

    Raises
    ------
    ArchitectureError
        If `keep` names no node, or `cascade` returns something else than a chain of linear maps.
    ShapeError
        If a cascade has other numbers of inputs or outputs than it is asked for.

    Notes
    -----
    Maps that are not wired in full are left alone: depthwise and grouped ones, those of selected
    channels, and those that are sparse already; so are convolutions of larger kernels.

    The paper counts :math:`c n k t s` links of t layers of density s, as if each had c inputs and k
    outputs; here links are counted as they are.

    References
    ----------
    .. [1] "NeuroFabric: Identifying ideal topologies for training a priori sparse networks",
           Section V.

    Examples
    --------
    >>> import topograph as tg
    >>> from topograph.generators.cascades import clos
    >>> network = tg.generators.mobilenet_v2()
    >>> eight = lambda c, k: clos((c, k), routers=(8, 8, 8))
    >>> sparse = sparsify(network, eight, keep=["classifier"])
    >>> tg.analyzers.cost(network).parameters, tg.analyzers.cost(sparse).parameters
    (3504872, 1545832)
    """
    for name in keep:
        architecture.node(name)
    nodes, edges = list(architecture.nodes), []
    taken = {node.name for node in nodes}
    for edge in architecture.edges:
        chosen = None
        if edge.target not in keep and _is_dense(edge):
            chosen = _chosen(architecture, edge, cascade)
        if chosen is None:
            edges.append(edge)
            continue
        between, chain = _chain(architecture, edge, chosen, taken)
        taken.update(node.name for node in between)
        nodes += between
        edges += chain
    name = f"sparse {architecture.name}".strip()
    return Architecture(tuple(nodes), tuple(edges), architecture.outputs, name)


def _is_dense(edge: Edge) -> bool:
    """True for a map that mixes all channels and looks at one pixel at a time."""
    if type(edge.wiring) is not Full:
        return False
    op = edge.op
    pointwise = isinstance(op, Conv2d) and op.kernel == (1, 1) and op.padding == (0, 0)
    return isinstance(op, Linear) or pointwise


def _chosen(architecture: Architecture, edge: Edge, cascade: Choice) -> list[Sparse] | None:
    """Return the layers of the cascade for an edge, checked."""
    ends = architecture.node(edge.source).width, architecture.node(edge.target).width
    made = cascade(*ends)
    if made is None:
        return None
    layers = _layers(made)
    found = layers[0].sources, layers[-1].targets
    if found != ends:
        raise ShapeError(
            "A cascade stands in for a map, so it has as many inputs and outputs. "
            f"Received {found[0]} to {found[1]} for the {ends[0]} to {ends[1]} of {edge}. "
            "Return None for maps that no cascade of the family fits."
        )
    return layers


def _layers(made: object) -> list[Sparse]:
    """Return the wirings of a cascade, or raise if it is none."""
    edges = made.edges if isinstance(made, Architecture) else ()
    nodes = made.nodes if isinstance(made, Architecture) else ()
    chain = [(edge.source, edge.target) for edge in edges]
    layers = [edge.wiring for edge in edges if isinstance(edge.wiring, Sparse)]
    is_chain = chain == [(before.name, after.name) for before, after in pairwise(nodes)]
    is_bare = all(edge.op == Linear(bias=False) for edge in edges)
    if not layers or len(layers) != len(edges) or not (is_chain and is_bare):
        raise ArchitectureError(
            "A map is replaced by a cascade: linear layers in a row, each wired along single links "
            f"and without bias. Received {made!r:.80}. Use topograph.generators.cascades, or "
            "return None to leave the map as it is."
        )
    return layers


def _chain(
    architecture: Architecture, edge: Edge, layers: list[Sparse], taken: set[str]
) -> tuple[list[Node], list[Edge]]:
    """Return the nodes between the ends of an edge, and the edges that replace it."""
    target = architecture.node(edge.target)
    size = edge.op.output_size(architecture.node(edge.source).size)
    label = edge.target if edge.position == 0 else f"{edge.target}_{edge.position}"
    names = [edge.source]
    nodes = []
    for place, layer in enumerate(layers[:-1]):
        names.append(_fresh(f"{label}_cascade_{place}", taken))
        nodes.append(Node(names[-1], layer.targets, size, cell=target.cell))
    names.append(edge.target)
    edges = []
    for place, layer in enumerate(layers):
        op = _op(edge.op, first=place == 0, last=place == len(layers) - 1)
        position = edge.position if place == len(layers) - 1 else 0
        edges.append(Edge(names[place], names[place + 1], op, layer, position))
    return nodes, edges


def _op(op: Op, *, first: bool, last: bool) -> Op:
    """Return the op of one layer: the first has the stride, the last the bias."""
    if isinstance(op, Conv2d):
        return Conv2d(1, stride=op.stride if first else 1, bias=op.bias and last)
    return Linear(bias=last and op == Linear(bias=True))


def _fresh(name: str, taken: set[str]) -> str:
    """Return a name that no node has."""
    while name in taken:
        name += "_"
    return name
