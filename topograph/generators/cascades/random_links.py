"""Random cascades: each link by chance, by budget, or as often into as out of every neuron."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from topograph.errors import ArchitectureError
from topograph.generators.cascades._patterns import (
    Ints,
    Size,
    both_sizes,
    count,
    density_of,
    divides,
    listed,
    reaching,
    regular,
)
from topograph.graph.architecture import Architecture
from topograph.graph.wiring import Sparse
from topograph.rng import as_generator

__all__ = ["bernoulli", "biregular", "block_sparse", "erdos_renyi_kernel"]

ROUNDS = 64
"""Attempts to part two permutations by swaps before a matching is computed."""


def biregular(
    n: int,
    degree: int,
    *,
    layers: int,
    skip: bool = False,
    diagonal: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Random cascade in which every neuron reads and feeds :math:`k` neurons.

    Each layer is the union of :math:`k` random permutations that agree nowhere.

    Parameters
    ----------
    n : int
        Neurons of each layer.
    degree : int
        Links :math:`k \le n` into and out of each neuron.
    layers : int
        Number of layers, of :math:`k n` links each.
    skip : bool
        If True, the links of the first permutation are constant with weight 1.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.
    rng : Generator, int or None
        Each layer draws from a stream of its own.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If a number is no count, or the degree exceeds n.

    Warns
    -----
    UserWarning
        If some pairs of input and output are not joined; it names them.

    References
    ----------
    .. [1] A. Prabhu, G. Varma and A. Namboodiri, "Deep expander networks: Efficient deep networks
           from graph theory", ECCV 2018. "NeuroFabric", Section VII.

    Examples
    --------
    >>> biregular(32, 6, layers=6, rng=0).channel_graph().adjacency.nnz
    1152
    """
    count("n", n)
    _check_degree(degree, n, "neurons")
    streams = as_generator(rng).spawn(count("layers", layers))
    wirings = []
    for stream in streams:
        reads = disjoint_permutations(n, degree, stream)
        wirings.append(regular(reads, n, fixed=reads[:, 0] if skip else None))
    return reaching(wirings, f"biregular({n}, {degree}, layers={layers})", diagonal=diagonal)


