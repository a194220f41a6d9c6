"""How many entries of its matrix a cascade can move independently: a rank, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from topograph._checks import whole
from topograph.analyzers.cascades.links import Cascade, Ints, cascade_links
from topograph.analyzers.cascades.memory import check_memory
from topograph.analyzers.cascades.prime_field import PRIME, product, rank, reduce, residue
from topograph.errors import BudgetError
from topograph.graph.architecture import Architecture
from topograph.rng import streams

__all__ = ["degrees_of_freedom"]

COPIES = 3
"""Arrays of the size of the Jacobian that an elimination holds at its peak."""


def degrees_of_freedom(
    cascade: Architecture,
    *,
    trainable_only: bool = True,
    trials: int = 1,
    rng: np.random.Generator | int | None = None,
) -> int:
    r"""Return the dimension of the set of matrices that a cascade can be.

    A cascade computes :math:`W_d = S_L \cdots S_1`. For almost all weights :math:`w` that
    dimension is the generic rank of the Jacobian,

    .. math:: \mathrm{rank} \; \frac{\partial \, \mathrm{vec}(W_d)}{\partial w} , \qquad
              \frac{\partial W_d}{\partial S_{l, vu}} =
              (S_L \cdots S_{l+1})_{\cdot v} \, (S_{l-1} \cdots S_1)_{u \cdot} .

    Parameters
    ----------
    cascade : Architecture
        A chain of linear maps from one input to one output.
    trainable_only : bool
        True if constant links keep their value; False if they move like the others.
    trials : int
        Independent draws of the weights, of which the largest rank counts.
    rng : numpy.random.Generator, int or None
        Draws the weights.

    Returns
    -------
    int
        Degrees of freedom, at most the number of weights and the number of input-output pairs.

    Raises
    ------
    ArchitectureError
        If the architecture is no cascade.
    BudgetError
        If the Jacobian would not fit into memory, or there is no trial.

    Notes
    -----
    The rank is computed for random weights in the field of the numbers modulo
    :math:`p = 2^{31} - 1`, without rounding: in float64 the small singular values of a deep cascade
    are lost. It is never above the generic rank :math:`r`, and below it only where every
    :math:`r \times r` minor vanishes. A minor is a polynomial of degree at most
    :math:`r (L - 1)` in the weights, so that (Schwartz and Zippel) this happens with probability
    at most :math:`r (L - 1) / (p - 1)` in each trial, for :math:`r = 1000` in 18 layers
    :math:`8 \cdot 10^{-6}`, provided that :math:`p` does not divide all coefficients of all those
    minors.

    With :math:`h` hidden neurons and :math:`E` weights, none constant, the rank is at most
    :math:`E - h`: each hidden neuron can be scaled. One constant link per hidden neuron costs
    nothing, therefore. Hidden neurons with the same neighbours can be mixed, which costs more: low
    rank :math:`r` has :math:`2 n r - r^2`. `matching` counts at least as many.

    References
    ----------
    .. [1] "NeuroFabric: Identifying ideal topologies for training a priori sparse networks",
           Sections V and VI, which count ratios instead.
    .. [2] J. T. Schwartz, "Fast probabilistic algorithms for verification of polynomial
           identities", J. ACM 27, 1980.

    Examples
    --------
    >>> import numpy as np
    >>> from topograph.generators.cascades import from_masks
    >>> bottleneck = from_masks([np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)])
    >>> degrees_of_freedom(bottleneck)  # matrices 2 x 2 of rank 1
    3
    """
    count = whole(
        "trials", trials, minimum=1, error=BudgetError, because="weights are drawn at least once"
    )
    links = cascade_links(cascade)
    weights = sum(int(flags.sum()) for flags in links.competing(trainable_only))
    check_memory(
        "a Jacobian of exact numbers",
        COPIES * 8 * weights * links.widths[0] * links.widths[-1],
        instead="a smaller cascade of the same kind, or `matching`, which needs no Jacobian",
    )
    ranks = (_rank_at(links, trainable_only, draws) for draws in streams(rng, count))
    return max(ranks)


def _rank_at(cascade: Cascade, trainable_only: bool, rng: np.random.Generator) -> int:
    """Rank of the Jacobian at random weights."""
    matrices = _random_matrices(cascade, trainable_only, rng)
    return rank(_jacobian(cascade, trainable_only, matrices))


def _random_matrices(
    cascade: Cascade, trainable_only: bool, rng: np.random.Generator
) -> list[Ints]:
    """Draw the weights modulo the prime and write each layer as a matrix (targets, sources)."""
    matrices = []
    competing = cascade.competing(trainable_only)
    for layer, flags, (n, m) in zip(
        cascade.layers, competing, pairwise(cascade.widths), strict=True
    ):
        matrix = np.zeros((m, n), dtype=np.int64)
        drawn = rng.integers(1, PRIME, size=len(layer.sources))
        matrix[layer.targets, layer.sources] = np.where(flags, drawn, residue(layer.value))
        matrices.append(matrix)
    return matrices


def _jacobian(cascade: Cascade, trainable_only: bool, matrices: Sequence[Ints]) -> Ints:
    """Return the derivatives of all entries of the product, one row per weight."""
    before = [np.eye(cascade.widths[0], dtype=np.int64)]
    for matrix in matrices[:-1]:
        before.append(product(matrix, before[-1]))
    behind = [np.eye(cascade.widths[-1], dtype=np.int64)]
    for matrix in matrices[:0:-1]:
        behind.append(product(behind[-1], matrix))
    blocks = []
    for layer, flags, left, right in zip(
        cascade.layers, cascade.competing(trainable_only), before, behind[::-1], strict=True
    ):
        row, column = left[layer.sources[flags]], right.T[layer.targets[flags]]
        outer = reduce(row[:, :, None] * column[:, None, :])
        blocks.append(outer.reshape(len(row), cascade.widths[0] * cascade.widths[-1]))
    return np.concatenate(blocks)
