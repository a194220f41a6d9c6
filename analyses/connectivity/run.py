"""The connectivity study: search spaces, kernels and their bounds, accuracies, trained networks."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import accuracies
import counter_examples
import figures
import pandas as pd
import spaces
import trained

from topograph.errors import TopographError

PARTS = ("theory", "accuracies", "training")
TRAINED = (("mnist", "one rate"), ("cifar10", "one rate"), ("mnist", "equal trace"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("out/connectivity"))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--smoke", action="store_true", help="train for seconds, on the digits")
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Callable[[], None]] = {
        "theory": lambda: theory(chosen.output),
        "accuracies": lambda: accuracies_of_cells(chosen.output),
        "training": lambda: training(chosen.output, smoke=chosen.smoke),
    }
    for name in chosen.parts:
        needs_data = name == "accuracies" or (name == "training" and not chosen.smoke)
        if needs_data and not os.environ.get("TOPOGRAPH_DATA"):
            print(f"{name}: left out, since TOPOGRAPH_DATA names no folder")
            continue
        start = time.perf_counter()
        parts[name]()
        print(f"{name}: {time.perf_counter() - start:.0f} s")


def theory(folder: Path) -> None:
    """Count search spaces and compare kernels; no data are needed."""
    save(spaces.shapes(), folder / "shapes.csv")
    save(counter_examples.input_sets(), folder / "input_sets.csv")
    save(counter_examples.path_sums(), folder / "path_sums.csv")
    figures.draw_theory(folder)


def accuracies_of_cells(folder: Path) -> None:
    """Relate depth and width to the accuracies of NAS-Bench-201."""
    save(accuracies.correlations(), folder / "correlations.csv")
    save(accuracies.filtered(), folder / "filtered.csv")
    figures.draw_accuracies(folder)


def training(folder: Path, *, smoke: bool) -> None:
    """Train the graphs of Fig. 3."""
    scale = trained.Scale(width=16, images=300, epochs=2, seeds=2) if smoke else trained.Scale()
    tables = []
    for data, rate in TRAINED[::2] if smoke else TRAINED:
        records = trained.learn("digits" if smoke else data, scale, rate=rate)
        tables.append(trained.curves(records, data=data, rate=rate))
        figures.draw_training(records, folder / f"training_{data}_{rate.replace(' ', '_')}")
        save(pd.concat(tables), folder / "training.csv")


def save(table: pd.DataFrame, path: Path) -> None:
    """Write a table with nine digits."""
    table.to_csv(path, index=False, float_format="%.9g")


if __name__ == "__main__":
    try:
        main()
    except TopographError as error:
        sys.exit(f"connectivity: {error}")
