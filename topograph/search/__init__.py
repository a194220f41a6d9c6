"""How to find a better one: spaces of cells as arrays, and filters of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "classes": ["canonical_strings", "cell_classes"],
        "effective": ["EffectiveShape", "effective"],
        "filter": ["ConnectivityFilter", "Window", "connectivity_filter"],
        "reconstruct": ["Reconstruction", "random_targets", "reconstruct", "svd_error"],
        "space": ["CellSpace"],
    },
)

if TYPE_CHECKING:
    from topograph.search.classes import canonical_strings as canonical_strings
    from topograph.search.classes import cell_classes as cell_classes
    from topograph.search.effective import EffectiveShape as EffectiveShape
    from topograph.search.effective import effective as effective
    from topograph.search.filter import ConnectivityFilter as ConnectivityFilter
    from topograph.search.filter import Window as Window
    from topograph.search.filter import connectivity_filter as connectivity_filter
    from topograph.search.reconstruct import Reconstruction as Reconstruction
    from topograph.search.reconstruct import random_targets as random_targets
    from topograph.search.reconstruct import reconstruct as reconstruct
    from topograph.search.reconstruct import svd_error as svd_error
    from topograph.search.space import CellSpace as CellSpace
