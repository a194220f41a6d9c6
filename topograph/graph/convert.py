"""Architectures as graphs of networkx and igraph, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from topograph.errors import FormatError
from topograph.graph.architecture import Architecture
from topograph.graph.decode import assembled
from topograph.graph.records import edge_record, node_record

if TYPE_CHECKING:
    import igraph
    import networkx as nx

Record = dict[str, Any]


def to_networkx(architecture: Architecture) -> nx.MultiDiGraph[str]:
    """Return the architecture as a directed multigraph of networkx, loss-free.

    Nodes carry the fields of `Node` as attributes. An edge has its position as key, and the
    attributes `op` and `wiring` as plain records, ``{"type": "linear", "bias": True}`` for example.
    The graph has the attributes `name` and `outputs`.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> y = b.linear(b.input(3, name="x"), 2, name="y")
    >>> graph = to_networkx(b.build())
    >>> graph.edges["x", "y", 0]["op"]
    {'type': 'linear', 'bias': True}
    >>> from_networkx(graph) == b.build()
    True
    """
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=architecture.name)
    graph.graph["outputs"] = list(architecture.outputs)
    for node in architecture.nodes:
        record = node_record(node)
        graph.add_node(record.pop("name"), **record)
    for edge in architecture.edges:
        record = edge_record(edge)
        source, target, position = (record.pop(key) for key in ("source", "target", "position"))
        graph.add_edge(source, target, key=position, **record)
    return graph


def from_networkx(graph: nx.DiGraph[Any]) -> Architecture:
    """Read an architecture from a directed graph of networkx.

    Parameters
    ----------
    graph : networkx.DiGraph or networkx.MultiDiGraph
        Its nodes have at least the attribute `width`, its edges at least `op`. A node is named by
        its attribute `name`, or else by itself.

    Raises
    ------
    FormatError
        If the graph is undirected, or an attribute is missing, unknown or of the wrong type.
    ArchitectureError, ShapeError
        If the graph breaks a rule of architectures.

    Notes
    -----
    Attributes that are missing or None take the defaults of `Node`, `Edge` and the op. An `op` or
    `wiring` is a record, ``{"type": "conv2d", "kernel": [5, 5]}``, or its type alone, ``"linear"``.
    The position of an edge is its attribute `position`; without it, its key where the keys of the
    edges into a node are 0, 1, 2, ...; otherwise edges enter in the order of ``graph.in_edges``.
    `outputs` is an attribute of the graph and by default lists the nodes that no edge leaves.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_node("pixels", width=64)
    >>> graph.add_node("classes", width=10)
    >>> graph.add_edge("pixels", "classes", op="linear")
    >>> from_networkx(graph).node("classes").merge
    'sum'
    """
    if not graph.is_directed():
        raise FormatError(
            "An architecture is a directed graph: data flows from source to target. "
            f"Received an undirected {type(graph).__name__}. Build an nx.MultiDiGraph."
        )
    names = {node: fields.get("name", node) for node, fields in graph.nodes(data=True)}
    nodes = [{**fields, "name": names[node]} for node, fields in graph.nodes(data=True)]
    edges = [
        {**fields, "source": names[source], "target": names[target]}
        for target in graph
        for source, fields in _entering(graph, target)
    ]
    return _completed(nodes, edges, graph.graph)


def to_igraph(architecture: Architecture) -> igraph.Graph:
    """Return the architecture as a directed graph of igraph, loss-free.

    Vertices carry the fields of `Node` as attributes, edges `op` and `wiring` as plain records and
    their `position`. The graph has the attributes `name` and `outputs`.
    """
    import igraph

    place = {node.name: index for index, node in enumerate(architecture.nodes)}
    vertices = [node_record(node) for node in architecture.nodes]
    edges = [edge_record(edge) for edge in architecture.edges]
    ends = [(place[edge.pop("source")], place[edge.pop("target")]) for edge in edges]
    graph = igraph.Graph(len(vertices), ends, directed=True)
    graph["name"], graph["outputs"] = architecture.name, list(architecture.outputs)
    for key in vertices[0]:
        graph.vs[key] = [vertex[key] for vertex in vertices]
    for key in edges[0] if edges else ():
        graph.es[key] = [edge[key] for edge in edges]
    return graph


def from_igraph(graph: igraph.Graph) -> Architecture:
    """Read an architecture from a directed graph of igraph.

    Its vertices have at least the attributes `name` and `width`, its edges at least `op`; what is
    missing or None takes its default, as in `from_networkx`.

    Raises
    ------
    FormatError
        If the graph is undirected, or an attribute is missing, unknown or of the wrong type.
    ArchitectureError, ShapeError
        If the graph breaks a rule of architectures.
    """
    if not graph.is_directed():
        raise FormatError(
            "An architecture is a directed graph: data flows from source to target. "
            "Received an undirected igraph.Graph. Build it with directed=True."
        )
    nodes = [vertex.attributes() for vertex in graph.vs]
    names = [vertex.get("name") for vertex in nodes]
    edges = [
        {**edge.attributes(), "source": names[edge.source], "target": names[edge.target]}
        for edge in graph.es
    ]
    return _completed(nodes, edges, {key: graph[key] for key in graph.attributes()})


def _entering(graph: nx.DiGraph[Any], node: Any) -> list[tuple[Any, Record]]:
    """Sources and attributes of the edges that enter a node, positions from the keys if there."""
    if not graph.is_multigraph():
        return [(source, fields) for source, _, fields in graph.in_edges(node, data=True)]
    edges = list(graph.in_edges(node, keys=True, data=True))  # type: ignore[call-overload]
    if {key for _, _, key, _ in edges} != set(range(len(edges))):
        return [(source, fields) for source, _, _, fields in edges]
    return [(source, {"position": key, **fields}) for source, _, key, fields in edges]


def _completed(nodes: list[Record], edges: list[Record], whole: Record) -> Architecture:
    """Make an architecture of records in which None stands for a default."""
    given = {
        "name": whole.get("name") or "",
        "outputs": whole.get("outputs") or [],
        "nodes": [_given(node) for node in nodes],
        "edges": _numbered([_given(edge) for edge in edges]),
    }
    return assembled(given, complete=False)


def _given(record: Record) -> Record:
    """Drop the fields that are None."""
    return {key: value for key, value in record.items() if value is not None}


def _numbered(edges: list[Record]) -> list[Record]:
    """Give positions to the edges into each node where none of them has one."""
    entering: dict[str, list[Record]] = {}
    for edge in edges:
        entering.setdefault(repr(edge.get("target")), []).append(edge)
    for group in entering.values():
        if not any("position" in edge for edge in group):
            for position, edge in enumerate(group):
                edge["position"] = position
    return edges
