"""The graphs of the study, and inputs on the sphere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Edges = tuple[tuple[int, int, str], ...]

SEQUENTIAL: Edges = (
    (0, 1, "linear"), (0, 2, "zero"), (1, 2, "linear"),
    (0, 3, "zero"), (1, 3, "zero"), (2, 3, "linear"),
)  # fmt: skip
PARALLEL: Edges = (
    (0, 1, "skip"), (0, 2, "zero"), (1, 2, "skip"),
    (0, 3, "linear"), (1, 3, "linear"), (2, 3, "linear"),
)  # fmt: skip
MIXED: Edges = (
    (0, 1, "linear"), (0, 2, "linear"), (1, 2, "skip"),
    (0, 3, "skip"), (1, 3, "skip"), (2, 3, "linear"),
)  # fmt: skip
PUBLISHED = {"DAG#1": SEQUENTIAL, "DAG#2": PARALLEL, "DAG#3": MIXED}
"""Fig. 3: sequential, parallel, mixed."""


def sphere(examples: int, dimension: int, seed: int) -> NDArray[np.float64]:
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).normal(size=(examples, dimension))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
