"""Channel graph of a random-skip CNN: sampling, links in both directions, degrees and their laws.

Three cells of 20 layers, widths 32, 64 and 128, candidates 90, 170 and 300: 4,480 channels and
1,317,888 links. Peers get their links in the form that they read fastest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import igraph
import networkit
import networkx
import numpy as np
import rustworkx
from harness import arguments, compare, conditions, show, write
from scipy.sparse import coo_array
from scipy.special import gammaln

from topograph.analyzers import fit_degrees
from topograph.generators import dense_channels, dense_cnn
from topograph.generators._dense_parts import random_links
from topograph.graph import Architecture, ChannelGraph
from topograph.graph.contract import channel_graph
from topograph.graph.expand import incoming, outgoing

WIDTHS, DEPTH, CANDIDATES = (32, 64, 128), 20, (90, 170, 300)


def network(scale: int = 1) -> Architecture:
    """Return the CNN; `scale` widens it, so that it has scale^2 times the links."""
    widths = [scale * width for width in WIDTHS]
    candidates = [scale * limit for limit in CANDIDATES]
    return dense_cnn(widths, DEPTH, candidates=candidates, rng=0)


def cells(architecture: Architecture) -> ChannelGraph:
    """Return the channels of the cells, made afresh."""
    graph = channel_graph(architecture)
    return graph.within([name for name in graph.nodes if name.startswith("cell")])


def drawn() -> ChannelGraph:
    """Return the same channels, drawn without the network."""
    return dense_channels(WIDTHS, DEPTH, candidates=CANDIDATES, rng=0)


def drawing_alone() -> None:
    """Draw what the layers read and lay nothing out: a floor, no result."""
    streams = np.random.default_rng(0).spawn(len(WIDTHS))
    for width, limit, stream in zip(WIDTHS, CANDIDATES, streams, strict=True):
        random_links(width, DEPTH, candidates=limit, rng=stream)


def both_directions(sample: Callable[[], ChannelGraph]) -> None:
    """Sample channels and write their links down, by source and by target."""
    graph = sample()
    outgoing(graph)
    incoming(graph)


def check(graph: ChannelGraph, pairs: list[tuple[int, int]]) -> None:
    """Raise unless a peer counts the same degrees, and channels drawn have the same links."""
    assert (drawn().adjacency != graph.adjacency).nnz == 0
    peer = igraph.Graph(n=graph.channels, edges=pairs, directed=True)
    assert peer.outdegree() == graph.out_degree.tolist()
    assert peer.indegree() == graph.in_degree.tolist()
    assert outgoing(graph).nnz == incoming(graph).nnz == len(pairs)


def networkit_graph(n: int, rows: np.ndarray, columns: np.ndarray) -> None:
    networkit.GraphFromCoo((rows, columns), n=n, directed=True)


def networkx_graph(pairs: list[tuple[int, int]]) -> None:
    networkx.DiGraph().add_edges_from(pairs)


def rustworkx_graph(pairs: list[tuple[int, int]]) -> None:
    rustworkx.PyDiGraph().extend_from_edge_list(pairs)


def scipy_graph(ones: np.ndarray, rows: np.ndarray, columns: np.ndarray, n: int) -> None:
    coo_array((ones, (rows, columns)), shape=(n, n)).tocsr()


def degrees_by_igraph(peer: igraph.Graph) -> None:
    """Count in- and out-degrees and fit a Poisson law to each, as ours does."""
    for degree in (peer.indegree(), peer.outdegree()):
        counts = np.bincount(degree)
        support = np.arange(len(counts))
        mean = counts @ support / counts.sum()
        np.exp(support * np.log(mean) - mean - gammaln(support + 1.0))


def degrees_by_blocks(architecture: Architecture) -> None:
    """Count in- and out-degrees, fit both laws to each and measure the distances."""
    graph = cells(architecture)
    fit_degrees(graph.in_degree)
    fit_degrees(graph.out_degree, direction="out")


def main() -> None:
    chosen = arguments(__doc__ or "")
    architecture = network()
    graph = cells(architecture)
    links = outgoing(graph).tocoo()
    rows, columns = links.row.astype(np.uint64), links.col.astype(np.uint64)
    pairs = list(zip(links.row.tolist(), links.col.tolist(), strict=True))
    check(graph, pairs)
    peer = igraph.Graph(n=graph.channels, edges=pairs, directed=True)
    ones = np.ones(len(pairs), dtype=np.int8)
    run = partial(compare, rounds=chosen.rounds)
    report = {
        "conditions": conditions("numpy", "scipy", "igraph", "networkx", "rustworkx", "networkit"),
        "channels": graph.channels,
        "links": graph.links,
        "bytes_per_link_in_blocks": graph.nbytes / graph.links,
        "sampling and links in both directions": run(
            {
                "topograph, channels drawn, both": partial(both_directions, drawn),
                "topograph, network sampled and validated, both": partial(
                    both_directions, lambda: cells(network())
                ),
                "igraph, tuples ready": lambda: igraph.Graph(
                    n=graph.channels, edges=pairs, directed=True
                ),
                "networkit, arrays ready": lambda: networkit_graph(graph.channels, rows, columns),
                "rustworkx, tuples ready": lambda: rustworkx_graph(pairs),
                "scipy coo to csr, arrays ready": lambda: scipy_graph(
                    ones, links.row, links.col, graph.channels
                ),
                "networkx, tuples ready": lambda: networkx_graph(pairs),
            }
        ),
        "blocks": run({"drawn in blocks": drawn, "drawing alone (no result)": drawing_alone}),
        "from a ready architecture": run(
            {
                "blocks": lambda: cells(architecture),
                "blocks and links by source": lambda: outgoing(cells(architecture)),
                "blocks and links in both directions": lambda: (
                    outgoing(cells(architecture)),
                    incoming(cells(architecture)),
                ),
                "igraph, tuples ready": lambda: igraph.Graph(
                    n=graph.channels, edges=pairs, directed=True
                ),
            }
        ),
        "degrees alone": run(
            {
                "topograph, from its blocks": lambda: (
                    ChannelGraph.in_degree.func(graph),
                    ChannelGraph.out_degree.func(graph),
                ),
                "igraph, from a built graph": lambda: (peer.indegree(), peer.outdegree()),
            }
        ),
        "degrees and laws (igraph: Poisson alone; ours: two laws and distances)": run(
            {
                "topograph, from its blocks": lambda: (
                    fit_degrees(ChannelGraph.in_degree.func(graph)),
                    fit_degrees(ChannelGraph.out_degree.func(graph)),
                ),
                "topograph, from the architecture": lambda: degrees_by_blocks(architecture),
                "igraph, from a built graph": lambda: degrees_by_igraph(peer),
            }
        ),
        "a hundred times the links": run(
            {
                "topograph, sampled, degrees from blocks": lambda: degrees_by_blocks(network(10)),
            }
        ),
    }
    for title, figures in report.items():
        if isinstance(figures, dict) and title != "conditions":
            show(title, figures)
    write(chosen.output, report)


if __name__ == "__main__":
    main()
