"""Random cascades: each link by chance, by budget, or as often into as out of every neuron."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from topograph.errors import ArchitectureError
from topograph.generators.cascades._patterns import (
    Size,
    both_sizes,
    count,
    density_of,
    divides,
    listed,
    reaching,
    regular,
)
from topograph.generators.cascades._regular_links import regular_degree, regular_links
from topograph.graph.architecture import Architecture
from topograph.graph.wiring import Sparse
from topograph.rng import as_generator

__all__ = ["bernoulli", "biregular", "block_sparse", "erdos_renyi_kernel"]


def biregular(
    n: Size,
    degree: int,
    *,
    layers: int,
    skip: bool = False,
    diagonal: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Random cascade in which every neuron reads and feeds :math:`k` neurons.

    Each layer is the union of :math:`k` random permutations that agree nowhere. Where there are
    :math:`m` inputs for :math:`n \ne m` neurons, each input feeds :math:`k n / m` of them.

    Parameters
    ----------
    n : int or tuple of int
        Neurons of input and of all layers; hidden layers are as wide as the output.
    degree : int
        Links :math:`k` into each neuron, at most as many as it can read; :math:`m` divides
        :math:`k n`.
    layers : int
        Number of layers, of :math:`k n` links each.
    skip : bool
        If True, the links of the first permutation are constant with weight 1; of a first layer
        that is not square, one link of each neuron, spread evenly over the inputs.
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
        If a number is no count, the degree exceeds the neurons that can be read, or inputs cannot
        all feed as many.

    Warns
    -----
    UserWarning
        If some pairs of input and output are not joined; it names them.

    Notes
    -----
    A layer that is not square starts as links dealt out in turn, and is mixed by exchanges of
    single links that keep all degrees: a Markov chain without preferences, run for some
    dozen steps of each link.

    References
    ----------
    .. [1] A. Prabhu, G. Varma and A. Namboodiri, "Deep expander networks: Efficient deep networks
           from graph theory", ECCV 2018. "NeuroFabric", Section VII.

    Examples
    --------
    >>> biregular(32, 6, layers=6, rng=0).channel_graph().adjacency.nnz
    1152
    """
    inputs, outputs = both_sizes(n)
    depth = count("layers", layers)
    for sources in (inputs, outputs)[:depth]:
        regular_degree(degree, sources, outputs, what="neurons")
    wirings = []
    for place, stream in enumerate(as_generator(rng).spawn(depth)):
        sources = outputs if place else inputs
        reads = regular_links(sources, outputs, degree, stream)
        wirings.append(regular(reads, sources, fixed=reads[:, 0] if skip else None))
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
    n: Size,
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
    n : int or tuple of int
        Neurons of input and of all layers; hidden layers are as wide as the output.
    block : int
        Neurons of a block, a divisor of n.
    degree : int
        Blocks that a block reads, at most as many as there are; of a first layer that is not square
        as in `biregular`.
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
        If a number is no count, the block does not divide n, the degree exceeds the blocks, or
        blocks of the input cannot all feed as many.

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
    inputs, outputs = (
        size // divides("block", block, size, what="neurons") for size in both_sizes(n)
    )
    depth = count("layers", layers)
    for sources in (inputs, outputs)[:depth]:
        regular_degree(degree, sources, outputs, what="blocks")
    own = np.arange(outputs * block) % block
    wirings = []
    for place, stream in enumerate(as_generator(rng).spawn(depth)):
        sources = outputs if place else inputs
        drawn = regular_links(sources, outputs, degree, stream)
        blocks = np.repeat(drawn, block, axis=0) * block
        reads = (blocks[:, :, None] + np.arange(block)).reshape(len(own), -1)
        wirings.append(regular(reads, sources * block, fixed=blocks[:, 0] + own if skip else None))
    name = f"block_sparse({n}, {block}, degree={degree}, layers={layers})"
    return reaching(wirings, name, diagonal=diagonal)


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
