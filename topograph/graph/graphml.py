"""Architectures as GraphML, which Gephi, yEd, igraph and networkx read."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree

from topograph.errors import FormatError
from topograph.graph.convert import from_networkx, to_networkx
from topograph.graph.files import parse

if TYPE_CHECKING:
    import networkx as nx

    from topograph.graph.architecture import Architecture

_GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
_FREE_TEXT = ("name", "cell", "outputs")


def to_graphml(architecture: Architecture) -> str:
    """Write an architecture as GraphML, loss-free and in pure ASCII.

    Numbers and words are plain attributes. Lists, records and free texts (`size`, `op`, `wiring`,
    `cell`, and `name` and `outputs` of the graph) are written as JSON, since GraphML has neither
    lists nor control characters. A field that is None is left out.
    """
    import networkx as nx

    plain = to_networkx(architecture)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(**_written(plain.graph))
    graph.add_nodes_from((name, _written(fields)) for name, fields in plain.nodes(data=True))
    edges = enumerate(plain.edges(keys=True, data=True))
    for number, (source, target, position, fields) in edges:
        graph.add_edge(source, target, key=number, position=position, **_written(fields))
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def from_graphml(text: str) -> Architecture:
    """Read an architecture from GraphML; what is left out takes its default.

    Raises
    ------
    FormatError
        If the text is no GraphML of one directed graph, defines entities, has an id twice, or an
        attribute is missing, unknown or of the wrong type; see `from_networkx`.
    ArchitectureError, ShapeError
        If the graph breaks a rule of architectures.
    """
    _check_xml(text)
    graph = _parsed(text)
    defaults = {kind: graph.graph.pop(f"{kind}_default", {}) for kind in ("node", "edge")}
    graph.graph.update(_read(graph.graph))
    for _, fields in graph.nodes(data=True):
        fields.update(_read({**defaults["node"], **fields}))
    for *_, fields in graph.edges(data=True):
        fields.update(_read({**defaults["edge"], **fields}))
    return from_networkx(graph)


def _written(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as GraphML can hold them."""
    return {
        key: json.dumps(value) if isinstance(value, list | dict) or key in _FREE_TEXT else value
        for key, value in fields.items()
        if value is not None
    }


def _read(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as they were before they were written; bare words stay as they are."""
    return {
        key: parse(value) if isinstance(value, str) and value[:1] in ('"', "[", "{") else value
        for key, value in fields.items()
    }


def _parsed(text: str) -> nx.MultiDiGraph[str]:
    """Read the graph, and refuse whatever networkx stumbles over."""
    import networkx as nx

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            graph = nx.parse_graphml(text, force_multigraph=True)
            return cast("nx.MultiDiGraph[str]", graph)
    except (nx.NetworkXException, LookupError, TypeError, ValueError, Warning) as error:
        raise FormatError(
            "GraphML names each attribute by a key of known type, and holds values of that type. "
            f"Received {str(error)!r:.200} from its reader. Write the file again with topograph."
        ) from error


def _check_xml(text: str) -> None:
    """Raise unless the text is XML without definitions, of one graph, every id of which is one."""
    if "<!doctype" in text.lower() or "<!entity" in text.lower():
        raise FormatError(
            "GraphML needs no DOCTYPE, and entities can blow a small file up to gigabytes. "
            "Received a document type definition. Remove it from the file."
        )
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise FormatError(
            "GraphML is XML, which this text is not. "
            f"Received {text[:40]!r}, where reading ends with: {error}. "
            "Write the file again with topograph."
        ) from error
    graphs = root.findall(f".//{_GRAPHML}graph")
    if root.tag != f"{_GRAPHML}graphml" or len(graphs) != 1:
        raise FormatError(
            "An architecture is one graph inside <graphml> of the GraphML namespace. "
            f"Received {root.tag[:80]!r} with {len(graphs)} graphs. Keep one graph per file."
        )
    _check_ids("node", [node.get("id") for node in graphs[0].findall(f"{_GRAPHML}node")])
    edges = [edge.get("id") for edge in graphs[0].findall(f"{_GRAPHML}edge")]
    _check_ids("edge", [key for key in edges if key is not None])


def _check_ids(kind: str, ids: list[str | None]) -> None:
    """Raise if an id is missing or repeated, which networkx would not notice."""
    faults = [key for key, count in Counter(ids).items() if key is None or count > 1]
    if faults:
        found = "none" if faults[0] is None else f"{faults[0][:80]!r} twice"
        raise FormatError(
            f"Every {kind} of a graph has an id of its own, or one would hide the other. "
            f"Received {found}. Give each its own."
        )
