"""What the paper claims, what was found, and a verdict for each: the table of the README."""

from __future__ import annotations

from pathlib import Path

import counter_examples
import pandas as pd
import spaces

from topograph.studies import markdown_table, read_claims, verdict

HERE = Path(__file__).parent
RESULTS = HERE / "results"
IMAGES = ("cifar10", "cifar100", "imagenet16")
THREE, DEEP = "three convolutions", "three convolutions, depth above 0"


def found() -> dict[str, float]:
    """Compute counts and kernels; read from `results` what needs data or training."""
    return {**spaces.found(), **counter_examples.found(), **_inputs(), **_cells(), **_trained()}


def _inputs() -> dict[str, float]:
    """Order of the smallest eigenvalues of many inputs."""
    table = pd.read_csv(RESULTS / "input_sets.csv").set_index(["dimension", "examples"])
    both = table[["first_below_second", "second_below_third"]].min(axis=1)
    return {"inputs_low": both[5, 32], "inputs_high": both[30, 128]}


def _cells() -> dict[str, float]:
    """Accuracies of NAS-Bench-201."""
    correlations = _by_cells("correlations")
    filtered = _by_cells("filtered")
    values = {}
    for images in IMAGES:
        three, deep = (correlations.loc[images, cells] for cells in (THREE, DEEP))
        values[f"positive_{images}"] = three.r_groups / three.chance_groups
        values[f"deep_{images}"] = deep.r_groups_low / deep.chance_groups
    inside = filtered.xs(DEEP, level="cells")
    every = filtered.xs("all", level="cells")
    return {
        **values,
        "gain": (inside.mean_kept - inside.mean_removed).min(),
        "spread": (inside.spread_kept / inside.spread_removed).max(),
        "best": (every.best - every.best_kept).max(),
    }


def _trained() -> dict[str, float]:
    """Shares of epochs in which one graph is ahead of another."""
    table = pd.read_csv(RESULTS / "training.csv").set_index(["data", "rate", "graph", "epoch"])
    curve = table.train_accuracy.unstack("graph")
    ahead = pd.DataFrame(
        {"21": curve["DAG#2"] > curve["DAG#1"], "32": curve["DAG#3"] > curve["DAG#2"]}
    )
    share = ahead.groupby(level=["data", "rate"]).mean()
    names = {"mnist": ("mnist", "one rate"), "cifar10": ("cifar10", "one rate"),
             "trace": ("mnist", "equal trace")}  # fmt: skip
    return {
        f"{name}_{pair}": share.loc[place, pair]
        for name, place in names.items()
        for pair in ("21", "32")
    }


def _by_cells(name: str) -> pd.DataFrame:
    """Read a table by images and set of cells."""
    return pd.read_csv(RESULTS / f"{name}.csv").set_index(["images", "cells"])


def table() -> str:
    """Return the verdicts as a Markdown table."""
    values = found()
    claims = read_claims(HERE / "expected.toml")
    return markdown_table([verdict(claim, values[key]) for key, claim in claims.items()])


if __name__ == "__main__":
    print(table())
