"""Which sparse cascades exist: linear layers in a row that stand in for one dense layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "butterflies": ["butterfly", "parallel_butterfly", "pixelfly"],
        "lattices": ["hypercube", "torus"],
        "masks": ["from_masks"],
        "random_links": ["bernoulli", "biregular", "block_sparse", "erdos_renyi_kernel"],
        "routers": ["clos", "low_rank", "monarch"],
        "shifts": ["radix"],
        "sparsify": ["sparsify"],
    },
)

if TYPE_CHECKING:
    from topograph.generators.cascades.butterflies import butterfly as butterfly
    from topograph.generators.cascades.butterflies import parallel_butterfly as parallel_butterfly
    from topograph.generators.cascades.butterflies import pixelfly as pixelfly
    from topograph.generators.cascades.lattices import hypercube as hypercube
    from topograph.generators.cascades.lattices import torus as torus
    from topograph.generators.cascades.masks import from_masks as from_masks
    from topograph.generators.cascades.random_links import bernoulli as bernoulli
    from topograph.generators.cascades.random_links import biregular as biregular
    from topograph.generators.cascades.random_links import block_sparse as block_sparse
    from topograph.generators.cascades.random_links import erdos_renyi_kernel as erdos_renyi_kernel
    from topograph.generators.cascades.routers import clos as clos
    from topograph.generators.cascades.routers import low_rank as low_rank
    from topograph.generators.cascades.routers import monarch as monarch
    from topograph.generators.cascades.shifts import radix as radix
    from topograph.generators.cascades.sparsify import sparsify as sparsify
