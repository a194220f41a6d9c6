"""Where the statements on kernels hold, and where they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from graphs import PUBLISHED, sphere
from numpy.typing import NDArray

from topograph import Architecture
from topograph.analyzers import eigen_bound, nngp, ntk
from topograph.generators import dag
from topograph.search import CellSpace, cell_classes, effective

Floats = NDArray[np.float64]

CORRELATIONS = np.linspace(-1, 1, 2001)[1:-1]
SETS = ((3, 8), (3, 32), (5, 8), (5, 32), (10, 32), (10, 128), (30, 128))
"""Dimension and number of the random inputs on the sphere."""
REPEATS = 30
KINDS = {"none": "zero", "skip_connect": "skip", "linear": "linear"}


def published() -> dict[str, Architecture]:
    """The graphs of Fig. 3."""
    return {name: dag(edges) for name, edges in PUBLISHED.items()}


def found() -> dict[str, float]:
    """Compute what the claims on kernels speak of."""
    graphs = published()
    paper, exact = (
        [eigen_bound(graph, CORRELATIONS, mode=mode) for graph in graphs.values()]
        for mode in ("paper", "exact")
    )
    tangent = [tangent_bound(graph) for graph in graphs.values()]
    sums = path_sums()
    return {
        "order_paper": _ordered([each.bound for each in paper]),
        "order_exact": _ordered([each.bound for each in exact]),
        "diagonal_2": float(exact[1].diagonal[0]),
        "diagonal_3": float(exact[2].diagonal[0]),
        "sign": float(np.max(paper[2].signed - paper[2].bound)),
        "trace_paper": _ordered([each.normalised for each in paper]),
        "trace_exact": _ordered([each.normalised for each in exact]),
        "path_sum": int(sums.graphs[sums.excess > 0].sum()),
        "tangent": _ordered(tangent),
    }


def _ordered(values: list[Floats]) -> float:
    """Share of the correlations at which values grow from graph to graph."""
    first, second, third = values
    return float(np.mean((first < second) & (second < third)))


def tangent_bound(graph: Architecture, correlations: Floats = CORRELATIONS[::20]) -> Floats:
    """Smallest eigenvalue of the tangent kernel of two inputs."""
    pairs = [np.array([[1.0, 0.0], [c, np.sqrt(1 - c * c)]]) for c in correlations]
    return np.array([ntk(graph, pair).lambda_min for pair in pairs])


def input_sets() -> pd.DataFrame:
    """Shares of random input sets in which smallest eigenvalues are in the claimed order."""
    graphs = published()
    rows = []
    for dimension, examples in SETS:
        inputs = [sphere(examples, dimension, seed) for seed in range(REPEATS)]
        kernels = {
            name: [nngp(graph, one, mode="paper") for one in inputs]
            for name, graph in graphs.items()
        }
        least = {
            name: np.array([kernel.lambda_min for kernel in found])
            for name, found in kernels.items()
        }
        rows.append(
            {
                "dimension": dimension,
                "examples": examples,
                "harmonics": (dimension + 1) * (dimension + 2) // 2 - 1,
                "sets": REPEATS,
                "first_below_second": np.mean(least["DAG#1"] < least["DAG#2"]),
                "second_below_third": np.mean(least["DAG#2"] < least["DAG#3"]),
                "tightness_3": np.median([kernel.tightness for kernel in kernels["DAG#3"]]),
            }
        )
    return pd.DataFrame(rows)


def path_sums() -> pd.DataFrame:
    """By how much the smallest eigenvalue exceeds Eq. (12), for connected graphs of four nodes.

    Graphs of one class have the same kernel, so one of each class is asked.
    """
    space = CellSpace.typed()
    classes, first, size = np.unique(
        cell_classes(space, by="isomorphism"), return_index=True, return_counts=True
    )
    connected = effective(space).is_connected
    correlations = np.linspace(0, 0.95, 20)
    rows = []
    for number, place, cells in zip(classes, first, size, strict=True):
        if not connected[place]:
            continue
        triples = zip(space.edges, space[int(place)], strict=True)
        graph = dag([(s, t, KINDS[name]) for (s, t), name in triples])
        bound = eigen_bound(graph, correlations, mode="path_sum")
        excess = float(np.max(bound.true - bound.bound))
        row = {"class": number, "graphs": cells, "paths": bound.paths}
        rows.append({**row, "excess": excess if excess > 1e-12 else 0.0})
    return pd.DataFrame(rows)
