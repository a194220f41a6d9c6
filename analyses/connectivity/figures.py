"""The figures of the connectivity study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from graphs import PUBLISHED, sphere
from matplotlib.figure import Figure

from topograph import plots
from topograph.analyzers import eigen_bound, nngp
from topograph.generators import dag
from topograph.search import CellSpace, connectivity_filter
from topograph.training import TrainingRecord

MOST_PATHS = 4
"""Paths of the complete graph of four nodes."""


def fig_3() -> Figure:
    """The three graphs."""
    figure = Figure()
    for place, (name, edges) in enumerate(PUBLISHED.items(), 1):
        ax = figure.add_subplot(1, 3, place)
        plots.plot_dag(edges, ax=ax)
        ax.set_title(name)
    return figure


def fig_bounds() -> Figure:
    """Bounds of the smallest eigenvalue against correlation, as they are and by the trace."""
    figure = Figure()
    correlation = np.linspace(-1, 1, 201)
    bounds = {name: eigen_bound(dag(edges), correlation) for name, edges in PUBLISHED.items()}
    for place, normalised in enumerate((False, True), 1):
        ax = figure.add_subplot(1, 2, place)
        plots.plot_eigen_bounds(bounds, normalised=normalised, ax=ax)
    return figure


def fig_spectra() -> Figure:
    """Spectra of the three graphs at few inputs on the sphere, and at many in few dimensions."""
    figure = Figure()
    for place, (examples, dimension) in enumerate(((64, 20), (64, 5)), 1):
        ax = figure.add_subplot(1, 2, place)
        inputs = sphere(examples, dimension, seed=0)
        kernels = {name: nngp(dag(edges), inputs) for name, edges in PUBLISHED.items()}
        plots.plot_spectrum(kernels, ax=ax)
        ax.set_title(f"$N = {examples}$, {dimension} dimensions", fontsize="small")
    return figure


def fig_5(subset: str) -> Figure:
    """Accuracy over depth and width on three sets of images."""
    import accuracies

    figure = Figure()
    chosen = connectivity_filter(CellSpace.nasbench201()).window
    sides = (
        (chosen.depth - chosen.depth_radius / 2, chosen.depth + chosen.depth_radius / 2),
        (chosen.width - chosen.width_radius / 2, chosen.width + chosen.width_radius / 2),
    )
    for place, (images, name) in enumerate(accuracies.IMAGES.items(), 1):
        plots.plot_connectivity(
            accuracies.groups(images, subset),
            window=sides,
            paths=MOST_PATHS,
            label=f"{name} (%)",
            ax=figure.add_subplot(1, 3, place),
        )
    return figure


def fig_4(records: dict[str, list[TrainingRecord]]) -> Figure:
    """Training accuracy and loss by epoch."""
    figure = Figure()
    for place, curve in enumerate(("train_accuracy", "train_loss"), 1):
        ax = figure.add_subplot(1, 2, place)
        plots.plot_training(records, curve=curve, ax=ax)
    return figure


def draw_theory(folder: Path) -> None:
    """Write the figures that need no data."""
    with plots.style("neurips", columns=3, ratio=0.6):
        _save(fig_3(), folder / "graphs")
    with plots.style("neurips", columns=2, ratio=0.7):
        _save(fig_bounds(), folder / "bounds")
        _save(fig_spectra(), folder / "spectra")


def draw_accuracies(folder: Path) -> None:
    """Write Fig. 5."""
    with plots.style("neurips", columns=3, ratio=0.95):
        _save(fig_5("three convolutions, depth above 0"), folder / "accuracy_three")
        _save(fig_5("depth above 0"), folder / "accuracy_all")


def draw_training(records: dict[str, list[TrainingRecord]], path: Path) -> None:
    """Write Fig. 4."""
    with plots.style("neurips", columns=2, ratio=0.7):
        _save(fig_4(records), path)


def _save(figure: Figure, path: Path) -> None:
    """Write a figure as PDF and PNG."""
    for suffix in ("pdf", "png"):
        figure.savefig(path.with_suffix(f".{suffix}"))
