"""The tables of the study: what graphs decide is computed, what was trained is read."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from networks import FIGURE_5, N, bottleneck, deficient, figure_7

from topograph import Architecture
from topograph.analyzers import (
    Controllability,
    ControlTraining,
    VariancePropagation,
    bandwidth,
    controllability,
    cost,
    degrees_of_freedom,
    matching,
    variance_propagation,
)
from topograph.exporter import measured_variance
from topograph.generators.cascades import biregular, clos, low_rank

RESULTS = Path(__file__).parent / "results"
TRAINED = ("reconstruction", "prediction", "ratios", "initialisation", "initialisation_mnist")
LAWS = ("sparse_xavier", "dense_xavier")


@cache
def figure_5() -> pd.DataFrame:
    """Links, ratios and matchings of the four networks of Fig. 5."""
    return pd.DataFrame([_row(name) for name in FIGURE_5])


def _row(name: str) -> dict[str, Any]:
    """Everything about one network of Fig. 5."""
    plain, skipping = FIGURE_5[name](), FIGURE_5[name](skip=True)
    control = uniform(name)
    return {
        "network": name,
        "links": matching(plain, rng=0).weights,
        "trainable": cost(skipping).parameters,
        "freedom": degrees_of_freedom(plain, rng=0),
        "freedom_skip": degrees_of_freedom(skipping, rng=0),
        "matching_all": matching(skipping, trainable_only=False, rng=0).size,
        "matching_trainable": matching(skipping, rng=0).size,
        "control_mean": control.mean,
        "control_std": control.std,
        "control_total": control.total,
    }


@cache
def uniform(name: str) -> Controllability:
    """Return the control of a network of Fig. 5 under unbiased routing."""
    return controllability(FIGURE_5[name](skip=True))


@cache
def fair(name: str) -> Controllability:
    """Return the control of a network of Fig. 5, trained to be fair."""
    settings = ControlTraining(iterations=200)
    cascade = FIGURE_5[name](skip=True)
    return controllability(cascade, method="fair", training=settings, progress=False, device="cpu")


@cache
def biased(name: str) -> Controllability:
    """Return the control of a network of Fig. 5 by Eq. (20), from initial logits N(0, 1)."""
    settings = ControlTraining(iterations=200, noise=1.0)
    cascade = FIGURE_5[name](skip=True)
    return controllability(
        cascade, method="eq20", training=settings, progress=False, device="cpu", rng=0
    )


@cache
def small() -> pd.DataFrame:
    """Matchings beside degrees of freedom where they part."""
    cascades = {
        "Fig. 7, all links train": bottleneck(2, skip=False),
        "Fig. 7": figure_7(),
        "Fig. 8, all links train": bottleneck(3, skip=False),
        "Fig. 8, skips": bottleneck(3, skip=True),
        "Hall-deficient": deficient(),
        "low_rank(32, 18), all links train": low_rank(N, 18),
        "low_rank(32, 18), skips": low_rank(N, 18, skip=True),
        "clos(32, (8, 1, 8)), all links train": clos(N, routers=(8, 1, 8)),
    }
    return pd.DataFrame([_small(name, cascade) for name, cascade in cascades.items()])


def _small(name: str, cascade: Architecture) -> dict[str, Any]:
    """Everything about one of these cascades."""
    matched, control = matching(cascade, rng=0), controllability(cascade)
    inputs, outputs = control.K.shape
    return {
        "network": name,
        "trainable": matched.weights,
        "matching": matched.size,
        "freedom": degrees_of_freedom(cascade, rng=0),
        "bandwidth": bandwidth(cascade).paths,
        "control_total": control.total,
        "ratios": (inputs - 1) * outputs,
    }


@cache
def propagation() -> dict[str, tuple[VariancePropagation, VariancePropagation]]:
    """Return variances by law, predicted and measured, of 20 layers of density 1/64."""
    cascade = biregular(256, 4, layers=20, rng=0)
    return {
        law: (
            variance_propagation(cascade, init=law),
            measured_variance(cascade, init=f"{law}_uniform", batch=64, draws=4, rng=0),
        )
        for law in LAWS
    }


@cache
def variance() -> pd.DataFrame:
    """Return the same as a table, one row per law and layer."""
    frames = []
    for law, (predicted, measured) in propagation().items():
        frame = predicted.to_frame()
        frame["forward_measured"], frame["backward_measured"] = measured.forward, measured.backward
        frame.insert(0, "law", law)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def stored(name: str) -> pd.DataFrame:
    """Read what was trained before."""
    return pd.read_csv(RESULTS / f"{name}.csv")


def error_at(table: pd.DataFrame, weights: float, *, against: str) -> pd.Series[float]:
    """Interpolate errors at a number of weights, on logarithmic axes, by topology."""
    return table.groupby("topology").apply(
        partial(_interpolated, weights=weights, against=against), include_groups=False
    )


def _interpolated(rows: pd.DataFrame, *, weights: float, against: str) -> float:
    """Interpolate the errors of one topology; NaN outside of what was trained."""
    ordered = rows.sort_values(against)
    at, errors = ordered[against].to_numpy(float), ordered["mean"].to_numpy(float)
    found = np.interp(np.log(weights), np.log(at), np.log(errors), left=np.nan, right=np.nan)
    return float(np.exp(found))
