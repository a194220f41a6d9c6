"""The links between channels as a matrix of what each contributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph.architecture import Architecture
from topograph.graph.channels import ChannelGraph, Counts
from topograph.graph.edge import Edge
from topograph.graph.mixing import mixing_edges, weight_shape
from topograph.graph.ops import Flatten, Zero
from topograph.graph.wiring import Full, Grouped, Select, Sparse

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["weighted_adjacency"]

Floats = NDArray[np.float64]
Entries = tuple[Counts, Counts, Floats]
"""Source, target and weight of each link."""


def weighted_adjacency(
    architecture: Architecture, factors: Mapping[str, Floats], *, cell: str | None = None
) -> csr_array:
    r"""Links between channels, each with the share that its source contributes.

    .. math:: A_{ij} = \alpha_{ij}

    Parameters
    ----------
    architecture : Architecture
    factors : mapping of str to float array
        As in `Contributions`. Layers that are not named have factors 1.
    cell : str, optional
        Keep the channels of this cell and the links among them.

    Returns
    -------
    csr_array of float, shape (n, n)
        From source (row) to target (column), in the order of ``architecture.channel_graph()``,
        restricted to the feature maps of the cell if one is named. Parallel links add up.

    Raises
    ------
    ArchitectureError
        If there is no such cell, or a factor belongs to no layer.
    ShapeError
        If factors have another shape than the links.

    Notes
    -----
    A channel that one layer makes has a column sum of 1 in the modes "random" and "constant", less
    what comes from outside the cell. Links without a trained weight (identities, poolings, links
    that are constant) carry 1, or their constant; with factors 1 throughout the matrix is the
    adjacency of the channel graph, as long as no wiring has other constants.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dense_mlp(2, 3, candidates=0, inputs=4, classes=2)
    >>> shares = tg.analyzers.contributions(network, mode="constant").factors
    >>> weighted_adjacency(network, shares, cell="cell").toarray()[:2, 2:4]
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    from scipy.sparse import coo_array

    by_edge = _by_edge(architecture, factors)
    graph = architecture.channel_graph()
    pieces = [
        _weighted(edge, by_edge.get(edge), sources, start, stop)
        for edge, sources, start, stop in _links(architecture, graph)
    ]
    none: Entries = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    source, target, weight = (np.concatenate(parts) for parts in zip(none, *pieces, strict=True))
    real = source >= 0
    shape = (graph.channels, graph.channels)
    matrix = coo_array((weight[real], (source[real], target[real])), shape=shape).tocsr()
    if cell is None:
        return matrix
    inside = _inside(architecture, graph, cell)
    return matrix[inside][:, inside]


def _by_edge(architecture: Architecture, factors: Mapping[str, Floats]) -> dict[Edge, Floats]:
    """Look up the edges of factors, and raise unless names and shapes fit."""
    edges = mixing_edges(architecture)
    found = {}
    for name, values in factors.items():
        if name not in edges:
            raise ArchitectureError(
                "Factors belong to linear maps and convolutions, named by the feature map that "
                f"they make. Received {name!r}. Name one of {', '.join(list(edges)[:8])}, ..."
            )
        shape = weight_shape(architecture, edges[name])
        if np.shape(values) != shape:
            raise ShapeError(
                "Each link has one factor. "
                f"Received shape {np.shape(values)} for {name!r}, whose links have shape {shape}. "
                "Give an array (outputs, inputs), or take it from `contributions`."
            )
        found[edges[name]] = np.asarray(values, dtype=np.float64)
    return found


def _links(
    architecture: Architecture, graph: ChannelGraph
) -> Iterator[tuple[Edge, Counts, int, int]]:
    """Yield each edge that links channels: what it reads, and the run of channels it makes."""
    first = dict(zip(graph.nodes, graph.offsets.tolist(), strict=False))
    channels: dict[str, Counts] = {}
    for node in architecture.nodes:
        edges = architecture.in_edges(node.name)
        seen = [_seen(architecture, edge, channels[edge.source]) for edge in edges]
        if node.name not in first:
            channels[node.name] = np.concatenate(seen)
            continue
        start = first[node.name]
        channels[node.name] = np.arange(start, start + node.width)
        for edge, sources in zip(edges, seen, strict=True):
            width = len(sources) if node.merge == "concat" else node.width
            yield edge, sources, start, start + width
            start += width if node.merge == "concat" else 0


def _seen(architecture: Architecture, edge: Edge, channels: Counts) -> Counts:
    """Channels that an edge reads, once per value that it makes of them; -1 for zeros."""
    read = channels[edge.wiring.channels] if isinstance(edge.wiring, Select) else channels
    if isinstance(edge.op, Flatten):
        return np.repeat(read, prod(architecture.node(edge.source).size))
    return np.full_like(read, -1) if isinstance(edge.op, Zero) else read


def _weighted(
    edge: Edge, factors: Floats | None, sources: Counts, start: int, stop: int
) -> Entries:
    """Source, target and weight of each link on an edge."""
    targets = np.arange(start, stop)
    match edge.pattern:
        case Sparse() as wiring:
            source, target = sources[wiring.indices], targets[wiring.rows()]
        case Full() | Grouped() as wiring:
            groups = wiring.groups if isinstance(wiring, Grouped) else 1
            blocks = np.repeat(sources.reshape(groups, -1), len(targets) // groups, axis=0)
            source, target = blocks.ravel(), np.repeat(targets, blocks.shape[1])
        case _:
            source, target = sources, targets
    return source, target, _weights(edge, factors, len(source))


def _weights(edge: Edge, factors: Floats | None, links: int) -> Floats:
    """Weight of each link on an edge, in the order of its targets."""
    weights = np.ones(links)
    trains = np.ones(links, dtype=bool)
    if isinstance(edge.wiring, Sparse) and edge.wiring.constant is not None:
        trains = ~edge.wiring.constant
        weights[~trains] = edge.wiring.value
    if factors is not None:
        weights[trains] = factors.ravel()
    return weights


def _inside(architecture: Architecture, graph: ChannelGraph, cell: str) -> Counts:
    """Numbers of the channels of a cell."""
    if cell not in {node.cell for node in architecture.nodes}:
        raise ArchitectureError(
            "A weighted adjacency is restricted to a cell of the architecture. "
            f"Received {cell!r}. Choose among {', '.join(architecture.cells)}, or None for all."
        )
    inside = np.array([architecture.node(name).cell == cell for name in graph.nodes], dtype=bool)
    return np.flatnonzero(inside[graph.node_of])
