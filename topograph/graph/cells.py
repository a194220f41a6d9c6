"""Cells for an architecture that has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from topograph.errors import ArchitectureError
from topograph.graph.additions import additions
from topograph.graph.node import Node

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

WAYS = ("resolution",)


def assign_cells(architecture: Architecture, *, by: str = "resolution") -> Architecture:
    """Give every layer a cell and a place in it; see `Architecture.assign_cells`."""
    if by not in WAYS:
        raise ArchitectureError(
            f"Layers are put into cells by one of {', '.join(WAYS)}: a cell needs a rule. "
            f"Received {by!r:.80}. Choose one of these."
        )
    layers = _layers(architecture)
    _check_order(architecture, layers)
    place: dict[str, tuple[str, int]] = {}
    runs = groupby(layers, key=lambda node: node.size)
    for number, (_, run) in enumerate(runs, start=1):
        place |= {node.name: (f"cell_{number}", layer) for layer, node in enumerate(run)}
    cells = _cells_between(architecture, {name: cell for name, (cell, _) in place.items()})
    nodes = (
        replace(node, cell=cells.get(node.name), layer=place.get(node.name, (None, None))[1])
        for node in architecture.nodes
    )
    return replace(architecture, nodes=tuple(nodes))


def _layers(architecture: Architecture) -> list[Node]:
    """Nodes made by convolutions, or by linear maps if there are no maps; without projections."""
    projections = {
        edge.target
        for addition in additions(architecture)
        for edge in addition.route
        if edge.op.mixes and edge.target != addition.target
    }
    has_maps = any(node.size for node in architecture.nodes)
    layers = [
        node
        for node in architecture.nodes
        if bool(node.size) == has_maps
        and node.name not in projections
        and any(edge.op.mixes for edge in architecture.in_edges(node.name))
    ]
    if not layers:
        raise ArchitectureError(
            "Cells hold layers, which are made by convolutions or linear maps. Received an "
            "architecture without any. Add a convolution or a linear map."
        )
    return layers


def _check_order(architecture: Architecture, layers: list[Node]) -> None:
    """Raise unless each layer leads to the next."""
    order = {node.name: index for index, node in enumerate(architecture.nodes)}
    for one, other in pairwise(layers):
        reached = {one.name}
        for node in architecture.nodes[order[one.name] : order[other.name] + 1]:
            edges = architecture.in_edges(node.name)
            if any(edge.source in reached for edge in edges):
                reached.add(node.name)
        if other.name not in reached:
            raise ArchitectureError(
                "Layers are numbered along the network, so each must lead to the next. Received "
                f"{one.name!r} and {other.name!r} side by side. "
                "Give the layers cells and places by hand: Node(..., cell='cell', layer=0)."
            )


def _cells_between(architecture: Architecture, cells: dict[str, str]) -> dict[str, str]:
    """Add the other nodes: to the cell behind them, or before them, that has their size."""
    size = {cells[node.name]: node.size for node in architecture.nodes if node.name in cells}
    number = {cell: place for place, cell in enumerate(size)}
    behind = dict(cells)
    for node in architecture.nodes:
        sources = (behind.get(edge.source) for edge in architecture.in_edges(node.name))
        _take(behind, node.name, max(filter(None, sources), key=number.__getitem__, default=None))
    ahead = dict(cells)
    for node in reversed(architecture.nodes):
        targets = (ahead.get(edge.target) for edge in architecture.out_edges(node.name))
        _take(ahead, node.name, min(filter(None, targets), key=number.__getitem__, default=None))
    found = {}
    for node in architecture.nodes:
        choices: Iterable[str | None] = (behind.get(node.name), ahead.get(node.name))
        fitting = [cell for cell in choices if cell and size[cell] == node.size]
        if fitting and node.name not in architecture.inputs:
            found[node.name] = fitting[0]
    return found


def _take(found: dict[str, str], name: str, cell: str | None) -> None:
    """Note the cell of a node that has none yet."""
    if cell is not None:
        found.setdefault(name, cell)
