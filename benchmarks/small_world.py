"""Clustering and path lengths: a channel graph in blocks, general graphs, many small graphs.

The channel graph is that of `channel_graph.py`: 4,480 channels and 1,317,888 links. The small
graphs are the 3,942 relational graphs of TOPOGRAPH_DATA where it is set, else as many of Watts and
Strogatz.
"""

from __future__ import annotations

import os
import resource
from functools import partial
from pathlib import Path
from typing import Any

import igraph
import networkit
import networkx
import numpy as np
from channel_graph import cells, network
from harness import arguments, compare, conditions, show, write

from topograph.analyzers import average_clustering, average_path_length

SMALL, NODES, SAMPLE = 3942, 64, 40


def to_igraph(matrix: Any) -> igraph.Graph:
    """Build the peer's graph from a sparse matrix."""
    rows, columns = matrix.nonzero()
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    return igraph.Graph(n=matrix.shape[0], edges=pairs).simplify()


def to_networkit(matrix: Any) -> networkit.Graph:
    """Build the peer's graph from a sparse matrix with one entry per link."""
    rows, columns = (ends.astype(np.uint64) for ends in matrix.nonzero())
    built = networkit.GraphFromCoo((rows, columns), n=matrix.shape[0], directed=False)
    built.removeMultiEdges()
    return built


def clustering_by_igraph(peer: igraph.Graph) -> float:
    return float(np.mean(peer.transitivity_local_undirected(mode="zero")))


def clustering_by_networkit(peer: networkit.Graph) -> float:
    scores = networkit.centrality.LocalClusteringCoefficient(peer).run().scores()
    return float(np.nan_to_num(scores).mean())


def small_graphs() -> np.ndarray:
    """Return the relational graphs, or rings with random links of the same sizes."""
    folder = os.environ.get("TOPOGRAPH_DATA")
    graphs = np.zeros((SMALL, NODES, NODES), dtype=bool)
    if folder:
        with np.load(Path(folder) / "graph2nn_results" / "graphs.npz") as stored:
            bits = np.unpackbits(stored["n64_bits"], axis=1)[:, : NODES * (NODES - 1) // 2]
        graphs[:, *np.triu_indices(NODES, 1)] = bits
        return graphs
    draws = np.random.default_rng(0)
    for number, graph in enumerate(graphs):
        neighbours, rewired = 2 * int(draws.integers(2, 31)), draws.random()
        drawn = networkx.connected_watts_strogatz_graph(NODES, neighbours, rewired, seed=number)
        graph[:] = networkx.to_numpy_array(drawn)
    return graphs


def small_by_networkx(graphs: np.ndarray) -> list[tuple[float, float]]:
    peers = map(networkx.from_numpy_array, graphs)
    return [
        (networkx.average_clustering(peer), networkx.average_shortest_path_length(peer))
        for peer in peers
    ]


def small_by_igraph(graphs: np.ndarray) -> list[tuple[float, float]]:
    peers = (igraph.Graph(n=NODES, edges=np.argwhere(graph).tolist()) for graph in graphs)
    return [(clustering_by_igraph(peer), peer.average_path_length()) for peer in peers]


def small_by_us(graphs: np.ndarray) -> np.ndarray:
    return np.stack([average_clustering(graphs), average_path_length(graphs)], axis=1)


def channels(rounds: int) -> dict[str, Any]:
    """Measure the channel graph of the CNN."""
    graph = cells(network())
    peer = to_igraph(graph.adjacency)
    other = to_networkit(graph.adjacency)
    for expected in (clustering_by_igraph(peer), clustering_by_networkit(other)):
        assert abs(average_clustering(graph) - expected) < 1e-12
    assert abs(average_path_length(graph) - peer.average_path_length()) < 1e-12
    return {
        "W2a clustering, 1.3 million links": compare(
            {
                "topograph, from its blocks": lambda: average_clustering(graph),
                "igraph, from a built graph": lambda: clustering_by_igraph(peer),
                "networkit, from a built graph": lambda: clustering_by_networkit(other),
            },
            rounds=rounds,
        ),
        "W2b path length, 1.3 million links": compare(
            {
                "topograph, from its blocks": lambda: average_path_length(graph),
                "igraph, from a built graph": lambda: peer.average_path_length(),
            },
            rounds=rounds,
            slowest=5.0,
        ),
    }


def wide_channels(rounds: int) -> dict[str, Any]:
    """Measure the channel graph of a CNN ten times as wide; no peer can hold it in this memory."""
    graph = cells(network(10))
    figures = compare(
        {
            "clustering": lambda: average_clustering(graph),
            "path length": lambda: average_path_length(graph),
        },
        rounds=rounds,
    )
    return {"132 million links": figures}


def general_graphs(rounds: int) -> dict[str, Any]:
    """Measure rings with random links, which have no blocks."""
    report = {}
    for neighbours in (20, 200):
        drawn = networkx.watts_strogatz_graph(4480, neighbours, 0.1, seed=0)
        matrix = networkx.to_scipy_sparse_array(drawn, format="csr")
        peer = to_igraph(matrix)
        assert abs(average_clustering(matrix) - clustering_by_igraph(peer)) < 1e-12
        assert abs(average_path_length(matrix) - peer.average_path_length()) < 1e-12
        report[f"clustering, 4,480 nodes of {neighbours} neighbours"] = compare(
            {
                "topograph, from a sparse matrix": partial(average_clustering, matrix),
                "igraph, from a built graph": partial(clustering_by_igraph, peer),
            },
            rounds=rounds,
        )
        report[f"path length, 4,480 nodes of {neighbours} neighbours"] = compare(
            {
                "topograph, from a sparse matrix": partial(average_path_length, matrix),
                "igraph, from a built graph": peer.average_path_length,
            },
            rounds=rounds,
            slowest=2.0,
        )
    return report


def small(rounds: int) -> dict[str, Any]:
    """Measure many small graphs in one call; the peers take a sample, and their time is scaled."""
    graphs = small_graphs()
    sample = graphs[:: SMALL // SAMPLE][:SAMPLE]
    found = small_by_us(graphs)[:: SMALL // SAMPLE][:SAMPLE]
    for peer in (small_by_networkx, small_by_igraph):
        assert np.abs(found - peer(sample)).max() < 1e-12
    figures = compare(
        {
            "topograph, one call each": lambda: small_by_us(graphs),
            "networkx, one by one, scaled": lambda: small_by_networkx(sample),
            "igraph, one by one, scaled": lambda: small_by_igraph(sample),
        },
        rounds=rounds,
    )
    for name in list(figures)[1:]:
        figures[name] = {what: value * SMALL / SAMPLE for what, value in figures[name].items()}
    return {"W2c clustering and path length of 3,942 graphs": figures}


def main() -> None:
    chosen = arguments(__doc__ or "")
    report: dict[str, Any] = {"conditions": conditions("numpy", "scipy", "igraph", "networkx")}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report |= wide_channels(chosen.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report["peak memory at 132 million links, MB"] = peak / 1000
    print(f"peak memory {peak / 1000:.0f} MB, of which {before / 1000:.0f} MB before")
    report |= small(chosen.rounds)
    report |= channels(chosen.rounds)
    report |= general_graphs(chosen.rounds)
    for title, figures in report.items():
        if isinstance(figures, dict) and title != "conditions":
            show(title, figures)
    write(chosen.output, report)


if __name__ == "__main__":
    main()
