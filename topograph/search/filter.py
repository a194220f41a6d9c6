"""Which cells of a space have a connectivity that lets them converge: a filter without training."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from topograph.errors import BudgetError
from topograph.result import Result
from topograph.search.effective import EffectiveShape, effective
from topograph.search.space import CellSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ConnectivityFilter", "Window", "connectivity_filter"]

ROUNDING = 1e-9
"""What a depth or width may lie outside: a cell on the edge of the window is inside."""


@dataclass(frozen=True, slots=True)
class Window(Result):
    r"""A rectangle in the plane of effective depth and width.

    Attributes
    ----------
    depth, width : float
        Its centre, :math:`(\bar d^*, \bar m^*)`.
    depth_radius, width_radius : float
        From the centre to its sides, :math:`(r_{\bar d}, r_{\bar m})`, at radius 1.

    Examples
    --------
    >>> Window.between((0.25, 3.0), (1.0, 4.0))
    Window(depth=1.625, width=2.5, depth_radius=1.375, width_radius=1.5)
    """

    depth: float = field(metadata={"unit": "parameterised operations per path"})
    width: float = field(metadata={"unit": "paths per effective depth"})
    depth_radius: float = field(metadata={"unit": "as depth"})
    width_radius: float = field(metadata={"unit": "as width"})

    def __post_init__(self) -> None:
        numbers = (self.depth, self.width, self.depth_radius, self.width_radius)
        if not all(map(isfinite, numbers)) or min(numbers[2:]) < 0:
            raise BudgetError(
                "A window has a finite centre and radii of at least 0. "
                f"Received {numbers}. Give for example Window.between((1, 2), (1, 3))."
            )

    @classmethod
    def between(
        cls, depths: tuple[float, float], widths: tuple[float, float], *, radius: float = 1.0
    ) -> Window:
        """Return the window whose sides, at a radius, are the smallest and largest given values."""
        (d_low, d_high), (m_low, m_high) = depths, widths
        halves = (d_high - d_low) / 2, (m_high - m_low) / 2
        return cls(
            (d_low + d_high) / 2, (m_low + m_high) / 2, halves[0] / radius, halves[1] / radius
        )

    def contains(
        self, depth: NDArray[np.float64], width: NDArray[np.float64], *, radius: float = 1.0
    ) -> NDArray[np.bool_]:
        """Tell which points lie within a share of the radii, sides included."""
        deep = np.abs(depth - self.depth) <= radius * self.depth_radius + ROUNDING
        return deep & (np.abs(width - self.width) <= radius * self.width_radius + ROUNDING)


@dataclass(frozen=True, slots=True, eq=False)
class ConnectivityFilter(Result):
    """Cells that a window keeps; `connectivity_filter` makes it. Arrays have one entry per cell.

    Attributes
    ----------
    mask : bool array
        Whether a cell is kept; ``space[found.mask]`` are those cells.
    depth, width : float array
        Effective depth and width.
    window : Window
    radius : float
        Share of the radii of the window that was used.
    """

    mask: NDArray[np.bool_]
    depth: NDArray[np.float64] = field(metadata={"unit": "parameterised operations per path"})
    width: NDArray[np.float64] = field(metadata={"unit": "paths per effective depth"})
    window: Window
    radius: float

    @property
    def kept(self) -> int:
        """Number of cells that are kept."""
        return int(self.mask.sum())


PRESETS = {
    ("nasbench201", "paper"): Window(1.6, 2.2, 1.4, 1.8),
    ("nasbench201", "released"): Window.between((0.99, 2.51), (0.99, 3.01), radius=0.5),
    ("darts", "paper"): Window(1.5, 10.5, 1.4, 9.6),
    ("darts", "released"): Window.between((0.5, 1.6), (4.0, 12.0), radius=0.5),
}
"""Constants of the publication and of its program, which hold at radius 1/2."""


def connectivity_filter(
    space: CellSpace, *, radius: float = 0.5, window: str | Window = "space"
) -> ConnectivityFilter:
    r"""Keep the cells of moderate effective depth and width.

    .. math:: |\bar d - \bar d^*| \le r \, r_{\bar d} , \qquad
              |\bar m - \bar m^*| \le r \, r_{\bar m} .

    Parameters
    ----------
    space : CellSpace
    radius : float
        Share :math:`r > 0` of the radii. At 1 the window of a space holds all cells of depth
        above 0.
    window : {"space", "paper", "released"} or Window
        - ``"space"``: from the smallest to the largest depth and width of the cells of this
          space that have a depth above 0;
        - ``"paper"``: the rounded constants of the publication;
        - ``"released"``: those of the program that its authors released, which differ;
        - a `Window`: your own.

    Returns
    -------
    ConnectivityFilter

    Raises
    ------
    BudgetError
        If the radius is not a finite number above 0, there is no such window for the space, or no
        cell has a depth above 0.

    Notes
    -----
    Cells of depth 0 are outside the window of a space, since its smallest depth is above 0; other
    windows may hold them. A sample of a space has its own extremes: take the window of the whole
    space, ``connectivity_filter(space).window``, for all its samples.

    The published constants of DARTS are not those of its space of cells, whose centre is
    (1.253, 11.933) with half radii (0.595, 3.033).

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Section 5.

    Examples
    --------
    >>> found = connectivity_filter(CellSpace.nasbench201())
    >>> found.kept, found.window.depth, round(found.window.width, 4)
    (6256, 1.625, 2.1667)
    """
    if not (isfinite(radius) and radius > 0):
        raise BudgetError(
            "The radius is a finite number above 0: a share of the extent of the space. "
            f"Received {radius!r}. Use 0.5 as published."
        )
    shape = effective(space)
    chosen = window if isinstance(window, Window) else _window(space, shape, window)
    mask = chosen.contains(shape.depth, shape.width, radius=radius)
    return ConnectivityFilter(mask, shape.depth, shape.width, chosen, float(radius))


def _window(space: CellSpace, shape: EffectiveShape, name: str) -> Window:
    """Return the window of a name."""
    if name == "space":
        return _extent(shape)
    if (space.name, name) in PRESETS:
        return PRESETS[space.name, name]
    known = [preset for owner, preset in PRESETS if owner == space.name]
    raise BudgetError(
        f"A window of this space is one of {', '.join(['space', *known])}, or your own. "
        f"Received {name!r:.80} for {space!r}. Choose one of these or give a Window."
    )


def _extent(shape: EffectiveShape) -> Window:
    """Return the window from the smallest to the largest depth and width of cells that have any."""
    deep = shape.depth > 0
    if not deep.any():
        raise BudgetError(
            "The window of a space lies between its extremes of depth above 0. Received "
            f"{len(deep)} cells without any such depth. Give more cells or a Window."
        )
    depth, width = shape.depth[deep], shape.width[deep]
    return Window.between(
        (float(depth.min()), float(depth.max())), (float(width.min()), float(width.max()))
    )
