"""Networks whose layers exchange messages over an undirected graph."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph._checks import whole
from topograph.errors import ArchitectureError
from topograph.generators._frame import Inputs, frame
from topograph.generators._undirected import Mask, undirected
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Link
from topograph.graph.channels import Counts
from topograph.graph.wiring import Sparse
from topograph.rng import as_generator

if TYPE_CHECKING:
    import networkx as nx

    from topograph.generators._undirected import Undirected

__all__ = ["relational", "watts_strogatz_flex"]

TRIES = 100
"""Graphs that are drawn before a connected one is given up."""


def relational(
    graph: Undirected,
    *,
    layers: int,
    width: int,
    stem: int | None = None,
    inputs: Inputs = 784,
    classes: int = 10,
    activation: str = "relu",
) -> Architecture:
    r"""Network whose layers are rounds of messages between the nodes of a graph.

    The :math:`w` channels of a layer are divided among the :math:`n` nodes, as equally as
    possible. In each round a node reads its own channels and those of its neighbours,

    .. math:: x'_v = \phi\left(\mathrm{BN}\left(\sum_{u \in N(v) \cup \{v\}} W_{vu} x_u\right)
              \right) ,

    so the links of a layer are the matrix :math:`A + I`, each entry a block. A first layer reads
    all inputs and the classifier all channels.

    Parameters
    ----------
    graph : networkx.Graph, array_like of shape (n, n), or list of pairs of int
        Nodes of a networkx graph are numbered by their labels if these are whole numbers,
        otherwise in the order in which the graph lists them. A list of pairs is a list of edges
        between the nodes 0, 1, ...; a matrix is a NumPy array or sparse. Loops make no difference,
        since every node reads itself.
    layers : int
        Rounds of messages, at least 1.
    width : int
        Channels of each round, at least one per node.
    stem : int, optional
        Channels of the first layer, at least one per node; by default as many as of a round.
    inputs : int or tuple of int
        Numbers of a vector; or channels, height and width of an image, for which linear maps are
        3 x 3 convolutions and the classifier reads the mean over all pixels.
    classes : int
        Neurons of the classifier.
    activation : str
        One of `topograph.graph.ACTIVATIONS`; the classifier has none.

    Returns
    -------
    Architecture
        One cell, ``"cell"``, whose layers are the rounds. Only the links that are there have
        parameters.

    Raises
    ------
    ArchitectureError
        If the graph is directed or empty, a number is not whole or out of range, or there are more
        nodes than channels.

    Notes
    -----
    Layers have batch normalisation and no bias, the classifier has a bias. Channel :math:`c`
    belongs to node :math:`\lfloor c n / w \rfloor`: if :math:`n` does not divide :math:`w`, the
    nodes with one channel more are spread evenly, where the authors' program draws them. Their
    perceptrons of "five layers" for CIFAR-10 have three rounds behind a first layer of 512 neurons,
    whatever the width: ``layers=3, stem=512, inputs=3072``. The parameters then agree with the
    published ones to 0.2 %, and exactly where 64 divides the width.

    References
    ----------
    .. [1] J. You, J. Leskovec, K. He and S. Xie, "Graph structure of neural networks", ICML 2020,
           Sections 2-3.

    Examples
    --------
    >>> network = relational([(0, 1), (1, 2)], layers=1, width=6, inputs=4, classes=2)
    >>> network.in_edges("round_0")[0].wiring  # A + I has 7 entries, each a block of 2 x 2
    Sparse(6 x 6, 28 links)
    """
    joined = undirected(graph)
    nodes = len(joined)
    whole("layers", layers, minimum=1, error=ArchitectureError, because="it counts rounds")
    label = f"relational({nodes} nodes, layers={layers}, width={width})"
    parts = frame(label, inputs, width=width, classes=classes)
    stem = width if stem is None else stem
    whole("stem", stem, minimum=1, error=ArchitectureError, because="it counts channels")
    if min(width, stem) < nodes:
        raise ArchitectureError(
            "Every node of a relational graph has channels of its own, at least one. "
            f"Received {min(width, stem)} channels for {nodes} nodes. Choose a larger width."
        )
    later = Sparse.from_mask(_block_mask(joined, width, width))
    first = later if stem == width else Sparse.from_mask(_block_mask(joined, width, stem))
    fields: dict[str, Any] = {"width": width, "normalisation": "batch", "activation": activation}
    source = parts.stem(width=stem, activation=activation)
    with parts.builder.cell("cell"):
        for number in range(layers):
            link = Link(source, parts.mixing, later if number else first)
            source = parts.builder.node([link], name=f"round_{number}", layer=number, **fields)
    parts.classifier(source, classes)
    return parts.builder.build()


def watts_strogatz_flex(
    nodes: int,
    *,
    degree: float,
    rewiring: float,
    rng: np.random.Generator | int | None = None,
) -> nx.Graph[int]:
    r"""Connected small-world graph of any mean degree, as `relational` takes it.

    As in a Watts-Strogatz graph, each node on a ring is joined to the nodes that follow it and each
    edge gets another end with a probability; but of the :math:`e = [n k / 2]` edges (rounded)
    :math:`\lfloor e / n \rfloor` start at each node and one more at each of the first
    :math:`e \bmod n` nodes. So :math:`k` need not be even, nor whole.

    Parameters
    ----------
    nodes : int
        Nodes :math:`n` on the ring.
    degree : float
        Mean degree :math:`k`, from 2 to n - 1.
    rewiring : float
        Probability with which an edge gets another end.
    rng : Generator, int or None
        Source of the graph.

    Returns
    -------
    networkx.Graph
        The first draw that is connected.

    Raises
    ------
    ArchitectureError
        If a number is out of range, or no draw of 100 is connected.

    References
    ----------
    .. [1] J. You, J. Leskovec, K. He and S. Xie, "Graph structure of neural networks", ICML 2020,
           Section 3.2.

    Examples
    --------
    >>> graph = watts_strogatz_flex(8, degree=3.5, rewiring=0.2, rng=0)
    >>> graph.number_of_edges()  # 8 * 3.5 / 2
    14
    """
    whole("nodes", nodes, minimum=3, error=ArchitectureError, because="it counts nodes")
    if not (2 <= degree <= nodes - 1 and 0 <= rewiring <= 1):
        raise ArchitectureError(
            "A connected ring has a mean degree from 2 to one less than its nodes, and edges are "
            f"rewired with a probability. Received degree {degree!r} and rewiring {rewiring!r} for "
            f"{nodes} nodes. Choose numbers in these ranges."
        )
    draw = Random(int(as_generator(rng).integers(2**32)))
    return _first_connected(nodes, round(degree * nodes / 2), rewiring, draw)


def _block_mask(joined: Mask, targets: int, sources: int) -> Mask:
    """Expand A + I to blocks of the channels of each node; shape (targets, sources)."""
    nodes = len(joined)
    messages: Mask = joined | np.eye(nodes, dtype=bool)
    return messages[_owners(nodes, targets)][:, _owners(nodes, sources)]


def _owners(nodes: int, channels: int) -> Counts:
    """Node of each channel: runs of equal length, or of two lengths in even mixture."""
    return np.arange(channels) * nodes // channels


def _first_connected(nodes: int, edges: int, rewiring: float, draw: Random) -> nx.Graph[int]:
    """Draw graphs until one is connected."""
    import networkx as nx

    for _ in range(TRIES):
        graph = _flexible(nodes, edges, rewiring, draw)
        if nx.is_connected(graph):
            return graph
    raise ArchitectureError(
        "Messages reach all nodes only in a connected graph. "
        f"Received {TRIES} unconnected draws in a row for {nodes} nodes and {edges} edges at "
        f"rewiring {rewiring}. Choose a higher degree."
    )


def _flexible(nodes: int, edges: int, rewiring: float, draw: Random) -> nx.Graph[int]:
    """Draw one graph, in the authors' order of random numbers."""
    import networkx as nx

    starts = [edges // nodes + (node < edges % nodes) for node in range(nodes)]
    ring = [
        (node, (node + step) % nodes)
        for node in range(nodes)
        for step in range(1, starts[node] + 1)
    ]
    graph = nx.Graph(ring)
    labels = list(graph.nodes)
    for node, end in ring:
        if draw.random() < rewiring:
            other = _free_end(graph, node, labels, draw)
            if other is not None:
                graph.remove_edge(node, end)
                graph.add_edge(node, other)
    return graph


def _free_end(graph: nx.Graph[int], node: int, labels: list[int], draw: Random) -> int | None:
    """Draw a node that another is not joined to; None if it is joined to all."""
    other = draw.choice(labels)
    while other == node or graph.has_edge(node, other):
        other = draw.choice(labels)
        if graph.degree(node) >= len(labels) - 1:
            return None
    return other
