"""Singular values of the initial layerwise Jacobians of the 75 MLPs, and what they relate to."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from topograph import to_module
from topograph.analyzers import cost, isometry, nn_mass, relation
from topograph.datasets import load
from topograph.exporter import probe
from topograph.generators import dense_mlp
from topograph.rng import streams

RESULTS = Path(__file__).parent / "results"
DEPTHS, CANDIDATES = (16, 20, 24, 28, 32), range(15)
RULES = ("jacobian", "weights", "released")
IMAGES, NETWORKS = 60, 5
"""Test images of each probe, and networks of each design, as many as in the paper."""


def measure(data: str, *, networks: int = NETWORKS, seed: int = 0) -> pd.DataFrame:
    """Mean singular value of each design by each rule, with its mass and parameters."""
    images = load(data).test_inputs[:IMAGES].reshape(IMAGES, -1)
    designs = [(depth, candidates) for depth in DEPTHS for candidates in CANDIDATES]
    rows = []
    for (depth, candidates), stream in zip(
        tqdm(designs, unit="design"), streams(seed, len(designs)), strict=True
    ):
        found = []
        for draw in stream.spawn(networks):
            network = dense_mlp(8, depth, candidates=candidates, inputs=images.shape[1], rng=draw)
            module = to_module(network, rng=draw)
            found.append([isometry(probe(module, images, rule=rule)).mean for rule in RULES])
        row = {"depth": depth, "candidates": candidates, "nn_mass": nn_mass(network)}
        row["parameters"] = cost(network).parameters
        rows.append(row | dict(zip(RULES, np.mean(found, axis=0), strict=True)))
    return pd.DataFrame(rows)


def relate(designs: pd.DataFrame) -> pd.DataFrame:
    """R^2 of the mean singular value with mass, parameters and candidates, linear in each."""
    measures = ("nn_mass", "parameters", "candidates")
    rows = [
        {"rule": rule}
        | {
            name: relation(designs[name].to_numpy(), designs[rule].to_numpy(), log=False).r_squared
            for name in measures
        }
        for rule in RULES
    ]
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="digits", help="digits, mnist, ...")
    chosen = parser.parse_args()
    designs = measure(chosen.data)
    relations = relate(designs)
    designs.to_csv(RESULTS / f"isometry_{chosen.data}.csv", index=False, float_format="%.6g")
    relations.to_csv(
        RESULTS / f"isometry_{chosen.data}_relations.csv", index=False, float_format="%.6g"
    )
    print(relations.to_string(index=False, float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
