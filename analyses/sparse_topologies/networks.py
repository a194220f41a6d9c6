"""The cascades of the study: those of the paper's figures, and those that are compared by size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from topograph import Architecture
from topograph.generators.cascades import (
    biregular,
    butterfly,
    clos,
    erdos_renyi_kernel,
    from_masks,
    hypercube,
    low_rank,
    parallel_butterfly,
    torus,
)

N = 32
MIDDLE = (3, 4, 5, 6, 7, 8, 9)
RANKS = (6, 9, 12, 15, 18)

Make = Callable[..., Architecture]

#: The networks of Fig. 5, without constant links unless ``skip=True`` is passed.
FIGURE_5: dict[str, Make] = {
    "hypercube": partial(hypercube, N, 6),
    "clos": partial(clos, N, routers=(8, 9, 8)),
    "butterfly": partial(butterfly, N, 18),
    "torus": partial(torus, 8, 4, layers=7),
}

#: Depths of the topologies that grow by layers.
DEPTHS = {
    "butterfly": (10, 14, 18, 24, 30, 40, 60),
    "hypercube": (2, 3, 4, 5, 6, 8, 12, 20),
    "torus": (3, 4, 5, 6, 7, 10, 14, 24),
}

#: Cascades of growing size by topology (Figs. 3 and 4); parallel butterflies have 9 layers each.
BY_SIZE: dict[str, list[Make]] = {
    "butterfly": [partial(butterfly, N, layers) for layers in DEPTHS["butterfly"]],
    "hypercube": [partial(hypercube, N, layers) for layers in DEPTHS["hypercube"]],
    "torus": [partial(torus, 8, 4, layers=layers) for layers in DEPTHS["torus"]],
    "clos": [partial(clos, N, routers=(8, middle, 8)) for middle in MIDDLE],
    "low rank": [partial(low_rank, N, rank) for rank in RANKS],
    "parallel butterfly": [
        partial(parallel_butterfly, N, copies, layers=9) for copies in (1, 2, 3)
    ],
}


#: Small cascades whose ratios are counted by training; parallel butterflies as in Fig. 9b.
SMALL: dict[str, Make] = {
    "butterfly(4, 2)": partial(butterfly, 4, 2),
    "butterfly(4, 3)": partial(butterfly, 4, 3),
    "parallel_butterfly(4, 2, 3)": partial(parallel_butterfly, 4, 2, layers=3),
    "clos(4, (2, 1, 2))": partial(clos, 4, routers=(2, 1, 2)),
    "low_rank(4, 1)": partial(low_rank, 4, 1),
    "low_rank(4, 2)": partial(low_rank, 4, 2),
    "butterfly(8, 3)": partial(butterfly, 8, 3),
    "butterfly(8, 5)": partial(butterfly, 8, 5),
    "hypercube(8, 2)": partial(hypercube, 8, 2),
    "hypercube(8, 3)": partial(hypercube, 8, 3),
    "clos(8, (4, 2, 4))": partial(clos, 8, routers=(4, 2, 4)),
    "low_rank(8, 3)": partial(low_rank, 8, 3),
}


def quietly(make: Make, **options: bool) -> Architecture:
    """Make a cascade that may be too shallow to join all pairs, which small budgets imply."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return make(**options)


def bottleneck(inputs: int, *, skip: bool) -> Architecture:
    """Return Fig. 7 (2 inputs) or Fig. 8 (3): one hidden neuron, two outputs."""
    first, second = np.ones((1, inputs), dtype=bool), np.ones((2, 1), dtype=bool)
    fixed = np.zeros((1, inputs), dtype=bool)
    fixed[0, 0] = True
    return from_masks([first, second], constant=[fixed, second] if skip else None)


def figure_7() -> Architecture:
    """Return Fig. 7 on the left: of four links one, into the hidden neuron, is constant."""
    first, second = np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)
    return from_masks([first, second], constant=[np.array([[True, False]]), None])


def deficient() -> Architecture:
    """Return a cascade in which one pair has two weights and sixteen pairs have eight."""
    wide, tall = np.zeros((2, 5), dtype=bool), np.zeros((5, 2), dtype=bool)
    wide[0, 0] = wide[1, 1:] = tall[0, 0] = tall[1:, 1] = True
    return from_masks([wide, tall])


def by_degree(degree: int, layers: int, lattice: Make) -> dict[str, Architecture]:
    """Return cascades of equal depth and size: a lattice, and random ones of all kinds."""
    both = {"skip": True, "diagonal": True}
    made = {"lattice": partial(lattice, **both), "in-degree": partial(_reads, degree, layers)}
    for seed in (0, 1):
        made[f"biregular {seed}"] = partial(biregular, N, degree, layers=layers, rng=seed, **both)
    widths = [N] * (layers + 1)
    made["any"] = partial(erdos_renyi_kernel, widths, degree / N, rng=0, **both)
    return {name: quietly(make) for name, make in made.items()}


def _reads(degree: int, layers: int) -> Architecture:
    """Return a cascade whose neurons read random sources each, whatever these feed."""
    rng = np.random.default_rng(0)
    masks, fixed = [], []
    for _ in range(layers):
        chosen = np.array([rng.permutation(N)[:degree] for _ in range(N)])
        mask, constant = np.zeros((N, N), dtype=bool), np.zeros((N, N), dtype=bool)
        np.put_along_axis(mask, chosen, values=True, axis=1)
        constant[np.arange(N), chosen[:, 0]] = True
        masks.append(mask)
        fixed.append(constant)
    diagonal = np.eye(N, dtype=bool)
    return from_masks([*masks, diagonal], constant=[*fixed, None])
