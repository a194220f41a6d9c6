"""An architecture as plain data: what files, digests and other graph libraries hold.

The document of an architecture is made of dicts, lists, strings, numbers, booleans and None only.
Its form is published as a JSON Schema, `topograph/graph/schema/architecture-1.json`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import OPS, Op
from topograph.graph.wiring import WIRINGS, Wiring

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

FORMAT = "topograph.architecture"
VERSION = 1

OP_TYPES: dict[str, type[Op]] = {kind.__name__.lower(): kind for kind in OPS}
WIRING_TYPES: dict[str, type[Wiring]] = {kind.__name__.lower(): kind for kind in WIRINGS}


def to_document(architecture: Architecture) -> dict[str, Any]:
    """Return the whole architecture, its label and the version of the format as plain data."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": architecture.name,
        **_content(architecture),
    }


def node_record(node: Node) -> dict[str, Any]:
    """Return the fields of a node as plain data."""
    return {field.name: _plain(getattr(node, field.name)) for field in fields(node)}


def edge_record(edge: Edge) -> dict[str, Any]:
    """Return the fields of an edge as plain data, op and wiring each with their type."""
    return {
        "source": edge.source,
        "target": edge.target,
        "position": edge.position,
        "op": part_record(edge.op),
        "wiring": part_record(edge.wiring),
    }


def part_record(part: Op | Wiring) -> dict[str, Any]:
    """Return an op or a wiring as plain data: its class in lower case as type, and its fields."""
    kept = {field.name: _plain(getattr(part, field.name)) for field in fields(part)}
    return {"type": type(part).__name__.lower(), **kept}


def digest(architecture: Architecture) -> str:
    """Return the SHA-256 of the content, written as JSON with sorted keys and no spaces."""
    text = json.dumps(_content(architecture), sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def _content(architecture: Architecture) -> dict[str, Any]:
    return {
        "nodes": [node_record(node) for node in architecture.nodes],
        "edges": [edge_record(edge) for edge in architecture.edges],
        "outputs": list(architecture.outputs),
    }


def _plain(value: Any) -> Any:
    """Tuples and arrays as lists, NumPy numbers as Python's, everything else as it is."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
