"""Networks of known measures from the folder of TOPOGRAPH_DATA."""

import csv
import os
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd


def reference_rows():
    """Return the table of the networks of the literature, one dictionary each; () without data."""
    folder = os.environ.get("TOPOGRAPH_DATA")
    if not folder:
        return [{"name": "no data"}]
    with (Path(folder) / "network_science" / "reference_stats.csv").open() as file:
        return list(csv.DictReader(file))


def read_graph(name, folder):
    """Read the links of a network of the literature."""
    links = pd.read_csv(folder / "network_science" / f"{name}.csv.gz")
    row = next(row for row in reference_rows() if row["name"] == name)
    peer = nx.MultiDiGraph()
    peer.add_nodes_from(range(int(row["nodes"])))
    peer.add_edges_from(links[["source", "target"]].to_numpy().tolist())
    return peer


def relational_graphs(folder):
    """Return the 3,942 graphs as one array, and the file with their stored measures."""
    stored = np.load(folder / "graph2nn_results" / "graphs.npz")
    bits = np.unpackbits(stored["n64_bits"], axis=1)[:, :2016]
    graphs = np.zeros((len(bits), 64, 64), dtype=bool)
    graphs[:, *np.triu_indices(64, 1)] = bits
    return graphs, stored
