"""The style: sizes as tueplots has them, files without Type 3 fonts, nothing left behind."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from tueplots import bundles, figsizes

from topograph.errors import BudgetError
from topograph.plots.style import VENUES, current_axes, figure_size, style

mpl.use("agg")

SIGNS = (
    "\N{MULTIPLICATION SIGN} \N{MINUS SIGN} \N{LESS-THAN OR EQUAL TO} \N{GREEK SMALL LETTER RHO}"
)


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("venue", VENUES)
def test_nothing_global_changes(venue: str) -> None:
    before = dict(mpl.rcParams)
    with style(venue):
        assert dict(mpl.rcParams) != before
    assert dict(mpl.rcParams) == before


def test_nothing_global_changes_after_an_error() -> None:
    before = dict(mpl.rcParams)
    with pytest.raises(RuntimeError, match="inside"), style("icml"):
        raise RuntimeError("inside")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("venue", ["iclr2024", "neurips2024", "jmlr2001", "tmlr2023"])
def test_one_column_venues_have_the_sizes_of_tueplots(venue: str) -> None:
    expected = getattr(bundles, venue)(nrows=2, ncols=3)["figure.figsize"]
    assert figure_size(venue[:-4], rows=2, columns=3) == pytest.approx(expected)
    assert figure_size(venue[:-4], rows=2, columns=3, span="page") == pytest.approx(expected)


@pytest.mark.parametrize(("span", "kind"), [("column", "half"), ("page", "full")])
@pytest.mark.parametrize("venue", ["icml2024", "cvpr2024"])
def test_two_column_venues_have_the_sizes_of_tueplots(venue: str, span: str, kind: str) -> None:
    expected = getattr(figsizes, f"{venue}_{kind}")(nrows=1, ncols=2)["figure.figsize"]
    size = figure_size(venue[:-4], columns=2, span=span)  # type: ignore[arg-type]
    assert size == pytest.approx(expected)


@pytest.mark.parametrize("venue", VENUES)
def test_size_scales_with_width_and_panels(venue: str) -> None:
    whole = figure_size(venue, ratio=0.5)
    half = figure_size(venue, width=0.5, ratio=0.5)
    tall = figure_size(venue, rows=4, columns=2, ratio=0.5)
    assert half == pytest.approx((whole[0] / 2, whole[1] / 2))
    assert tall == pytest.approx((whole[0], 2 * whole[1]))
    assert whole[1] == pytest.approx(whole[0] / 2)


@pytest.mark.parametrize("venue", VENUES)
def test_a_figure_is_written_in_its_size_without_latex_or_missing_glyphs(
    venue: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with caplog.at_level(logging.WARNING, "matplotlib"), style(venue, ratio=0.8):
        figure, ax = plt.subplots()
        ax.set(xlabel=f"NN-Mass $m$ {SIGNS}", ylabel=r"$\rho_c$", title="$R^2 \\leq 1$")
        ax.plot([-1, 0], [1, 2])
        figure.savefig(tmp_path / "figure.pdf")
        assert not mpl.rcParams["text.usetex"]
    assert caplog.messages == []
    assert tuple(figure.get_size_inches()) == pytest.approx(figure_size(venue, ratio=0.8))
    content = (tmp_path / "figure.pdf").read_bytes()
    assert b"/Type3" not in content
    assert b"/CIDFontType2" in content


def test_pixels_of_a_png_are_inches_times_resolution() -> None:
    buffer = io.BytesIO()
    with style("icml", ratio=1.0):
        Figure().savefig(buffer)
    buffer.seek(0)
    assert plt.imread(buffer).shape[:2] == (975, 975)  # 3.25 inches at 300 dots


def test_text_is_not_larger_than_the_caption() -> None:
    for venue in VENUES:
        with style(venue):
            assert 7 <= mpl.rcParams["font.size"] <= 10
            assert mpl.rcParams["legend.title_fontsize"] == mpl.rcParams["legend.fontsize"]


def test_current_axes_are_taken_unless_given() -> None:
    _, (left, right) = plt.subplots(1, 2)
    assert current_axes(None) is right
    assert current_axes(left) is left


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"venue": "nature"}, "Received 'nature'. Choose from aaai"),
        ({"span": "both"}, "Received 'both'"),
        ({"rows": 0}, "rows=0"),
        ({"columns": -1}, "columns=-1"),
        ({"width": 1.5}, "width=1.5"),
        ({"ratio": 0.0}, "ratio=0.0"),
        ({"ratio": float("nan")}, "ratio=nan"),
    ],
)
def test_impossible_figures_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        figure_size(**options)  # type: ignore[arg-type]
    with pytest.raises(BudgetError, match=words), style(**options):  # type: ignore[arg-type]
        pass
