"""What the paper claims, what was found, and a verdict for each: the table of the README."""

from __future__ import annotations

from pathlib import Path

import families
import pandas as pd
import theory

from topograph.analyzers import cost, nn_density, nn_mass
from topograph.generators import dense_cnn
from topograph.studies import markdown_table, read_claims, verdict

HERE = Path(__file__).parent
RESULTS = HERE / "results"
TABLE_1 = {
    "64_large": (20, (90, 170, 300)),
    "64_small": (20, (50, 100, 150)),
    "40": (12, (60, 130, 170)),
    "37": (11, (70, 140, 180)),
    "31": (9, (70, 140, 200)),
}
"""Layers per cell, (D - 4) / 3 for a network of D layers, and candidates per cell."""


def found() -> dict[str, float]:
    """Compute what the claims speak of; figures of training come from `results`."""
    values: dict[str, float] = {}
    for key, (depth, candidates) in TABLE_1.items():
        network = dense_cnn((32, 64, 128), depth, candidates=candidates, rng=0)
        spent = cost(network)
        values[f"mass_{key}"] = nn_mass(network)
        values[f"parameters_{key}"] = spent.parameters / 1e6
        values[f"flops_{key}"] = spent.flops / 1e9
    example = dense_cnn((2, 3, 4), 4, candidates=(3, 4, 5), rng=0)
    values["example_mass"] = nn_mass(example)
    values["example_density"] = nn_density(example)
    return {**values, **theory.found(), **families.found(), **_trained()}


def _trained() -> dict[str, float]:
    """R^2 of the studies whose results are committed."""
    values = {}
    for data in ("digits", "mnist"):
        path = RESULTS / f"{data}_relations.csv"
        if not path.exists():
            continue
        relations = pd.read_csv(path).set_index("measure")
        values[f"r2_parameters_{data}"] = float(relations.loc["log parameters", "r_squared"])
        values[f"r2_nn_mass_{data}"] = float(relations.loc["log nn_mass", "r_squared"])
    return values


def table() -> str:
    """Return the verdicts as a Markdown table."""
    values = found()
    claims = read_claims(HERE / "expected.toml")
    return markdown_table(
        [verdict(claim, values[key]) for key, claim in claims.items() if key in values]
    )


if __name__ == "__main__":
    print(table())
