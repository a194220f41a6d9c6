"""Effective depth and width: all cells of NAS-Bench-201, one dense graph, a batch of graphs.

Every program is given the graphs in the form that it reads fastest and returns effective depths and
widths; results are compared first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import igraph
import networkx
import numpy as np
from harness import arguments, compare, conditions, show, write
from numpy.typing import NDArray

from topograph.analyzers import dag_paths
from topograph.search import CellSpace, effective

NODES, DENSITY = 1000, 0.9
BATCH, SMALL = 1000, 64

Shape = tuple[float, float]
Incoming = list[list[tuple[int, int]]]
"""Of each node the edges that enter it: source and type."""


def of_depths(depths: Sequence[int]) -> Shape:
    """Return effective depth and width of listed paths."""
    total = sum(depths)
    if not total:
        return 0.0, 0.0
    mean = total / len(depths)
    return mean, sum(depth > 0 for depth in depths) / mean


def of_counts(paths: int, operations: int, shallow: int) -> Shape:
    """Return effective depth and width of counted paths."""
    if not operations:
        return 0.0, 0.0
    return operations / paths, float(Fraction((paths - shallow) * paths, operations))


def by_networkx(graphs: list[networkx.DiGraph]) -> list[Shape]:
    """Paths listed by networkx."""
    found = []
    for graph in graphs:
        types = graph.adj
        ways = networkx.all_simple_paths(graph, 0, 3)
        found.append(of_depths([sum(types[s][t]["d"] for s, t in pairwise(w)) for w in ways]))
    return found


def by_igraph(graphs: list[tuple[igraph.Graph, dict[tuple[int, int], int]]]) -> list[Shape]:
    """Paths listed by igraph."""
    found = []
    for graph, types in graphs:
        ways = graph.get_all_simple_paths(0, 3)
        found.append(of_depths([sum(types[pair] for pair in pairwise(w)) for w in ways]))
    return found


def by_strings(names: Sequence[str]) -> list[Shape]:
    """Paths written out as strings of letters, from the official strings of cells."""
    found = []
    for name in names:
        ways = [[""]]
        for node in name[1:-1].split("|+|"):
            ways.append([])
            for operation in node.split("|"):
                kind, _, source = operation.partition("~")
                letter = "c" if "conv" in kind else "s"
                if kind != "none":
                    ways[-1] += [way + letter for way in ways[int(source)]]
        found.append(of_depths([way.count("c") for way in ways[-1]]))
    return found


def plain(graph: Incoming) -> Shape:
    """Dynamic programming in Python's integers."""
    paths, operations, shallow = [1], [0], [1]
    for entering in graph[1:]:
        p = o = z = 0
        for source, kind in entering:
            p += paths[source]
            o += operations[source]
            if kind == 2:
                o += paths[source]
            else:
                z += shallow[source]
        paths.append(p)
        operations.append(o)
        shallow.append(z)
    return of_counts(paths[-1], operations[-1], shallow[-1])


def over_networkx(graph: networkx.DiGraph) -> Shape:
    """Dynamic programming in Python's integers over a graph of networkx."""
    last = max(graph)
    paths, operations, shallow = ([0] * (last + 1) for _ in range(3))
    paths[0] = shallow[0] = 1
    for target in range(1, last + 1):
        for source, data in graph.pred[target].items():
            paths[target] += paths[source]
            operations[target] += operations[source] + (paths[source] if data["d"] else 0)
            shallow[target] += 0 if data["d"] else shallow[source]
    return of_counts(paths[-1], operations[-1], shallow[-1])


def incoming(types: NDArray[np.int8]) -> Incoming:
    """Return a matrix of types as lists."""
    return [
        [(int(s), int(types[s, t])) for s in np.flatnonzero(types[:, t])] for t in range(len(types))
    ]


def of_networkx(types: NDArray[np.int8]) -> networkx.DiGraph:
    """Return a matrix of types as a graph of networkx."""
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(len(types)))
    sources, targets = (part.tolist() for part in types.nonzero())
    edges = zip(sources, targets, types[types.nonzero()].tolist(), strict=True)
    graph.add_edges_from((s, t, {"d": int(kind == 2)}) for s, t, kind in edges)
    return graph


