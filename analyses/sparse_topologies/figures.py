"""The figures of the study of sparse topologies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from networks import DEPTHS, FIGURE_5
from tables import propagation, uniform

from topograph import plots
from topograph.generators.cascades import butterfly, clos, hypercube, parallel_butterfly

MOST_LINKS = 2000
"""Of a cascade among the errors by size; deeper ones are drawn by depth."""

WORDS = {"sparse_xavier": "sparse Xavier", "dense_xavier": "Xavier, as if dense"}


def fig_cascades() -> Figure:
    """Four topologies of 8 inputs, with constant links."""
    cascades = {
        "butterfly": butterfly(8, 3, skip=True),
        "hypercube": hypercube(8, 3, skip=True),
        "clos (4, 2, 4)": clos(8, routers=(4, 2, 4), skip=True),
        "parallel butterfly": parallel_butterfly(8, 2, layers=3, skip=True),
    }
    figure = Figure()
    for ax, (name, cascade) in zip(figure.subplots(1, 4), cascades.items(), strict=True):
        plots.plot_cascade(cascade, ax=ax, linewidths=0.5)
        ax.set_title(name)
    return figure


def fig_control() -> Figure:
    """Controllability under unbiased routing (Fig. 5)."""
    figure = Figure()
    plots.plot_controllability({name: uniform(name) for name in FIGURE_5}, ax=figure.add_subplot())
    return figure


def fig_errors(found: pd.DataFrame) -> Figure:
    """Errors of reconstruction without and with constant links (Figs. 3 and 4)."""
    figure = Figure()
    drawn = found[found["links"] <= MOST_LINKS]
    for ax, skip in zip(figure.subplots(1, 2, sharey=True), (False, True), strict=True):
        kind = drawn[drawn["skip"] == skip]
        rows = {name: list(one.itertuples()) for name, one in kind.groupby("topology", sort=False)}
        plots.plot_reconstruction(rows, ax=ax)
        ax.set_title("with constant links" if skip else "all links train")
        ax.get_legend().set_visible(not skip)
    ax.set_ylabel("")
    return figure


def fig_depth(found: pd.DataFrame) -> Figure:
    """Errors by depth of the topologies that grow by layers (Section VII.C)."""
    figure = Figure()
    for ax, skip in zip(figure.subplots(1, 2, sharey=True), (False, True), strict=True):
        for place, topology in enumerate(DEPTHS):
            rows = found[(found["skip"] == skip) & (found["topology"] == topology)]
            ax.errorbar(
                rows["layers"],
                rows["mean"],
                yerr=[rows[["mean", "std"]].min(axis=1) * 0.9, rows["std"]],
                color=plots.colour(place),
                linestyle=plots.LINES[place],
                marker=plots.MARKERS[place],
                elinewidth=0.6,
                label=topology,
            )
        ax.set(xscale="log", yscale="log", xlabel="Layers")
        ax.set_xticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
        ax.set_xticks([], minor=True)
        ax.set_title("with constant links" if skip else "all links train")
    figure.axes[0].set_ylabel("Error")
    figure.axes[0].legend(loc="lower left")
    return figure


def fig_prediction(found: pd.DataFrame) -> Figure:
    """Errors against the spread of control, among cascades of equal size, degree and depth."""
    figure = Figure()
    ax = figure.add_subplot()
    for place, (group, rows) in enumerate(found.groupby("group")):
        style = {"color": plots.colour(place), "marker": plots.MARKERS[place], "label": group}
        ax.errorbar(
            rows["variation"],
            rows["mean"],
            yerr=rows["std"],
            linestyle="none",
            elinewidth=0.6,
            **style,
        )
        for row in rows[~rows["cascade"].str.endswith(" 1")].itertuples():
            ax.annotate(
                row.cascade.removesuffix(" 0"),
                (row.variation, row.mean),
                (4, -8 if row.cascade == "in-degree" else 3),
                textcoords="offset points",
                fontsize="x-small",
            )
    ax.set(yscale="log", xlabel="Coefficient of variation of uniform control", ylabel="Error")
    ax.legend(loc="lower right")
    return figure


def fig_initialisation(digits: pd.DataFrame, mnist: pd.DataFrame) -> Figure:
    """Variances by depth, and accuracies on digits and on MNIST (Fig. 2b)."""
    figure = Figure()
    left, *others = figure.subplots(1, 3)
    pairs = {WORDS[law]: both for law, both in propagation().items()}
    plots.plot_variance(
        {name: predicted for name, (predicted, _) in pairs.items()},
        measured={name: measured for name, (_, measured) in pairs.items()},
        ax=left,
    )
    for line in left.lines:
        line.set_markersize(2.5)
    laws = [line for line in left.lines if line.get_label().endswith("forward")]
    above = {"loc": "lower center", "fontsize": "x-small"}
    legend = left.legend(laws, WORDS.values(), bbox_to_anchor=(0.5, 1.0), **above)
    legend.set_in_layout(False)
    left.set_title("\n")  # room for it
    for ax, found, data in zip(others, (digits, mnist), ("digits", "MNIST"), strict=True):
        _accuracies(ax, found)
        ax.set(xlabel="Sparse layers", ylabel=f"Accuracy, {data}", ylim=(0, 1))
    legend = others[0].legend(bbox_to_anchor=(1.15, 1.05), ncols=3, **above)
    legend.set_in_layout(False)
    return figure


def _accuracies(ax: Axes, found: pd.DataFrame) -> None:
    """Draw accuracies by depth: colours for laws, lines for densities."""
    for place, law in enumerate(WORDS):
        for line, (density, rows) in enumerate(found.groupby("density")):
            means = rows[rows.law == f"{law}_uniform"].groupby("depth").test_accuracy.mean()
            ax.plot(
                means.index,
                means,
                color=plots.colour(place),
                linestyle=plots.LINES[line],
                marker=plots.MARKERS[line],
                markersize=3,
                label=f"density 1/{1 / density:.0f}" if place == 0 else None,
            )


def draw_all(tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write every figure as PDF and PNG and return the paths."""
    figures: dict[str, tuple[Callable[[], Figure], dict[str, float]]] = {
        "cascades": (fig_cascades, {"columns": 4, "ratio": 0.9}),
        "control": (fig_control, {"ratio": 0.3}),
        "errors": (partial(fig_errors, tables["reconstruction"]), {"columns": 2, "ratio": 0.8}),
        "depth": (partial(fig_depth, tables["reconstruction"]), {"columns": 2, "ratio": 0.8}),
        "prediction": (partial(fig_prediction, tables["prediction"]), {"width": 0.65}),
        "initialisation": (
            partial(fig_initialisation, tables["initialisation"], tables["initialisation_mnist"]),
            {"columns": 3, "ratio": 0.9},
        ),
    }
    written = []
    for name, (make, size) in figures.items():
        with plots.style("neurips", **size):
            figure = make()
            for suffix in ("pdf", "png"):
                written.append(folder / f"{name}.{suffix}")
                figure.savefig(written[-1], dpi=200)
    return written
