"""One small cascade of each family, and what is read of cascades in tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from topograph.generators import cascades
from topograph.graph import Architecture, Sparse

Made = Callable[..., Architecture]

FAMILIES: dict[str, Made] = {
    "butterfly": partial(cascades.butterfly, 16, 6),
    "butterfly, descending": partial(cascades.butterfly, 8, 3, order="descending"),
    "butterfly, benes": partial(cascades.butterfly, 8, 5, order="benes"),
    "parallel_butterfly": partial(cascades.parallel_butterfly, 8, 3, layers=4),
    "parallel_butterfly, one copy": partial(cascades.parallel_butterfly, 8, 1, layers=3),
    "pixelfly": partial(cascades.pixelfly, 16, 4, rank=3),
    "pixelfly, no term": partial(cascades.pixelfly, 8, 4),
    "hypercube": partial(cascades.hypercube, 16, 4),
    "torus": partial(cascades.torus, 4, 3, layers=3),
    "torus, thin": partial(cascades.torus, 2, 1, layers=2),
    "clos": partial(cascades.clos, 12, routers=(3, 4, 2)),
    "clos, rectangular": partial(cascades.clos, (12, 20), routers=(3, 4, 5)),
    "monarch": partial(cascades.monarch, 16),
    "monarch, rectangular": partial(cascades.monarch, (12, 18), blocks=3),
    "low_rank": partial(cascades.low_rank, 10, 3),
    "low_rank, rectangular": partial(cascades.low_rank, (6, 9), 5),
    "biregular": partial(cascades.biregular, 16, 3, layers=5, rng=0),
    "biregular, rectangular": partial(cascades.biregular, (12, 18), 4, layers=3, rng=0),
    "biregular, falling": partial(cascades.biregular, (12, 8), 3, layers=4, rng=0),
    "bernoulli": partial(cascades.bernoulli, 16, 0.4, layers=4, rng=0),
    "bernoulli, rectangular": partial(cascades.bernoulli, (20, 16), 0.4, layers=4, rng=0),
    "block_sparse": partial(cascades.block_sparse, 16, 4, degree=2, layers=4, rng=0),
    "block_sparse, rectangular": partial(
        cascades.block_sparse, (12, 16), 2, degree=3, layers=3, rng=0
    ),
    "erdos_renyi_kernel": partial(cascades.erdos_renyi_kernel, (20, 16, 12), 0.8, rng=0),
    "radix": partial(cascades.radix, (4, 2, 2), systems=2),
    "radix, multiplied": partial(cascades.radix, (2, 3), multiples=(2, 3, 1)),
}


def wirings(cascade: Architecture) -> list[Sparse]:
    """Return the wirings of the layers in order."""
    return [cascade.in_edges(layer.name)[0].wiring for layer in cascade.cells["cascade"]]


def mask(wiring: Sparse) -> NDArray[np.bool_]:
    """Write a wiring as a boolean matrix (outputs, inputs)."""
    full = np.zeros((wiring.targets, wiring.sources), dtype=bool)
    full[wiring.rows(), wiring.indices] = True
    return full


def masks(cascade: Architecture) -> list[NDArray[np.bool_]]:
    """Write all layers as boolean matrices."""
    return [mask(wiring) for wiring in wirings(cascade)]


def paths(cascade: Architecture) -> NDArray[np.int64]:
    """Count the paths between each output (row) and input (column)."""
    counted = np.eye(wirings(cascade)[0].sources, dtype=np.int64)
    for layer in masks(cascade):
        counted = layer.astype(np.int64) @ counted
    return counted


def edges(cascade: Architecture) -> int:
    """Count all links, constant ones included."""
    return int(cascade.channel_graph().adjacency.nnz)
