"""Between which feature maps a link would pass over a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.graph.channels import ChannelGraph, Counts
from topograph.graph.places import places

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

Flags = NDArray[np.bool_]


def long_range_pairs(graph: ChannelGraph, architecture: Architecture) -> Flags:
    r"""Mark each pair (target, source) of feature maps that only a long-range link can join.

    In an architecture with cells these are a layer :math:`i` of a cell, or a node that works for
    it, and a layer :math:`j \le i - 2` of the same cell. Without cells, a feature map lies as deep
    as the longest way to it, and the same holds for depths.
    """
    leaving, entering = _in_cells(graph, architecture) if architecture.cells else _by_depth(graph)
    same = (entering[:, None, 0] == leaving[None, :, 0]) & (entering[:, None, 0] >= 0)
    pairs: Flags = same & (leaving[None, :, 1] <= entering[:, None, 1] - 2)
    return pairs


def long_range_parts(graph: ChannelGraph, pairs: Flags) -> tuple[Flags, Flags]:
    """Mark the memberships of blocks and the loose links whose feature maps are such a pair."""
    owner = graph.node_of[np.minimum(graph.starts, graph.channels - 1)]
    members = pairs[np.repeat(owner, graph.sizes), graph.node_of[graph.members]]
    return members, pairs[graph.node_of[graph.loose_targets], graph.node_of[graph.loose_sources]]


def _in_cells(graph: ChannelGraph, architecture: Architecture) -> tuple[Counts, Counts]:
    """Return (cell, layer) of each feature map as a source and as a target; -1 where it is none."""
    number = {cell: index for index, cell in enumerate(architecture.cells)}
    worked_for = places(architecture)
    place = [worked_for.get(name) for name in graph.nodes]
    entering = np.array([(number[at[0]], at[1]) if at else (-1, -1) for at in place])
    is_layer = [architecture.node(name).layer is not None for name in graph.nodes]
    return np.where(np.array(is_layer)[:, None], entering, -1), entering


def _by_depth(graph: ChannelGraph) -> tuple[Counts, Counts]:
    """Return (0, depth) of each feature map."""
    owner = graph.node_of[np.minimum(graph.starts, graph.channels - 1)]
    target = np.concatenate([np.repeat(owner, graph.sizes), graph.node_of[graph.loose_targets]])
    source = np.concatenate([graph.node_of[graph.members], graph.node_of[graph.loose_sources]])
    depth = np.zeros((len(graph.nodes), 2), dtype=np.int64)
    for into, out in np.unique(np.stack([target, source], axis=1), axis=0).tolist():
        depth[into, 1] = max(depth[into, 1], depth[out, 1] + 1)
    return depth, depth
