"""The study of sparse topologies: what graphs decide, and with --train what training finds."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pandas as pd
from figures import draw_all
from tables import TRAINED, figure_5, small, stored, variance
from trained import (
    SMOKE,
    Effort,
    initialisation,
    initialisation_mnist,
    prediction,
    ratios,
    reconstruction,
)

from topograph.errors import TopographError

MAKE = {
    "reconstruction": reconstruction,
    "prediction": prediction,
    "ratios": ratios,
    "initialisation": initialisation,
    "initialisation_mnist": initialisation_mnist,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("out/sparse_topologies"))
    parser.add_argument("--train", choices=[*TRAINED, "all"], help="train one table anew, or all")
    parser.add_argument("--smoke", action="store_true", help="train for seconds only")
    chosen = parser.parse_args()
    folder: Path = chosen.output
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"figure_5": figure_5(), "small": small(), "variance": variance()}
    for name in TRAINED:
        anew = chosen.train == name or (chosen.train == "all" and _is_there(name))
        tables[name] = MAKE[name](SMOKE if chosen.smoke else Effort()) if anew else stored(name)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.9g")
    figures = draw_all(tables, folder)
    with pd.option_context("display.width", 200, "display.max_columns", None):
        print(tables["figure_5"].to_string(index=False))
    print(f"{len(tables)} tables and {len(figures)} figures in {folder}")


def _is_there(name: str) -> bool:
    """Tell whether the data of a table are there, and say so if they are not."""
    if not name.endswith("mnist") or os.environ.get("TOPOGRAPH_DATA"):
        return True
    print(f"{name}: as it was, since TOPOGRAPH_DATA names no folder")
    return False


if __name__ == "__main__":
    try:
        main()
    except TopographError as error:
        sys.exit(f"sparse_topologies: {error}")
