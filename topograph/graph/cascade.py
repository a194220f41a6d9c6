"""Cascades: linear layers in a row, read back from an architecture as one wiring per layer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.ops import Linear
from topograph.graph.wiring import Full, Grouped, OneToOne, Sparse, Wiring

__all__ = ["cascade_wirings"]


def cascade_wirings(architecture: Architecture) -> tuple[Sparse, ...]:
    r"""Return the wiring of each layer of a cascade, the first layer first.

    Parameters
    ----------
    architecture : Architecture
        One input and a chain of linear layers without bias, activation and normalisation: the map
        :math:`x \mapsto W_L \cdots W_1 x`.

    Returns
    -------
    tuple of Sparse
        Rows are the neurons of a layer; full, grouped and one-to-one wirings are written out.

    Raises
    ------
    ArchitectureError
        If the architecture is no such chain.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> hidden = b.linear(b.input(2), 1, bias=False)
    >>> output = b.linear(hidden, 2, bias=False)
    >>> cascade_wirings(b.build())
    (Sparse(1 x 2, 2 links), Sparse(2 x 1, 2 links))
    """
    if not isinstance(architecture, Architecture):
        raise _refusal(f"{type(architecture).__name__} {architecture!r:.60}")
    nodes = architecture.nodes
    if len(nodes) < 2 or nodes[0].size:
        raise _refusal(f"{len(nodes)} nodes" if len(nodes) < 2 else f"maps of size {nodes[0].size}")
    wirings = []
    for before, node in pairwise(nodes):
        edges = architecture.in_edges(node.name)
        if len(edges) != 1 or edges[0].source != before.name:
            raise _refusal(f"{node.name!r} with {len(edges)} edges into it, side by side or apart")
        if node.normalisation or node.activation:
            raise _refusal(f"{node.name!r} with {node.activation or node.normalisation}")
        wirings.append(_written_out(edges[0], before.width, node.width))
    if architecture.outputs != (nodes[-1].name,):
        raise _refusal(f"the outputs {', '.join(architecture.outputs)}")
    return tuple(wirings)


def _written_out(edge: Edge, sources: int, targets: int) -> Sparse:
    """Return the wiring of a linear map as rows."""
    if edge.op != Linear(bias=False):
        raise _refusal(f"{edge.op} on {edge}")
    wiring: Wiring = edge.wiring
    if isinstance(wiring, Sparse):
        return wiring
    if isinstance(wiring, Full):
        return _blocks(1, sources, targets)
    if isinstance(wiring, Grouped):
        return _blocks(wiring.groups, sources, targets)
    if isinstance(wiring, OneToOne):
        return _blocks(sources, sources, targets)
    raise _refusal(f"the wiring {wiring!r} on {edge}")


def _blocks(groups: int, sources: int, targets: int) -> Sparse:
    """Link consecutive runs of sources with consecutive runs of targets, each in full."""
    fan, made = sources // groups, targets // groups
    first = np.arange(targets) // made * fan
    indices = first[:, None] + np.arange(fan)
    return Sparse(np.arange(targets + 1) * fan, indices.ravel(), sources)


def _refusal(received: str) -> ArchitectureError:
    """Say what a cascade is."""
    return ArchitectureError(
        "A cascade is one input and a chain of linear layers without bias, activation and "
        f"normalisation, so that it multiplies matrices. Received {received}. "
        "Make one with topograph.generators.cascades, or by from_masks."
    )
