"""How a figure looks: the sizes and fonts of venues, set for one block and never globally."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cycler import cycler
from matplotlib import rc_context
from tueplots import figsizes, fontsizes

from topograph.errors import BudgetError
from topograph.plots.palette import LINES, PALETTE, SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["VENUES", "current_axes", "figure_size", "style"]

Span: TypeAlias = Literal["column", "page"]

_GOLDEN = (sqrt(5) - 1) / 2
_TIMES = ("Times New Roman", "Times", "TeX Gyre Termes", "Nimbus Roman", "STIXGeneral")
_MODERN = ("CMU Serif", "Latin Modern Roman", "STIXGeneral")


@dataclass(frozen=True, slots=True)
class _Venue:
    """Names of the venue's functions in tueplots, and its text font."""

    column: str
    page: str
    font_size: str
    serif: tuple[str, ...] = _TIMES


_VENUES: Mapping[str, _Venue] = {
    "aaai": _Venue("aaai2024_half", "aaai2024_full", "aaai2024"),
    "aistats": _Venue("aistats2023_half", "aistats2023_full", "aistats2023"),
    "cvpr": _Venue("cvpr2024_half", "cvpr2024_full", "cvpr2024"),
    "eccv": _Venue("eccv2024", "eccv2024", "eccv2024", _MODERN),
    "iclr": _Venue("iclr2024", "iclr2024", "iclr2024"),
    "icml": _Venue("icml2024_half", "icml2024_full", "icml2024"),
    "jmlr": _Venue("jmlr2001", "jmlr2001", "jmlr2001", _MODERN),
    "neurips": _Venue("neurips2024", "neurips2024", "neurips2024"),
    "tmlr": _Venue("tmlr2023", "tmlr2023", "tmlr2023", _MODERN),
    "uai": _Venue("uai2023_half", "uai2023_full", "uai2023"),
}

#: The venues that `style` and `figure_size` know.
VENUES: tuple[str, ...] = (*_VENUES, "screen")

_COMMON: Mapping[str, Any] = {
    "text.usetex": False,
    "font.family": ["serif", "STIXGeneral", "DejaVu Sans"],
    "mathtext.fontset": "stix",
    "figure.constrained_layout.use": True,
    "figure.dpi": 120,
    "savefig.dpi": 300,
    "savefig.pad_inches": 0.015,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": "0.88",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "patch.linewidth": 0.6,
    "legend.borderaxespad": 0.3,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.3,
    "image.cmap": SEQUENTIAL,
    **{f"{axis}tick.{which}.width": 0.6 for axis in "xy" for which in ("major", "minor")},
    **{f"{axis}tick.major.size": 2.8 for axis in "xy"},
    **{f"{axis}tick.minor.size": 1.6 for axis in "xy"},
}

_SCREEN: Mapping[str, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": "figure",
    "font.family": ["DejaVu Sans"],
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "legend.fontsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


@contextmanager
def style(
    venue: str = "neurips",
    *,
    rows: int = 1,
    columns: int = 1,
    span: Span = "column",
    width: float = 1.0,
    ratio: float = _GOLDEN,
) -> Iterator[None]:
    """Draw and save the figures of this block as a venue prints them.

    Sizes and font sizes are those of the venue's style file, so that a figure enters the
    paper unscaled and its text matches the caption's. Outside the block nothing changes.

    Parameters
    ----------
    venue : str
        One of `VENUES`; ``"screen"`` is for notebooks.
    rows, columns : int
        Panels of the figure, as given to ``plt.subplots``.
    span : {"column", "page"}
        Fill one text column or the page; the same where the venue prints one column.
    width : float
        Share of that span, in (0, 1].
    ratio : float
        Height of a panel over its width; the golden ratio unless given.

    Raises
    ------
    BudgetError
        If the venue or the span is unknown, or a number is out of its range.

    Notes
    -----
    LaTeX is not needed: text is set in the venue's font where it is installed, else in the
    STIX font that comes with matplotlib, and mathematics in STIX. Fonts are embedded as TrueType
    (type 42), since several venues refuse type 3. Save inside the block: matplotlib reads
    resolution and fonts when it writes the file.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> with style("icml"):
    ...     print(plt.rcParams["figure.figsize"][0], plt.rcParams["font.size"])
    3.25 8.0
    """
    size = figure_size(venue, rows=rows, columns=columns, span=span, width=width, ratio=ratio)
    settings: Any = {**_settings(venue), "figure.figsize": size}
    with rc_context(settings):
        yield


def figure_size(
    venue: str = "neurips",
    *,
    rows: int = 1,
    columns: int = 1,
    span: Span = "column",
    width: float = 1.0,
    ratio: float = _GOLDEN,
) -> tuple[float, float]:
    """Return width and height of a figure in inches; the parameters are those of `style`.

    Returns
    -------
    tuple of float
        Width and height in inches; the height is `rows` panels of `ratio` times the width
        of one of the `columns` panels.

    Raises
    ------
    BudgetError
        If the venue or the span is unknown, or a number is out of its range.

    Examples
    --------
    >>> figure_size("neurips", ratio=0.5)  # a text block of 5.5 inches
    (5.5, 2.75)
    >>> figure_size("icml", span="page", columns=2, ratio=1.0)
    (6.75, 3.375)
    """
    _check(venue, rows=rows, columns=columns, span=span, width=width, ratio=ratio)
    if venue == "screen":
        full = 6.4 if span == "column" else 10.0
        return full * width, full * width / columns * rows * ratio
    preset = getattr(figsizes, getattr(_VENUES[venue], span))
    size = preset(nrows=rows, ncols=columns, height_to_width_ratio=ratio)["figure.figsize"]
    return float(size[0] * width), float(size[1] * width)


def current_axes(ax: Axes | None) -> Axes:
    """Return the axes given, or else matplotlib's current ones, as every plot here does."""
    import matplotlib.pyplot as plt

    return plt.gca() if ax is None else ax


def _settings(venue: str) -> dict[str, Any]:
    """Return matplotlib's parameters for a venue, all but the figure's size."""
    cycle = cycler(color=list(PALETTE.values())) + cycler(linestyle=list(LINES))
    if venue == "screen":
        own = dict(_SCREEN)
    else:
        record = _VENUES[venue]
        own = {**getattr(fontsizes, record.font_size)(), "font.serif": list(record.serif)}
    title = {"legend.title_fontsize": own["legend.fontsize"]}
    return {**_COMMON, **own, **title, "axes.prop_cycle": cycle}


def _check(venue: str, *, rows: int, columns: int, span: str, width: float, ratio: float) -> None:
    """Refuse what no figure can have."""
    if venue not in VENUES:
        raise BudgetError(
            "A style needs a venue whose page is known, since it sets sizes and fonts. "
            f"Received {venue!r}. Choose from {', '.join(VENUES)}."
        )
    if span not in ("column", "page"):
        raise BudgetError(
            "A figure spans a text column or the page, since it stands in one of them. "
            f'Received {span!r}. Pass "column" or "page".'
        )
    if min(rows, columns) < 1 or not 0 < width <= 1 or not 0 < ratio < float("inf"):
        raise BudgetError(
            "A figure has at least one panel, fits into its span and has a height. "
            f"Received {rows=}, {columns=}, {width=}, {ratio=}. "
            "Pass rows and columns of at least 1, a width in (0, 1] and a positive ratio."
        )
