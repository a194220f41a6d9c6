"""The figures of the PAC-Bayes study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from topograph import plots
from topograph.analyzers import PacBayes, poisson_entropy, poisson_entropy_expansion

MASS = "NN-Mass $m$ (channels × layers)"


def fig_bounds(found: Sequence[PacBayes]) -> Figure:
    """Published and certified gaps of the family against NN-Mass."""
    figure = Figure()
    plots.plot_pac_bayes(found, ax=figure.add_subplot())
    return figure


def fig_observed(designs: pd.DataFrame) -> Figure:
    """Test minus training error of the trained designs, and the published bound on it."""
    figure = Figure()
    ax = figure.add_subplot()
    skipping = designs[designs.nn_mass > 0].sort_values("nn_mass")
    for place, (depth, one) in enumerate(skipping.groupby("depth")):
        style = {"color": plots.colour(place), "marker": plots.MARKERS[place], "s": 12}
        ax.scatter(one.nn_mass, one.observed_gap, label=f"depth {depth:.0f}", **style)
    ax.plot(
        skipping.nn_mass,
        skipping.paper_gap,
        color=plots.colour("crimson"),
        linestyle=plots.LINES[1],
        label="published (not a bound)",
    )
    ax.set(xlabel=MASS, ylabel="Test $-$ training error", ylim=(0, 0.068))
    ax.legend(loc="lower left", ncols=2)
    return figure


def fig_entropy() -> Figure:
    """Entropy of a Poisson number: exact, and the published expansion."""
    figure = Figure()
    ax = figure.add_subplot()
    mean = np.geomspace(0.05, 100, 300)
    ax.plot(mean, poisson_entropy(mean), color=plots.colour("ink"), label="exact")
    ax.plot(
        mean,
        poisson_entropy_expansion(mean),
        color=plots.colour("crimson"),
        linestyle=plots.LINES[1],
        label="published expansion",
    )
    ax.axhline(0, color="0.7", linewidth=0.6)
    ax.set(xscale="log", xlabel=r"Mean $\lambda = m / 2$", ylabel="Entropy $H$ (nats)")
    ax.legend(loc="upper left")
    return figure


def draw_all(designs: pd.DataFrame, found: Sequence[PacBayes], folder: Path) -> list[Path]:
    """Write every figure as PDF and PNG and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Callable[[], Figure]] = {
        "bounds": lambda: fig_bounds(found),
        "observed": lambda: fig_observed(designs),
        "entropy": fig_entropy,
    }
    written = []
    for name, make in figures.items():
        with plots.style("neurips", width=0.6, ratio=0.7):
            figure = make()
            for suffix in ("pdf", "png"):
                written.append(folder / f"{name}.{suffix}")
                figure.savefig(written[-1])
    return written
