"""The tables of the PAC-Bayes study: published networks, and the trained family of digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import topograph as tg
from topograph.analyzers import (
    PacBayes,
    kl_inverse_upper,
    pac_bayes,
    pac_bayes_difference,
    wiring_code,
)
from topograph.generators import dense_cnn, dense_mlp

HERE = Path(__file__).parent
DIGITS = HERE.parent / "nn_mass" / "results" / "digits.csv"
TABLE_1 = {
    "64 layers, candidates 90/170/300": (20, (90, 170, 300)),
    "64 layers, candidates 50/100/150": (20, (50, 100, 150)),
    "40 layers, candidates 60/130/170": (12, (60, 130, 170)),
    "37 layers, candidates 70/140/180": (11, (70, 140, 180)),
    "31 layers, candidates 70/140/200": (9, (70, 140, 200)),
}
"""Layers per cell, (D - 4) / 3 for a network of D layers, and candidates per cell."""
TRAINED, TESTED = 1438, 359
"""Images of the digits that the family was trained and tested on."""
DELTA = 0.05


def table_1() -> pd.DataFrame:
    """Both readings of the largest degree for the networks of Table 1, on 50,000 images."""
    rows = []
    for name, (depth, candidates) in TABLE_1.items():
        network = dense_cnn((32, 64, 128), depth, candidates=candidates, rng=0)
        code = wiring_code(network)
        for reading in ("out", "in"):
            found = pac_bayes(network, samples=50_000, delta=DELTA, max_degree=reading)
            row = {"network": name, "reading": reading, **numbers(found)}
            rows.append({**row, "wiring": code.wiring.sum(), "limit": code.limit.sum()})
    return pd.DataFrame(rows)


def numbers(found: PacBayes) -> dict[str, float]:
    """The numbers of a result, one column each."""
    return {
        "nn_mass": found.mass,
        "largest_degree": found.largest_degree,
        "total_mass": found.total_mass,
        "paper_divergence": found.paper_divergence.value,
        "entropy_divergence": found.entropy_divergence.value,
        "paper_gap": found.paper_gap.value,
        "prior_gap": found.prior_gap.value,
        "code_gap": found.code_gap.value,
    }


def family() -> tuple[pd.DataFrame, list[PacBayes]]:
    """The trained designs of the NN-Mass study, and what is published of each."""
    trained = pd.read_csv(DIGITS)
    found = [
        pac_bayes(
            tower(row.depth, row.candidates),
            samples=TRAINED,
            delta=DELTA,
            training_error=1 - row.train_accuracy,
        )
        for row in trained.itertuples()
    ]
    table = pd.DataFrame([numbers(each) for each in found])
    table.insert(0, "depth", trained["depth"])
    table.insert(1, "candidates", trained["candidates"])
    table["training_error"] = 1 - trained["train_accuracy"]
    table["test_error"] = 1 - trained["test_accuracy"]
    return table.assign(observed_gap=table.test_error - table.training_error), found


def pairs(designs: pd.DataFrame) -> pd.DataFrame:
    """Corollary 1 for every deeper design with every shallower one of no smaller mass."""
    networks = {(d, t): tower(d, t) for d, t in zip(designs.depth, designs.candidates, strict=True)}
    skipping = designs[designs.nn_mass > 0]
    rows = []
    for first in skipping.itertuples():
        for second in skipping.itertuples():
            if first.depth > second.depth and first.nn_mass <= second.nn_mass:
                found = pac_bayes_difference(
                    networks[first.depth, first.candidates],
                    networks[second.depth, second.candidates],
                    samples=TRAINED,
                    delta=DELTA,
                    training_errors=(first.training_error, second.training_error),
                )
                seen = first.test_error - second.test_error
                rows.append({"published": found.paper_difference.value, "observed": seen})
    return pd.DataFrame(rows)


def certificates(designs: pd.DataFrame) -> pd.DataFrame:
    """Bounds on the expected error of the design with the least test error, among all designs.

    A design's error is a mean over three networks, a number in [0, 1] for each image, so the
    bounds are those that hold for such numbers, not the binomial one.
    """
    error, models = float(designs.test_error.min()), len(designs)
    price = np.log(models / DELTA) / TESTED
    root = np.log(2 * np.sqrt(TESTED) * models / DELTA) / TESTED
    bounds = {
        "test error": error,
        "chernoff": kl_inverse_upper(error, price),
        "maurer": kl_inverse_upper(error, root),
        "hoeffding": error + np.sqrt(price / 2),
    }
    return pd.DataFrame({"method": bounds.keys(), "bound": bounds.values()})


def tower(depth: float, candidates: float) -> tg.Architecture:
    """A network of the family."""
    return dense_mlp(8, int(depth), candidates=int(candidates), inputs=64, rng=0)