def random_types(*shape: int, density: float) -> NDArray[np.int8]:
    """Draw upper triangles of 0, 1 and 2."""
    chances = [1 - density, density / 2, density / 2]
    drawn = np.random.default_rng(0).choice(np.arange(3, dtype=np.int8), p=chances, size=shape)
    return np.triu(drawn, 1)


def cells() -> dict[str, Callable[[], Any]]:
    """All 15,625 cells."""
    space = CellSpace.nasbench201()
    types = np.zeros((len(space), 4, 4), dtype=np.int8)
    types[:, [s for s, _ in space.edges], [t for _, t in space.edges]] = space.kinds
    graphs = [of_networkx(one) for one in types]
    listed = [
        (
            igraph.Graph(n=4, edges=list(graph.edges), directed=True),
            {(s, t): d for s, t, d in graph.edges(data="d")},
        )
        for graph in graphs
    ]
    lists = [incoming(one) for one in types]
    names = space.strings
    programs: dict[str, Callable[[], Any]] = {
        "effective(space)": lambda: effective(space),
        "networkx.all_simple_paths": lambda: by_networkx(graphs),
        "igraph.get_all_simple_paths": lambda: by_igraph(listed),
        "dynamic programming in plain Python": lambda: [plain(graph) for graph in lists],
        "paths as strings": lambda: by_strings(names),
        "dag_paths(types)": lambda: dag_paths(types),
    }
    found = effective(space)
    expected = np.stack([found.depth, found.width], axis=-1)
    for name in list(programs)[1:5]:
        np.testing.assert_allclose(programs[name](), expected, rtol=1e-14)
    other = dag_paths(types)
    np.testing.assert_allclose(other.effective_width, found.width, rtol=1e-14)
    return programs


def dense() -> dict[str, Callable[[], Any]]:
    """One graph of 1,000 nodes and 450,000 edges."""
    types = random_types(NODES, NODES, density=DENSITY)
    graph, lists = of_networkx(types), incoming(types)
    truth, found = over_networkx(graph), dag_paths(types)
    np.testing.assert_allclose((found.effective_depth, found.effective_width), truth, rtol=1e-12)
    assert plain(lists) == truth
    print(f"2^{float(found.log2_paths):.0f} paths")
    return {
        "dag_paths(types)": lambda: dag_paths(types),
        "exact integers over networkx": lambda: over_networkx(graph),
        "exact integers over lists": lambda: plain(lists),
    }


def batch() -> dict[str, Callable[[], Any]]:
    """1,000 graphs of 64 nodes, stored batch-last."""
    drawn = random_types(BATCH, SMALL, SMALL, density=DENSITY)
    types = np.moveaxis(np.ascontiguousarray(np.moveaxis(drawn, 0, -1)), -1, 0)
    graphs, lists = [of_networkx(one) for one in drawn], [incoming(one) for one in drawn]
    found = dag_paths(types)
    truth = [plain(graph) for graph in lists]
    shapes = np.stack([found.effective_depth, found.effective_width], axis=-1)
    np.testing.assert_allclose(shapes, truth, rtol=1e-12)
    return {
        "dag_paths(types), batch last": lambda: dag_paths(types),
        "dag_paths(types), batch first": lambda: dag_paths(drawn),
        "exact integers over networkx": lambda: [over_networkx(graph) for graph in graphs],
        "exact integers over lists": lambda: [plain(graph) for graph in lists],
    }


def main() -> None:
    chosen = arguments(__doc__ or "")
    report: dict[str, Any] = {"conditions": conditions("numpy", "scipy", "networkx", "igraph")}
    for programs in (cells, dense, batch):
        title = (programs.__doc__ or "").rstrip(".")
        report[title] = compare(programs(), rounds=chosen.rounds)
        show(title, report[title])
    write(chosen.output, report)


if __name__ == "__main__":
    main()
