"""How many cells there are, how many differ, and which of them the filter keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd

from topograph.search import CellSpace, cell_classes, connectivity_filter, effective

CONVOLUTIONS = ("nor_conv_1x1", "nor_conv_3x3")
PER_CELL = 3
"""Convolutions of the cells of Fig. 5, as footnote 3 says."""


def found() -> dict[str, float]:
    """Count what the claims on search spaces speak of."""
    space = CellSpace.nasbench201()
    shape = effective(space)
    kept = connectivity_filter(space)
    window, three = kept.window, three_convolutions(space)
    return {
        "disconnected": int((shape.paths == 0).sum()),
        "depth_zero": int(((shape.depth == 0) & (shape.paths > 0)).sum()),
        "pairs": _pairs(space),
        "centre_depth": window.depth,
        "centre_width": window.width,
        "radius_depth": window.depth_radius / 2,
        "radius_width": window.width_radius / 2,
        "kept": kept.kept,
        "kept_share": kept.kept / len(space),
        "kept_released": connectivity_filter(space, window="released").kept / len(space),
        "three": int(three.sum()),
        "three_pairs": _pairs(space[three]),
        "strings": _classes(space, "string"),
        "typed": _classes(CellSpace.typed(), "isomorphism"),
        "darts_depth": connectivity_filter(CellSpace.darts()).window.depth,
        "darts_width": connectivity_filter(CellSpace.darts()).window.width,
    }


def three_convolutions(space: CellSpace) -> np.ndarray:
    """Which cells have exactly three convolutions, on dead edges or not."""
    return np.asarray(space.count(*CONVOLUTIONS) == PER_CELL)


def shapes() -> pd.DataFrame:
    """Depths and widths above 0 with the number of cells, of all and of three convolutions."""
    space = CellSpace.nasbench201()
    shape = effective(space)
    cells = pd.DataFrame(
        {"depth": shape.depth, "width": shape.width, "three": three_convolutions(space)}
    )
    kept = connectivity_filter(space).mask
    table = cells.assign(kept=kept)[cells.depth > 0].groupby(["depth", "width"])
    return table.agg(
        cells=("three", "size"), three_convolutions=("three", "sum"), kept=("kept", "first")
    ).reset_index()


def _pairs(space: CellSpace) -> int:
    """Count the different depths and widths of cells of depth above 0."""
    shape = effective(space)
    both = np.stack([shape.depth, shape.width], axis=-1)[shape.depth > 0]
    return len(np.unique(both, axis=0))


def _classes(space: CellSpace, by: str) -> int:
    """Count classes of equal cells."""
    return int(cell_classes(space, by=by).max()) + 1
