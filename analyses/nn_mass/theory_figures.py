"""The figures of the theory: singular values, degrees, and singular values of the 75 MLPs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from topograph import plots
from topograph.analyzers import isometry_bounds, relation, selection_law, simulate_spectra
from topograph.generators import dense_mlp

RESULTS = Path(__file__).parent / "results"


def fig_1b() -> Figure:
    """Mean singular value against NN-Mass at width 16, drawn and exact, within its bounds."""
    bounds = isometry_bounds(16, np.arange(0, 201, 8))
    rows = bounds.inputs.astype(int)
    simulated = simulate_spectra(rows, 16, samples=400, rng=0)
    figure = Figure()
    plots.plot_singular_values(bounds, simulated.mean, ax=figure.add_subplot())
    return figure


def fig_8() -> Figure:
    """Mean squared singular value against the larger side of the matrix."""
    sides = np.arange(200, 1201, 200)
    widths = np.array([20, 40, 80, 120, 160, 200])
    rows, columns = (part.ravel() for part in np.meshgrid(sides, widths))
    figure = Figure()
    spectra = simulate_spectra(rows, columns, samples=10, rng=0)
    plots.plot_squared_singular_values(spectra, ax=figure.add_subplot())
    return figure


def fig_3d() -> Figure:
    """Mean singular value of the 75 MLPs against NN-Mass, by the correct derivative."""
    designs = pd.read_csv(RESULTS / "isometry_mnist.csv")
    figure = Figure()
    plots.plot_relation(
        relation(designs["nn_mass"].to_numpy(), designs["jacobian"].to_numpy(), log=False),
        ax=figure.add_subplot(),
        colour_by=designs["depth"],
        colour_label="Depth",
        x_label="NN-Mass $m$ (channels × layers)",
        y_label=r"Mean singular value",
    )
    return figure


def fig_selection() -> Figure:
    """How many layers select a channel: the exact law, Poisson and geometric."""
    figure = Figure()
    law = selection_law(8, 128, candidates=10)
    plots.plot_selection_law(law, ax=figure.add_subplot(), log=True)
    return figure


def fig_superposition() -> Figure:
    """A network as a lattice with random links on top of it, as Fig. 9 of arXiv:1910.00780."""
    network = dense_mlp(4, 6, candidates=3, inputs=4, classes=4, rng=0)
    figure = Figure()
    for part, ax in zip(("lattice", "random", "network"), figure.subplots(1, 3), strict=True):
        plots.plot_superposition(network, part=part, ax=ax)
    return figure


def draw_all(folder: Path) -> list[Path]:
    """Write every figure as PDF and PNG and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Callable[[], Figure]] = {
        "singular_values": fig_1b,
        "squared_singular_values": fig_8,
        "isometry_nn_mass": fig_3d,
        "selection_law": fig_selection,
        "superposition": fig_superposition,
    }
    written = []
    for name, make in figures.items():
        wide = name == "superposition"
        with plots.style("neurips", width=1.0 if wide else 0.6, ratio=0.3 if wide else 0.7):
            figure = make()
            for suffix in ("pdf", "png"):
                written.append(folder / f"{name}.{suffix}")
                figure.savefig(written[-1])
    return written


if __name__ == "__main__":
    for path in draw_all(Path("out/nn_mass")):
        print(path)
