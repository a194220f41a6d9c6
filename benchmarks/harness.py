"""Time programs side by side: in turn, round after round, compared within each round."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

Programs = Mapping[str, Callable[[], Any]]


def compare(programs: Programs, *, rounds: int = 7, slowest: float = 30.0) -> dict[str, Any]:
    """Run every program once per round, in rotating order, after one round that does not count.

    Ratios are taken within a round against the first program (how many times as long the others
    take), and their median is given. A program that takes longer than `slowest` seconds runs once.
    What lies in memory before, a peer's million of tuples, is kept from the garbage collector: it
    would walk it during each program that makes objects.
    """
    gc.collect()
    gc.freeze()
    names = list(programs)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    patient = {name: _timed(programs[name]) for name in names}
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(place + turn) % len(names)]
            if patient[name] < slowest:
                seconds[name].append(_timed(programs[name]))
    for name in names:
        seconds[name] = seconds[name] or [patient[name]] * rounds
    gc.unfreeze()
    first = seconds[names[0]]
    return {
        name: {
            "median_seconds": statistics.median(seconds[name]),
            "fastest_seconds": min(seconds[name]),
            "ratio": statistics.median(
                other / own for own, other in zip(first, seconds[name], strict=True)
            ),
        }
        for name in names
    }


def _timed(program: Callable[[], Any]) -> float:
    gc.collect()
    start = time.perf_counter()
    program()
    return time.perf_counter() - start


def conditions(*packages: str) -> dict[str, Any]:
    """Say on what the figures were measured."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "threads": os.environ.get("OMP_NUM_THREADS", "library default"),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }


def show(title: str, figures: Mapping[str, Mapping[str, float]], peer: str | None = None) -> None:
    """Print one row per program: median time, and the ratio to the first."""
    print(f"\n{title}")
    print(f"{'program':<44}{'median':>12}{'x first':>10}")
    for name, row in figures.items():
        mark = "  <- peer" if name == peer else ""
        print(f"{name:<44}{row['median_seconds'] * 1e3:>9.3f} ms{row['ratio']:>10.2f}{mark}")


def arguments(description: str) -> argparse.Namespace:
    """Read the arguments that all benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser.parse_args()


def write(path: Path | None, report: Mapping[str, Any]) -> None:
    """Write a report as JSON, if a path was given."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, indent=1) + "\n")
        print(f"\nwritten to {path}")