def bernoulli(
    n: Size,
    density: float,
    *,
    layers: int,
    skip: bool = False,
    diagonal: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Random cascade in which each link is there with probability :math:`\rho`.

    Parameters
    ----------
    n : int or tuple of int
        Neurons of input and of all layers; hidden layers are as wide as the output.
    density : float
        Probability of a link, :math:`0 < \rho \le 1`.
    layers : int
        Number of layers.
    skip : bool
        If True, the link from the first source of each neuron is constant with weight 1; a neuron
        without links has none.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.
    rng : Generator, int or None
        Each layer draws from a stream of its own.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If a number is no count, or the density is not above 0 and at most 1.

    Warns
    -----
    UserWarning
        If a neuron is dead or some pairs of input and output are not joined; it names them.

    References
    ----------
    .. [1] "NeuroFabric", Section III, where the mask is Ber(s).

    Examples
    --------
    >>> network = bernoulli(64, 1 / 4, layers=3, rng=0)
    >>> 2700 < network.channel_graph().adjacency.nnz < 3450  # 3072 expected
    True
    """
    inputs, outputs = both_sizes(n)
    share, depth = density_of(density), count("layers", layers)
    widths = [inputs] + [outputs] * depth
    wirings = []
    for place, stream in enumerate(as_generator(rng).spawn(depth)):
        shape = widths[place + 1], widths[place]
        links = int(stream.binomial(shape[0] * shape[1], share))
        wirings.append(_chosen(shape, links, stream, skip=skip))
    return reaching(wirings, f"bernoulli({n}, {density:.4g}, layers={layers})", diagonal=diagonal)


def erdos_renyi_kernel(
    widths: Sequence[int],
    density: float,
    *,
    skip: bool = False,
    diagonal: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Random cascade whose narrow layers are denser: the ERK law of sparse evolutionary training.

    Layer :math:`l` has the density

    .. math:: \rho_l = \min\left\{1, \varepsilon \frac{n_{l-1} + n_l}{n_{l-1} n_l}\right\} ,

    with the one :math:`\varepsilon` that gives the whole cascade the density asked for. Its links
    are chosen uniformly without replacement, as many as that makes, rounded.

    Parameters
    ----------
    widths : sequence of int
        Neurons of the input and of each layer.
    density : float
        Links of the cascade over those of the dense one, above 0 and at most 1.
    skip : bool
        If True, the link from the first source of each neuron is constant with weight 1; a neuron
        without links has none.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.
    rng : Generator, int or None
        Each layer draws from a stream of its own.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If there are fewer than two widths, a number is no count, or the density is not above 0 and
        at most 1.

    Warns
    -----
    UserWarning
        If a neuron is dead or some pairs of input and output are not joined; it names them.

    References
    ----------
    .. [1] D. C. Mocanu et al., "Scalable training of artificial neural networks with adaptive
           sparse connectivity", Nature Communications 9 (2018), Eq. (3).
    .. [2] U. Evci et al., "Rigging the lottery: Making all tickets winners", ICML 2020, Section 3.

    Examples
    --------
    >>> erdos_renyi_kernel((64, 32, 8), 0.5, rng=0).channel_graph().adjacency.nnz  # of 2304
    1152
    """
    sizes = _widths(widths)
    share = density_of(density)
    shapes = list(zip(sizes[1:], sizes, strict=False))
    dense = np.array([rows * columns for rows, columns in shapes], dtype=float)
    links = np.rint(dense * layer_densities(shapes, share)).astype(int)
    streams = as_generator(rng).spawn(len(shapes))
    wirings = [
        _chosen(shape, max(1, int(number)), stream, skip=skip)
        for shape, number, stream in zip(shapes, links, streams, strict=True)
    ]
    return reaching(
        wirings, f"erdos_renyi_kernel({tuple(sizes)}, {density:.4g})", diagonal=diagonal
    )


def block_sparse(
    n: int,
    block: int,
    *,
    degree: int,
    layers: int,
    skip: bool = False,
    diagonal: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Random cascade of full blocks: the Kronecker product of a small mask with ones.

    Blocks of :math:`b` neurons read and feed :math:`k` blocks each, as neurons do in `biregular`;
    :math:`k b n` links a layer.

    Parameters
    ----------
    n : int
        Neurons of each layer.
    block : int
        Neurons of a block, a divisor of n.
    degree : int
        Blocks that a block reads, at most :math:`n / b`.
    layers : int
        Number of layers.
    skip : bool
        If True, a neuron's link from the neuron of its own place, in the first block that it reads,
        is constant with weight 1.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.
    rng : Generator, int or None
        Each layer draws from a stream of its own.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If a number is no count, the block does not divide n, or the degree exceeds the blocks.

    Warns
    -----
    UserWarning
        If some pairs of input and output are not joined; it names them.

    References
    ----------
    .. [1] S. Gray, A. Radford and D. P. Kingma, "GPU kernels for block-sparse weights", 2017.

    Examples
    --------
    >>> block_sparse(32, 4, degree=4, layers=3, rng=0).channel_graph().adjacency.nnz
    1536
    """
    width = divides("block", block, count("n", n), what="neurons")
    _check_degree(degree, n // width, "blocks")
    own = np.arange(n) % width
    wirings = []
    for stream in as_generator(rng).spawn(count("layers", layers)):
        blocks = np.repeat(disjoint_permutations(n // width, degree, stream), width, axis=0) * width
        reads = (blocks[:, :, None] + np.arange(width)).reshape(n, -1)
        wirings.append(regular(reads, n, fixed=blocks[:, 0] + own if skip else None))
    name = f"block_sparse({n}, {block}, degree={degree}, layers={layers})"
    return reaching(wirings, name, diagonal=diagonal)


def disjoint_permutations(n: int, number: int, rng: np.random.Generator) -> Ints:
    """Draw permutations that agree nowhere; one per column."""
    made = np.empty((n, number), dtype=np.int64)
    for column in range(number):
        before = made[:, :column]
        drawn = rng.permutation(n)
        for _ in range(ROUNDS):
            clashes = np.flatnonzero((before == drawn[:, None]).any(axis=1))
            if not len(clashes):
                break
            # Swapped one after another, so that the values stay a permutation.
            for place, other in zip(clashes, rng.integers(n, size=len(clashes)), strict=True):
                drawn[[place, other]] = drawn[[other, place]]
        else:
            drawn = _matched(before, rng)
        made[:, column] = drawn
    return made


def layer_densities(shapes: Sequence[tuple[int, int]], density: float) -> NDArray[np.float64]:
    """Return the densities of the ERK law, none above 1, that make one density in all.

    >>> layer_densities([(32, 64), (8, 32)], 0.25).round(4).tolist()
    [0.1985, 0.6618]
    """
    dense = np.array([rows * columns for rows, columns in shapes], dtype=float)
    law = np.array([(rows + columns) / (rows * columns) for rows, columns in shapes])
    full = np.zeros(len(law), dtype=bool)
    while not full.all():
        scale = (density * dense.sum() - dense[full].sum()) / (law * dense)[~full].sum()
        over = ~full & (law * scale > 1)
        if not over.any():
            return np.where(full, 1.0, law * scale)
        full |= over
    return np.ones(len(law))


def _matched(before: Ints, rng: np.random.Generator) -> Ints:
    """Find a permutation that agrees with none of those before: a matching of what is left."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    n = len(before)
    free = np.ones((n, n), dtype=bool)
    free[np.arange(n)[:, None], before] = False
    rows, columns = rng.permutation(n), rng.permutation(n)
    found = maximum_bipartite_matching(csr_array(free[rows][:, columns]), perm_type="column")
    drawn = np.empty(n, dtype=np.int64)
    drawn[rows] = columns[found]
    return drawn


def _chosen(shape: tuple[int, int], links: int, rng: np.random.Generator, *, skip: bool) -> Sparse:
    """Choose so many links uniformly without replacement."""
    places = rng.choice(shape[0] * shape[1], size=links, replace=False, shuffle=False)
    rows, columns = np.divmod(places, shape[1])
    return listed(rows, columns, shape, skip=skip)


def _widths(widths: Sequence[int]) -> list[int]:
    """Return the widths of a cascade."""
    if not isinstance(widths, Sequence) or isinstance(widths, str) or len(widths) < 2:
        raise ArchitectureError(
            "A cascade has the width of its input and at least one more. "
            f"Received {widths!r:.80}. Write (64, 32, 8), for example."
        )
    return [count("widths", width) for width in widths]


def _check_degree(degree: int, limit: int, what: str) -> None:
    """Raise unless a degree counts distinct sources."""
    if count("degree", degree) > limit:
        raise ArchitectureError(
            f"Each reads `degree` different {what}, so the degree is at most their number. "
            f"Received degree {degree} for {limit} {what}. Choose a smaller degree."
        )
