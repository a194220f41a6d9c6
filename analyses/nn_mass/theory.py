"""What the paper derives, beside what is exact: degrees, singular values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from topograph import Architecture
from topograph.analyzers import (
    average_degree,
    expected_squared_singular_value,
    initial_variance,
    isometry_bounds,
    selection_law,
    small_world,
)
from topograph.generators import dense_mlp

RESULTS = Path(__file__).parent / "results"
MASSES = np.arange(0, 201, 8)
"""NN-Mass of Fig. 1(b), where the width is 16."""


def found() -> dict[str, float]:
    """Compute what the claims on degrees and singular values speak of."""
    tower = dense_mlp(8, 32, candidates=10, classes=8, rng=0)
    law = selection_law(8, 128, candidates=10)
    return {
        "average_degree": average_degree(tower),
        "poisson_degrees": law.poisson_total_variation,
        "small_world": _sigma(tower),
        "interval": _inside(),
        "rising_square": _rise(),
        **_jacobians(),
    }


def _sigma(network: Architecture) -> float:
    """Clustering over path length, both relative to random graphs of as many links."""
    found = small_world(network, nulls="erdos_renyi", samples=20, rng=0)
    return float(found.sigma[0])


def _inside() -> float:
    """Share of the masses at which the exact mean lies in the printed interval."""
    bounds = isometry_bounds(16, MASSES)
    inside = (bounds.printed_lower <= bounds.exact) & (bounds.exact <= bounds.printed_upper)
    return float(inside.mean())


def _rise() -> float:
    """Mean squared singular value at 16 inputs over that at 8, as torch initialises 8 outputs."""
    squares = [
        expected_squared_singular_value(
            inputs, 8, variance=initial_variance(8, inputs, rule="fan_in", scale=1 / 3)
        )
        for inputs in (8, 16)
    ]
    return squares[1] / squares[0]


def _jacobians() -> dict[str, float]:
    """R^2 of Fig. 3(c, d), from `results`."""
    table = pd.read_csv(RESULTS / "isometry_mnist_relations.csv").set_index("rule")
    released, correct = table.loc["released"], table.loc["jacobian"]
    return {
        "isometry_nn_mass_released": float(released["nn_mass"]),
        "isometry_parameters_released": float(released["parameters"]),
        "isometry_excess": float(correct["nn_mass"] - correct["parameters"]),
    }
