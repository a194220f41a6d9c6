"""The drawing of bounds shows the numbers of the results, and which of them are bounds."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from topograph.analyzers import PacBayes, pac_bayes
from topograph.errors import BudgetError, ShapeError
from topograph.generators import dense_mlp
from topograph.plots import plot_pac_bayes


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(3.25, 2.0), layout="constrained").add_subplot()


def family(*candidates: int, samples: int = 1000) -> list[PacBayes]:
    towers = [dense_mlp(4, 8, candidates=limit, rng=0) for limit in candidates]
    return [pac_bayes(tower, samples=samples) for tower in towers]


def test_lines_are_the_gaps_in_the_order_of_mass(ax: Axes) -> None:
    results = family(4, 1, 2)
    assert plot_pac_bayes(results, ax=ax) is ax
    results = [results[1], results[2], results[0]]
    for line, name in zip(ax.lines, ("code_gap", "prior_gap", "paper_gap"), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [result.mass for result in results])
        values = [getattr(result, name).value for result in results]
        np.testing.assert_array_equal(line.get_ydata(), values)


def test_only_what_is_no_bound_is_dashed_and_the_legend_says_so(ax: Axes) -> None:
    plot_pac_bayes(family(1, 2), ax=ax)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "wiring chosen (a bound)",
        "nothing chosen (a bound)",
        "published (not a bound)",
    ]
    assert [line.is_dashed() for line in ax.lines] == [False, False, True]
    assert "N = 1000" in ax.get_title(loc="left")


def test_mass_0_leaves_a_hole(ax: Axes) -> None:
    plot_pac_bayes(family(0, 2, 3), ax=ax)
    ax.figure.savefig(BytesIO())
    published = ax.lines[-1].get_ydata()
    assert np.isnan(published[0])
    assert np.isfinite(published[1:]).all()


def test_style_goes_to_the_published_line(ax: Axes) -> None:
    plot_pac_bayes(family(1, 2), ax=ax, color="k", label="Theorem 2")
    assert ax.lines[-1].get_color() == "k"
    assert "Theorem 2" in ax.get_legend_handles_labels()[1]


def test_gaps_of_different_conditions_are_refused(ax: Axes) -> None:
    with pytest.raises(BudgetError, match="one number of examples.*Received.*Draw several"):
        plot_pac_bayes([*family(1), *family(2, samples=10)], ax=ax)


def test_no_result_is_refused(ax: Axes) -> None:
    with pytest.raises(ShapeError, match="Received no result"):
        plot_pac_bayes([], ax=ax)
