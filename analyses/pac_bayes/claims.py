"""What the paper claims, what was found, and a verdict for each: the table of the README."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from tables import family, pairs, table_1

from topograph.analyzers import poisson_entropy, poisson_entropy_expansion, relation
from topograph.studies import markdown_table, read_claims, verdict

HERE = Path(__file__).parent


def found() -> dict[str, float]:
    """Compute what the claims speak of."""
    return {**_published(), **_trained()}


def _published() -> dict[str, float]:
    """What follows from the formulas alone."""
    networks = table_1()
    least = networks.groupby("reading").paper_divergence.min()
    mean = networks.nn_mass.min() / 2
    mass = np.geomspace(0.01, 2000, 50)
    divergence = 1 / (6 * mass) - np.log(np.pi * np.e * mass) / 2
    return {
        "divergence_falls": relation(mass, divergence).spearman,
        "divergence_out": least["out"],
        "divergence_in": least["in"],
        "distribution": networks.total_mass.max(),
        "entropy": poisson_entropy_expansion(mean) - poisson_entropy(mean),
    }


def _trained() -> dict[str, float]:
    """What the trained family of the digits says."""
    designs, _ = family()
    skipping = designs[designs.nn_mass > 0]
    compared = pairs(designs)
    return {
        "error_falls": _weakest(skipping, "test_error"),
        "gap_falls": _weakest(skipping, "observed_gap"),
        "gap_exceeded": (skipping.observed_gap > skipping.paper_gap).mean(),
        "difference_exceeded": (compared.observed > compared.published).mean(),
    }


def _weakest(designs: pd.DataFrame, column: str) -> float:
    """Largest rank correlation with NN-Mass among the designs of one depth."""
    ranks = [
        relation(one.nn_mass.to_numpy(), one[column].to_numpy()).spearman
        for _, one in designs.groupby("depth")
    ]
    return max(ranks)


def table() -> str:
    """Return the verdicts as a Markdown table."""
    values = found()
    claims = read_claims(HERE / "expected.toml")
    return markdown_table([verdict(claim, values[key]) for key, claim in claims.items()])


if __name__ == "__main__":
    print(table())
