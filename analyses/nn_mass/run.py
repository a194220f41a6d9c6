"""The NN-Mass study: 75 random-skip MLPs, measured, trained, and related to their measures."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import pandas as pd
from figures import draw_all

from topograph.errors import TopographError
from topograph.studies import FamilyStudy
from topograph.training.device import choose_device, describe_device

HERE = Path(__file__).parent


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="digits", help="digits, mnist, fashion_mnist, ...")
    parser.add_argument("--output", type=Path, default=Path("out/study"))
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 for one per core")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--smoke", action="store_true", help="run a small version in seconds")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    start = time.perf_counter()
    study = FamilyStudy.read(
        HERE / "study.toml", smoke=chosen.smoke, data=chosen.data, seed=chosen.seed
    )
    device = choose_device(chosen.device)
    workers = 1 if device.type == "cuda" else chosen.workers or os.cpu_count() or 1
    trials = len(study.plan.trials())
    print(
        f"{trials} networks on {chosen.data}; device {describe_device(device)}; {workers} workers"
    )
    table = study.run(chosen.output, device=chosen.device, workers=workers)
    relations = study.relations(table)
    relations.to_csv(chosen.output / "relations.csv", index=False)
    figures = draw_all(study, table, chosen.output)
    report(study, table, relations)
    print(
        f"\n{time.perf_counter() - start:.0f} s; table and {len(figures)} figures "
        f"in {chosen.output}"
    )


def report(study: FamilyStudy, table: pd.DataFrame, relations: pd.DataFrame) -> None:
    """Print what accuracy is related to."""
    means = study.means(table)
    best = means.loc[means["test_accuracy"].idxmax()]
    print("\nR^2 of a line through the mean test accuracy of the designs")
    print(relations.to_string(index=False, float_format="{:.3f}".format))
    print(
        f"\nAccuracy from {means['test_accuracy'].min():.3f} to {best['test_accuracy']:.3f} "
        f"(depth {best['depth']:.0f}, candidates {best['candidates']:.0f}); "
        f"spread between repeats {means['test_accuracy_std'].mean():.3f}"
    )


if __name__ == "__main__":
    try:
        main()
    except TopographError as error:
        sys.exit(f"study: {error}")
    except KeyboardInterrupt as stop:
        sys.exit(f"\nstudy: {stop}")
