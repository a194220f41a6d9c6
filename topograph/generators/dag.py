"""Networks on a small directed acyclic graph whose edges are cut, skipped or linear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from operator import index
from typing import Any

from topograph._checks import whole
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Builder, Link
from topograph.graph.ops import ACTIVATIONS, Zero, one_of

__all__ = ["EDGE_KINDS", "dag"]

EDGE_KINDS = ("zero", "skip", "linear")
"""What an edge may be: cut, a skip connection, or a linear map and an activation."""

Triple = tuple[int, int, str]


def dag(
    edges: Iterable[Triple],
    *,
    width: int = 64,
    activation: str = "relu",
    inputs: int | None = None,
    classes: int | None = None,
) -> Architecture:
    r"""Network on a directed acyclic graph, each edge cut, a skip connection, or a layer.

    The value of node :math:`t` is the sum of what its edges bring from their sources,

    .. math:: X_t = \sum_{(s, t)\ \mathrm{skip}} X_s
              + \sum_{(s, t)\ \mathrm{linear}} \sigma(W_{st} X_s) .

    Parameters
    ----------
    edges : iterable of (int, int, {"zero", "skip", "linear"})
        Source, target and kind. The smallest node is the input of the graph, the largest its
        output; each edge leads from a smaller to a larger node. Two nodes may be joined by several
        edges.
    width : int
        Neurons of each node.
    activation : str
        :math:`\sigma`, one of `topograph.graph.ACTIVATIONS`.
    inputs : int, optional
        Neurons of an input in front of the first node, to which a linear map and the activation
        lead (the stem). By default the first node is the input.
    classes : int, optional
        Neurons of a linear readout of the last node; by default the last node is the output.

    Returns
    -------
    Architecture
        Node :math:`t` is ``"node_t"``; a linear edge is a node ``"linear_s_t"`` of its own, since
        its activation comes before the sum.

    Raises
    ------
    ArchitectureError
        If there is no edge, an edge is no such triple or does not lead from a smaller to a larger
        node, its kind is unknown, or a number is not whole or out of range.

    Notes
    -----
    A node that nothing reaches has the value 0: it gets a zero edge from the first node. The last
    node may be one of them; `topograph.analyzers.nngp` then tells that it counts no path. Linear
    maps have biases. At initialisation with ``init="kaiming_normal"`` a ReLU network is the one of
    [1]_, Eqs. (1) and (2), for inputs of squared norm equal to their number.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Fig. 2, Eqs. (1) and (2).

    Examples
    --------
    >>> chain = dag([(0, 1, "linear"), (1, 2, "linear"), (0, 2, "skip")], width=8)
    >>> chain
    Architecture('dag(01linear 12linear 02skip)', 5 nodes, 5 edges)
    >>> [node.name for node in chain.nodes]
    ['node_0', 'linear_0_1', 'node_1', 'linear_1_2', 'node_2']
    """
    triples = [_checked(edge) for edge in edges]
    if not triples:
        raise ArchitectureError(
            "A graph leads from its first to its last node, so it has an edge. "
            "Received no edge. Give triples such as (0, 1, 'linear')."
        )
    one_of("activation", activation, ACTIVATIONS)
    for name, number in {"width": width, "inputs": inputs, "classes": classes}.items():
        if number is not None:
            reason = "it counts neurons"
            whole(name, number, minimum=1, error=ArchitectureError, because=reason)
    b = Builder(f"dag({' '.join(_label(triple) for triple in triples)})")
    places = sorted({place for source, target, _ in triples for place in (source, target)})
    first, last = f"node_{places[0]}", f"node_{places[-1]}"
    if inputs is None:
        b.input(width, name=first)
    else:
        b.linear(b.input(inputs, name="input"), width, activation=activation, name=first)
    for place in places[1:]:
        links = _links(b, [triple for triple in triples if triple[1] == place], width, activation)
        b.node(links or [Link(first, Zero())], width=width, name=f"node_{place}")
    output = last if classes is None else b.linear(last, classes, name="readout")
    return b.build(outputs=(output,))


def _links(b: Builder, entering: list[Triple], width: int, activation: str) -> list[Link]:
    """Add a node for each linear edge into one target, and return the links into the target."""
    links, parallel = [], Counter[int]()
    for source, target, kind in entering:
        start = f"node_{source}"
        if kind == "linear":
            number = f"_{parallel[source]}" if parallel[source] else ""
            parallel[source] += 1
            name = f"linear_{source}_{target}{number}"
            start = b.linear(start, width, activation=activation, name=name)
        links.append(Link(start, Zero()) if kind == "zero" else Link(start))
    return links


def _checked(edge: Any) -> Triple:
    """Return an edge, or raise unless it is a triple that leads forwards."""
    try:
        source, target, kind = edge
        source, target = index(source), index(target)
    except (TypeError, ValueError):
        raise ArchitectureError(
            "An edge is a triple: the numbers of two nodes, and what lies between them. "
            f"Received {edge!r:.80}. Write (0, 1, 'linear')."
        ) from None
    if kind not in EDGE_KINDS:
        raise ArchitectureError(
            f"An edge is one of {', '.join(EDGE_KINDS)}. "
            f"Received {kind!r:.80} from {source} to {target}. Choose one of these."
        )
    if not 0 <= source < target:
        raise ArchitectureError(
            "An edge leads from a smaller to a larger node, so that the graph has no cycle. "
            f"Received an edge from {source} to {target}. Number the nodes in the order in which "
            "they are computed, from 0."
        )
    return source, target, kind


def _label(triple: Triple) -> str:
    """Write an edge as in the name of the network."""
    source, target, kind = triple
    between = "" if max(source, target) < 10 else "-"
    return f"{source}{between}{target}{kind}"
