"""Spectra are the eigenvalues of the kernels, largest first."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import nngp
from topograph.errors import ShapeError
from topograph.generators import dag
from topograph.plots import plot_spectrum

LAYER = dag([(0, 1, "linear")])
WIDE = dag([(0, 1, "linear"), (0, 1, "skip"), (0, 1, "linear")])


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def sphere(examples: int) -> np.ndarray:
    rows = np.random.default_rng(0).normal(size=(examples, 4))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_lines_are_eigenvalues_in_descending_order(ax: Axes) -> None:
    kernels = {name: nngp(graph, sphere(9)) for name, graph in (("1", LAYER), ("2", WIDE))}
    assert plot_spectrum(kernels, ax=ax) is ax
    for line, kernel in zip(ax.lines, kernels.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 10))
        np.testing.assert_allclose(line.get_ydata(), np.linalg.eigvalsh(kernel.values)[::-1])
    assert ax.get_yscale() == "log"
    assert ax.get_legend_handles_labels()[1] == ["1", "2"]
    ax.figure.savefig(BytesIO())


def test_normalised_eigenvalues_add_up_to_the_inputs(ax: Axes) -> None:
    plot_spectrum({"wide": nngp(WIDE, sphere(9))}, normalised=True, ax=ax)
    assert np.sum(ax.lines[0].get_ydata()) == pytest.approx(9)


def test_zero_eigenvalues_leave_a_hole(ax: Axes) -> None:
    twice = np.repeat(sphere(3), 2, axis=0)
    plot_spectrum({"equal inputs": nngp(LAYER, twice)}, ax=ax, linewidth=2)
    assert np.isnan(ax.lines[0].get_ydata()).sum() == 3
    assert ax.lines[0].get_linewidth() == 2
    ax.figure.savefig(BytesIO())


@pytest.mark.parametrize("count", [0, 7])
def test_none_or_too_many_are_refused(ax: Axes, count: int) -> None:
    kernel = nngp(LAYER, np.eye(2))
    with pytest.raises(ShapeError, match=f"Received {count} kernels"):
        plot_spectrum({str(number): kernel for number in range(count)}, ax=ax)
