"""The drawing of a cascade has a dot for each neuron and a line for each link."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import dense_mlp
from topograph.generators.cascades import butterfly, clos, from_masks, hypercube, torus
from topograph.plots import plot_cascade


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


@pytest.mark.parametrize(
    ("cascade", "trained", "constant", "neurons"),
    [
        (butterfly(8, 3), 48, 0, 32),
        (butterfly(8, 3, skip=True), 24, 24, 32),
        (hypercube(16, 5, skip=True), 320, 80, 96),
        (clos(8, routers=(4, 2, 4), skip=True), 40, 24, 32),
        (torus(4, 4, layers=5), 400, 0, 96),
    ],
)
def test_links_and_neurons_are_counted(
    ax: Axes, cascade: object, trained: int, constant: int, neurons: int
) -> None:
    assert plot_cascade(cascade, ax=ax) is ax  # type: ignore[arg-type]
    dark, dashed, dots = ax.collections
    assert len(dark.get_segments()) == trained
    assert len(dashed.get_segments()) == constant
    assert len(dots.get_offsets()) == neurons
    ax.figure.savefig(BytesIO())


def test_lines_join_the_neurons_of_their_links(ax: Axes) -> None:
    plot_cascade(from_masks([np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)]), ax=ax)
    lines = {tuple(map(tuple, line)) for line in ax.collections[0].get_segments()}
    middle = (1.0, 0.0)
    upper, lower = 0.5, -0.5
    assert lines == {
        ((0.0, upper), middle),
        ((0.0, lower), middle),
        (middle, (2.0, upper)),
        (middle, (2.0, lower)),
    }


def test_style_goes_to_the_links_that_train(ax: Axes) -> None:
    plot_cascade(butterfly(4, 2, skip=True), ax=ax, linewidths=3.0)
    dark, dashed, _ = ax.collections
    assert dark.get_linewidth() == [3.0]
    assert dashed.get_linewidth() == [0.7]


def test_what_cannot_be_seen_is_refused(ax: Axes) -> None:
    with pytest.raises(BudgetError, match="Received a layer of 128"):
        plot_cascade(butterfly(128, 7), ax=ax)
    with pytest.raises(ArchitectureError):
        plot_cascade(dense_mlp(8, 4, candidates=2, rng=0), ax=ax)
