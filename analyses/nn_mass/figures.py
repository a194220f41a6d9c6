"""The figures of the NN-Mass study, drawn from its table."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

import topograph as tg
from topograph import plots
from topograph.studies import FamilyStudy

HERE = Path(__file__).parent
SHOWN = {"depth": 16, "candidates": 4}
"""The network that is drawn."""


def fig_3a(study: FamilyStudy, table: pd.DataFrame) -> Figure:
    """Test accuracy against parameters, as Fig. 3(a)."""
    return _against(study, table, "parameters", "Parameters")


def fig_3b(study: FamilyStudy, table: pd.DataFrame) -> Figure:
    """Test accuracy against NN-Mass, as Fig. 3(b)."""
    return _against(study, table, "nn_mass", "NN-Mass $m$ (channels × layers)")


def fig_architecture() -> Figure:
    """One network of the family: layers as columns, skip connections as arcs."""
    figure = Figure()
    plots.plot_architecture(shown(), ax=figure.add_subplot())
    return figure


def fig_degrees() -> Figure:
    """Out-degrees of its skip connections, with the laws fitted to them."""
    figure = Figure()
    found = tg.analyzers.degree_distribution(shown(), direction="out", links="skip")
    plots.plot_degree_distribution(found, ax=figure.add_subplot())
    return figure


def shown() -> tg.Architecture:
    """The network that is drawn."""
    return tg.generators.dense_mlp(8, **SHOWN, inputs=64, rng=0)


def draw_all(study: FamilyStudy, table: pd.DataFrame, folder: Path) -> list[Path]:
    """Write every figure as PDF and PNG and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Callable[[], Figure]] = {
        "accuracy_parameters": lambda: fig_3a(study, table),
        "accuracy_nn_mass": lambda: fig_3b(study, table),
        "architecture": fig_architecture,
        "degree_distribution": fig_degrees,
    }
    written = []
    for name, make in figures.items():
        wide = name == "architecture"
        with plots.style("neurips", width=1.0 if wide else 0.6, ratio=0.4 if wide else 0.7):
            figure = make()
            for suffix in ("pdf", "png"):
                written.append(folder / f"{name}.{suffix}")
                figure.savefig(written[-1])
    return written


def _against(study: FamilyStudy, table: pd.DataFrame, measure: str, label: str) -> Figure:
    """Draw the mean accuracy of each design against a measure, coloured by depth."""
    figure = Figure()
    plots.plot_relation(
        study.relation(table, measure),
        ax=figure.add_subplot(),
        colour_by=study.shared(table)["depth"],
        colour_label="Depth",
        x_label=label,
        y_label="Test accuracy",
    )
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the figures again from a finished study.")
    parser.add_argument("--folder", type=Path, default=Path("out/study"))
    folder = parser.parse_args().folder
    study = FamilyStudy.read(HERE / "study.toml")
    for path in draw_all(study, pd.read_csv(folder / "trials.csv"), folder):
        print(path)


if __name__ == "__main__":
    main()
