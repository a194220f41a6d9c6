"""Which layer of which cell each feature map belongs to, and which links pass over a layer."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.graph.channels import ChannelGraph, Counts

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

Place = tuple[str, int]
"""A cell, and the place of a layer in it."""

_NO_PLACE: Place = ("", -1)


def places(architecture: Architecture) -> dict[str, Place]:
    """Return the layer of the cell for which each node of a cell works.

    A layer has its own place. A node between the layers (a concatenation, the inside of a block)
    works for the first layer of its cell that it leads to; if it leads to none, it has no place.
    """
    found: dict[str, Place] = {}
    for node in reversed(architecture.nodes):
        if node.cell is None:
            continue
        if node.layer is not None:
            found[node.name] = (node.cell, node.layer)
            continue
        ahead = [found[e.target] for e in architecture.out_edges(node.name) if e.target in found]
        layers = [layer for cell, layer in ahead if cell == node.cell]
        if layers:
            found[node.name] = (node.cell, min(layers))
    return found


def long_range(
    graph: ChannelGraph, architecture: Architecture
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    r"""Mark the memberships and the loose links that pass over at least one layer of a cell.

    A link passes over a layer if it leads from a layer :math:`j` of a cell into layer :math:`i` of
    the same cell (or into a node that works for it) with :math:`j \le i - 2`.
    """
    leaving, entering = _labels(graph, architecture)
    owner = graph.node_of[np.minimum(graph.starts, graph.channels - 1)]
    source, target = graph.node_of[graph.members], np.repeat(owner, graph.sizes)
    members = _passes(leaving[source], entering[target])
    i, j = graph.node_of[graph.loose_sources], graph.node_of[graph.loose_targets]
    return members, _passes(leaving[i], entering[j])


def _passes(source: Counts, target: Counts) -> NDArray[np.bool_]:
    """Compare (cell, layer) of both ends; shape (links, 2)."""
    same = (source[:, 0] == target[:, 0]) & (source[:, 0] >= 0)
    passes: NDArray[np.bool_] = same & (source[:, 1] <= target[:, 1] - 2)
    return passes


def _labels(graph: ChannelGraph, architecture: Architecture) -> tuple[Counts, Counts]:
    """Return (cell, layer) of each node as a source, and as a target; -1 where it is none."""
    number = {cell: index for index, cell in enumerate(architecture.cells)}
    worked_for = places(architecture)
    leaving = np.full((len(graph.nodes), 2), -1)
    entering = np.full((len(graph.nodes), 2), -1)
    for index, name in enumerate(graph.nodes):
        if name in worked_for:
            cell, layer = worked_for[name]
            entering[index] = number[cell], layer
            if architecture.node(name).layer is not None:
                leaving[index] = number[cell], layer
    return leaving, entering


def layer_links(architecture: Architecture, *, ignoring: Collection[str] = ()) -> dict[str, int]:
    r"""Count the channels that each layer of a cell reads over its long-range links.

    Layer :math:`i` of a cell reads :math:`\ell_i` different channels of the layers
    :math:`0, \dots, i - 2` of that cell, directly or through nodes that work for it. Links that
    enter the nodes `ignoring` do not count.

    Returns
    -------
    dict
        :math:`\ell_i` by the name of the layer.
    """
    graph = architecture.channel_graph().skips(architecture)
    worked_for = places(architecture)
    layers = [layer for cell in architecture.cells.values() for layer in cell]
    number = {worked_for[layer.name]: index for index, layer in enumerate(layers)}
    reader = np.array(
        [
            -1 if name in ignoring else number.get(worked_for.get(name, _NO_PLACE), -1)
            for name in graph.nodes
        ]
    )
    owner = graph.node_of[np.minimum(graph.starts, graph.channels - 1)]
    readers = np.concatenate(
        [np.repeat(reader[owner], graph.sizes), reader[graph.node_of[graph.loose_targets]]]
    )
    sources = np.concatenate([graph.members, graph.loose_sources])
    counted = readers >= 0
    pairs = np.unique((readers * graph.channels + sources)[counted])
    counts = np.bincount(pairs // graph.channels, minlength=len(layers))
    return {layer.name: int(count) for layer, count in zip(layers, counts, strict=True)}
