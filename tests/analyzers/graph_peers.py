"""Graphs of known measures, and the same graph for the programs that we are compared with."""

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.generators import dense_cnn, dense_mlp


def peer_of(graph):
    """Write a channel graph down for networkx, link by link."""
    peer = nx.Graph()
    peer.add_nodes_from(range(graph.channels))
    for block in range(graph.blocks):
        members = graph.members[graph.bounds[block] : graph.bounds[block + 1]].tolist()
        targets = range(graph.starts[block], graph.stops[block])
        peer.add_edges_from((source, target) for source in members for target in targets)
    loose = zip(graph.loose_sources.tolist(), graph.loose_targets.tolist(), strict=True)
    peer.add_edges_from(loose)
    return peer


def largest_component(peer):
    """Return the largest component, of equal ones that of the first node."""
    return peer.subgraph(max(nx.connected_components(peer), key=len))


def pair_counts(peer):
    """Count the ordered pairs at each distance by networkx."""
    lengths = dict(nx.all_pairs_shortest_path_length(peer)).values()
    return np.bincount([distance for row in lengths for distance in row.values()])


@st.composite
def channel_graphs(draw):
    """Draw the channel graph of any architecture, or of a random-skip network."""
    seed = draw(st.integers(0, 99))
    kind = draw(st.sampled_from(["any", "tower", "cells"]))
    if kind == "any":
        return draw(architectures()).channel_graph()
    candidates = draw(st.integers(0, 12))
    if kind == "tower":
        depth = draw(st.integers(2, 9))
        network = dense_mlp(
            draw(st.integers(1, 5)), depth, candidates=candidates, inputs=3, rng=seed
        )
        return network.channel_graph()
    separable = draw(st.booleans())
    network = dense_cnn((1, 2), 3, candidates=candidates, separable=separable, rng=seed)
    return network.channel_graph()


@st.composite
def plain_graphs(draw):
    """Draw a graph for networkx, perhaps in pieces."""
    nodes = draw(st.integers(1, 40))
    density = draw(st.sampled_from([0.0, 0.02, 0.1, 0.5, 1.0]))
    return nx.gnp_random_graph(nodes, density, seed=draw(st.integers(0, 999)))


def known_graphs():
    """Yield name, graph, average clustering and mean distance in closed form."""
    yield "complete", nx.complete_graph(9), 1.0, 1.0
    yield "star", nx.star_graph(9), 0.0, 2 - 2 / 10
    yield "path", nx.path_graph(11), 0.0, 12 / 3
    yield "cycle", nx.cycle_graph(9), 0.0, 10 / 4
    # Of m x n nodes, those on one side are 2 apart.
    same, other = 4 * 3 + 6 * 5, 2 * 4 * 6
    yield "bipartite", nx.complete_bipartite_graph(4, 6), 0.0, (2 * same + other) / (same + other)
    # Each node has the next k / 2 on either side: C = 3 (k - 2) / (4 (k - 1)).
    yield (
        "ring",
        nx.watts_strogatz_graph(41, 4, 0),
        1 / 2,
        sum(-(-d // 2) for d in range(1, 21)) / 20,
    )
    hypercube = sum(d * b for d, b in enumerate((1, 4, 6, 4, 1))) / 15
    yield "hypercube", nx.hypercube_graph(4), 0.0, hypercube
    yield "one node", nx.empty_graph(1), 0.0, float("nan")
