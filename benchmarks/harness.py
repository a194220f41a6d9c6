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

IN_A_ROW = 0.05
"""Seconds for which a short program is repeated."""


def compare(programs: Programs, *, rounds: int = 7, slowest: float = 30.0) -> dict[str, Any]:
    """Run every program in each round, in rotating order, after one round that does not count.

    In a round a program runs once and, if that took less than `IN_A_ROW` seconds, as often again as
    fits into them: what takes a second warms the caches for itself, and what takes a millisecond
    would be measured by what ran before it. Both times are given, and their ratios within a round
    to the first program (how many times as long the others take); medians over the rounds. A
    program that takes longer than `slowest` seconds runs once in all. What lies in memory before, a
    peer's million of tuples, is kept from the garbage collector: it would walk it during each
    program that makes objects.
    """
    gc.collect()
    gc.freeze()
    names = list(programs)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    patient = {name: _timed(programs[name]) for name in names}
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(place + turn) % len(names)]
            if patient[name][0] < slowest:
                times[name].append(_timed(programs[name]))
    gc.unfreeze()
    own = times[names[0]]
    return {name: _figures(own, times[name] or [patient[name]] * rounds) for name in names}


def _timed(program: Callable[[], Any]) -> tuple[float, float]:
    """Return the seconds of a single run, and of one of several in a row."""
    gc.collect()
    once = _seconds(program, 1)
    count = int(IN_A_ROW / once)
    return once, _seconds(program, count) if count > 1 else once


def _seconds(program: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        program()
    return (time.perf_counter() - start) / count


def _figures(own: list[tuple[float, float]], times: list[tuple[float, float]]) -> dict[str, float]:
    """Describe the times of a program beside those of the first."""
    once, row = zip(*times, strict=True)
    ratios = [(a / b, c / d) for (a, c), (b, d) in zip(times, own, strict=True)]
    first_ratios, row_ratios = zip(*ratios, strict=True)
    return {
        "median_seconds": statistics.median(row),
        "fastest_seconds": min(row),
        "ratio": statistics.median(row_ratios),
        "once_seconds": statistics.median(once),
        "once_ratio": statistics.median(first_ratios),
    }


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
    """Print one row per program: its time in a row and alone, and the ratios to the first."""
    print(f"\n{title}")
    print(f"{'program':<46}{'in a row':>12}{'x first':>10}{'once':>14}{'x first':>10}")
    for name, row in figures.items():
        mark = "  <- peer" if name == peer else ""
        print(
            f"{name:<46}{row['median_seconds'] * 1e3:>9.3f} ms{row['ratio']:>10.2f}"
            f"{row['once_seconds'] * 1e3:>11.3f} ms{row['once_ratio']:>10.2f}{mark}"
        )


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
