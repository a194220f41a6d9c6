"""Networks that are wired at random: the graph is drawn, then directed by node number."""

from __future__ import annotations

import numpy as np

from topograph._checks import whole
from topograph.errors import ArchitectureError
from topograph.generators._frame import Inputs
from topograph.generators.wiring import IMAGE, wired
from topograph.graph.architecture import Architecture
from topograph.rng import as_generator

__all__ = ["barabasi_albert", "erdos_renyi", "watts_strogatz"]


def watts_strogatz(
    nodes: int,
    *,
    neighbours: int,
    rewiring: float,
    width: int = 32,
    inputs: Inputs = IMAGE,
    classes: int = 10,
    separable: bool = True,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    """Network wired as a ring lattice of which some edges are moved at random; see `wired`.

    Parameters
    ----------
    nodes : int
        Nodes on the ring, numbered along it.
    neighbours : int
        Nearest nodes that each node is joined to at first: an even number from 2, less than
        `nodes`.
    rewiring : float
        Probability with which an edge gets another end, from 0 (a lattice) to 1.
    width, inputs, classes, separable
        As in `wired`.
    rng : Generator, int or None
        Source of the graph; it draws the seed of :func:`networkx.watts_strogatz_graph`.

    Returns
    -------
    Architecture

    Raises
    ------
    ArchitectureError
        If a number is not whole or out of range.

    Notes
    -----
    A graph is taken as it is drawn, connected or not; see `wired`.

    References
    ----------
    .. [1] D. J. Watts and S. H. Strogatz, "Collective dynamics of 'small-world' networks", Nature
           393, 1998.

    Examples
    --------
    >>> network = watts_strogatz(6, neighbours=2, rewiring=0.0, width=4)  # a ring
    >>> [edge.source for edge in network.in_edges("join_5")]
    ['node_0', 'node_4']
    """
    import networkx as nx

    reason = "it counts nodes"
    whole("nodes", nodes, minimum=3, error=ArchitectureError, because=reason)
    whole("neighbours", neighbours, minimum=2, maximum=nodes - 1, error=ArchitectureError,
          because=reason)  # fmt: skip
    if neighbours % 2:
        raise ArchitectureError(
            "On a ring a node has as many neighbours on one side as on the other, so their number "
            f"is even. Received {neighbours}. Choose {neighbours - 1} or {neighbours + 1}."
        )
    _check_probability("rewiring", rewiring)
    graph = nx.watts_strogatz_graph(nodes, neighbours, rewiring, seed=_seed(rng))
    label = f"watts_strogatz({nodes}, neighbours={neighbours}, rewiring={rewiring:g})"
    return wired(
        graph, width=width, inputs=inputs, classes=classes, separable=separable, name=label
    )


def barabasi_albert(
    nodes: int,
    *,
    links: int,
    width: int = 32,
    inputs: Inputs = IMAGE,
    classes: int = 10,
    separable: bool = True,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Network wired by preferential attachment; see `wired`.

    The first :math:`m` nodes have no edges among each other. Node :math:`m` is joined to all of
    them, and each later one to :math:`m` earlier nodes, drawn in proportion to their edges: there
    are :math:`m (n - m)` edges.

    Parameters
    ----------
    nodes : int
        Nodes :math:`n`, numbered as they join.
    links : int
        Edges :math:`m` from a node to earlier ones, at least 1 and less than `nodes`.
    width, inputs, classes, separable
        As in `wired`.
    rng : Generator, int or None
        Source of the graph; it draws the seed of :func:`networkx.barabasi_albert_graph`.

    Returns
    -------
    Architecture

    Raises
    ------
    ArchitectureError
        If a number is not whole or out of range.

    Notes
    -----
    The first :math:`m` nodes are the sources, as in the publication on random wirings. By default
    networkx begins with a star around node 0, which would be the only source.

    References
    ----------
    .. [1] A.-L. Barabasi and R. Albert, "Emergence of scaling in random networks", Science 286,
           1999.

    Examples
    --------
    >>> network = barabasi_albert(6, links=2, width=4, rng=0)
    >>> sum(len(network.in_edges(f"join_{j}")) for j in range(2, 6))  # 2 * (6 - 2)
    8
    """
    import networkx as nx

    reason = "it counts nodes and edges"
    whole("nodes", nodes, minimum=2, error=ArchitectureError, because=reason)
    whole("links", links, minimum=1, maximum=nodes - 1, error=ArchitectureError, because=reason)
    begin = nx.Graph([(node, links) for node in range(links)])
    graph = nx.barabasi_albert_graph(nodes, links, seed=_seed(rng), initial_graph=begin)
    label = f"barabasi_albert({nodes}, links={links})"
    return wired(
        graph, width=width, inputs=inputs, classes=classes, separable=separable, name=label
    )


def erdos_renyi(
    nodes: int,
    *,
    probability: float,
    width: int = 32,
    inputs: Inputs = IMAGE,
    classes: int = 10,
    separable: bool = True,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Network in which each two nodes are joined with the same probability; see `wired`.

    Parameters
    ----------
    nodes : int
        Nodes :math:`n`.
    probability : float
        Probability of each of the :math:`n (n - 1) / 2` edges, from 0 to 1.
    width, inputs, classes, separable
        As in `wired`.
    rng : Generator, int or None
        Source of the graph; it draws the seed of :func:`networkx.gnp_random_graph`.

    Returns
    -------
    Architecture

    Raises
    ------
    ArchitectureError
        If a number is not whole or out of range.

    Notes
    -----
    A graph is taken as it is drawn, so that every graph has its probability. Below
    :math:`p = \ln n / n` it is rarely connected; see `wired` for what becomes of the components.

    References
    ----------
    .. [1] E. N. Gilbert, "Random graphs", Annals of Mathematical Statistics 30, 1959.

    Examples
    --------
    >>> network = erdos_renyi(4, probability=1.0, width=4)
    >>> [len(network.in_edges(f"join_{j}")) for j in range(1, 4)]
    [1, 2, 3]
    """
    import networkx as nx

    reason = "it counts nodes"
    whole("nodes", nodes, minimum=1, error=ArchitectureError, because=reason)
    _check_probability("probability", probability)
    graph = nx.gnp_random_graph(nodes, probability, seed=_seed(rng))
    label = f"erdos_renyi({nodes}, probability={probability:g})"
    return wired(
        graph, width=width, inputs=inputs, classes=classes, separable=separable, name=label
    )


def _seed(rng: np.random.Generator | int | None) -> int:
    """Draw a seed for networkx."""
    return int(as_generator(rng).integers(2**32))


def _check_probability(name: str, value: float) -> None:
    """Raise unless a number is a probability."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ArchitectureError(
            f"{name} is a probability, a number from 0 to 1. Received {value!r}. Choose another."
        )
