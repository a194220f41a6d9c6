"""Butterflies: layers that flip one bit of a neuron's number."""

from __future__ import annotations

import numpy as np

from topograph.errors import ArchitectureError
from topograph.generators.cascades._patterns import (
    Ints,
    count,
    divides,
    own,
    power_of_two,
    reaching,
    regular,
)
from topograph.graph.architecture import Architecture
from topograph.graph.wiring import Sparse

__all__ = ["butterfly", "parallel_butterfly", "pixelfly"]

ORDERS = ("ascending", "benes", "descending")


def butterfly(
    n: int,
    layers: int,
    *,
    order: str = "ascending",
    skip: bool = False,
    diagonal: bool = False,
) -> Architecture:
    r"""Butterfly: neuron :math:`x` of a layer reads :math:`x` and :math:`x \oplus 2^b`.

    Layer :math:`l` flips bit :math:`b = l \bmod \log_2 n`, so :math:`\log_2 n` layers join every
    input with every output, by one path each.

    Parameters
    ----------
    n : int
        Neurons of each layer, a power of two.
    layers : int
        Number of layers; :math:`2n` links each.
    order : str
        Which bit comes next: ``"ascending"``, ``"descending"``, or ``"benes"``, which goes up and
        down again, as in a Kaleidoscope matrix.
    skip : bool
        If True, the link :math:`x \to x` of each neuron is constant with weight 1.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If n is no power of two, or another argument is out of range.

    Warns
    -----
    UserWarning
        If there are fewer than :math:`\log_2 n` layers; it names pairs that are not joined.

    References
    ----------
    .. [1] "NeuroFabric", Section VII. T. Dao et al., "Learning fast algorithms for linear
           transforms using butterfly factorizations", ICML 2019.

    Examples
    --------
    >>> network = butterfly(8, 3)
    >>> network.channel_graph().adjacency.nnz  # 3 layers x 2 links x 8 neurons
    48
    """
    bits = power_of_two(n)
    flipped = _bits(bits, count("layers", layers), order)
    wirings = [_flip(n, (bit,), skip=skip) for bit in flipped]
    name = f"butterfly({n}, {layers})"
    return reaching(wirings, name, diagonal=diagonal, enough=len(set(flipped)) == bits)


def parallel_butterfly(
    n: int, copies: int, *, layers: int, skip: bool = False, diagonal: bool = False
) -> Architecture:
    r"""Butterflies side by side, which share the inputs and whose outputs are summed.

    Parameters
    ----------
    n : int
        Neurons of input and output, a power of two.
    copies : int
        Number of butterflies :math:`p`; hidden layers have :math:`p n` neurons.
    layers : int
        Layers :math:`d` of each; :math:`2 n p d` links in all.
    skip : bool
        If True, the straight link of each neuron is constant, for output :math:`x` that of copy
        :math:`x \bmod p`.
    diagonal : bool
        As for `butterfly`.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        As for `butterfly`; also if several copies have one layer, which would coincide.

    Warns
    -----
    UserWarning
        If there are fewer than :math:`\log_2 n` layers. Copies are then defective: their weights
        do not count in full.

    References
    ----------
    .. [1] "NeuroFabric", Section VII and Fig. 9b.

    Examples
    --------
    >>> import topograph as tg
    >>> network = parallel_butterfly(4, 2, layers=3, skip=True)
    >>> network.channel_graph().adjacency.nnz, tg.analyzers.cost(network).parameters
    (48, 28)
    """
    bits = power_of_two(n)
    p, depth = count("copies", copies), count("layers", layers)
    if p > 1 and depth == 1:
        raise ArchitectureError(
            "Copies of a butterfly differ in their hidden neurons, and one layer has none. "
            f"Received {p} copies of 1 layer. Use at least {max(2, bits)} layers, or one copy."
        )
    wirings = [_flip(n, (layer % bits,), skip=skip) for layer in range(depth)]
    name = f"parallel_butterfly({n}, {copies}, layers={layers})"
    if p > 1:
        first, *inner, last = wirings
        beside = [_beside(first, p, shared=True), *(_beside(w, p, shared=False) for w in inner)]
        wirings = [*beside, _summed(last, p)]
    return reaching(wirings, name, diagonal=diagonal, enough=depth >= bits)


def pixelfly(
    n: int, block: int, *, rank: int = 0, skip: bool = False, diagonal: bool = False
) -> Architecture:
    r"""Flat block butterfly: block :math:`X` reads :math:`X` and all :math:`X \oplus 2^b`.

    The links of :math:`\log_2 (n / b)` butterflies of blocks lie side by side in one layer,
    :math:`n b (1 + \log_2 (n / b))` in all. A term of rank :math:`r` is added to them.

    Parameters
    ----------
    n : int
        Neurons of input and output, a power of two.
    block : int
        Neurons of a block, :math:`b`, a power of two.
    rank : int
        Rank of the added term. Above 0 there is a second layer in front: its first :math:`n`
        neurons carry the input on by constant links, :math:`r` more read it in full. So
        :math:`2 n r` weights come in addition.
    skip : bool
        If True, the link :math:`x \to x` into each output is constant, as is that from input
        :math:`j \bmod n` into neuron j of the term.
    diagonal : bool
        As for `butterfly`.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If a number is no power of two, the block does not divide n, or the rank exceeds n.

    Warns
    -----
    UserWarning
        If there is no low-rank term and blocks are not joined to all others.

    References
    ----------
    .. [1] B. Chen et al., "Pixelated butterfly: Simple and efficient sparse training for neural
           network models", ICLR 2022, Section 3.

    Examples
    --------
    >>> pixelfly(16, 4, rank=1).channel_graph().adjacency.nnz  # 16 * 4 * 3 + 2 * 16, and 16 carried
    240
    """
    power_of_two(n)
    width = divides("block", block, n, what="neurons")
    if width > 1:
        power_of_two(width)
    r = whole_rank(rank, n, minimum=0)
    bits = range(width.bit_length() - 1, n.bit_length() - 1)
    name = f"pixelfly({n}, {block}, rank={rank})"
    blocks = np.unique(np.concatenate([[0], *([1 << bit] for bit in bits)]))
    steps = (blocks[:, None] ^ np.arange(width)).ravel()
    base = np.arange(n)[:, None] ^ steps
    if not r:
        wirings = [regular(base, n, fixed=own(n, skip=skip))]
        return reaching(wirings, name, diagonal=diagonal, enough=base.shape[1] == n)
    term = np.broadcast_to(n + np.arange(r), (n, r))
    summed = regular(np.hstack([base, term]), n + r, fixed=own(n, skip=skip))
    wirings = [_carry(n, r, skip=skip), summed]
    return reaching(wirings, name, diagonal=diagonal, enough=True)


def whole_rank(rank: int, n: int, *, minimum: int = 1) -> int:
    """Return a rank, or raise if it exceeds the number of neurons."""
    number = count("rank", rank, minimum=minimum)
    if number > n:
        raise ArchitectureError(
            f"A map of {n} neurons has at most rank {n}, so a larger rank adds nothing to it. "
            f"Received rank {number}. Choose a rank up to {n}."
        )
    return number


def _carry(n: int, rank: int, *, skip: bool) -> Sparse:
    """Carry n neurons on by constant links and read them in full by `rank` more."""
    indptr = np.concatenate([np.arange(n), n + n * np.arange(rank + 1)])
    indices = np.concatenate([np.arange(n), np.tile(np.arange(n), rank)])
    constant = np.arange(len(indices)) < n
    if skip:
        constant[n + n * np.arange(rank) + np.arange(rank) % n] = True
    return Sparse(indptr, indices, n, constant=constant)


def _bits(bits: int, layers: int, order: str) -> list[int]:
    """Return the bit that each layer flips."""
    if order not in ORDERS:
        raise ArchitectureError(
            f"The bits of a butterfly are flipped in one of the orders {', '.join(ORDERS)}. "
            f"Received {order!r:.80}. Choose one of these."
        )
    up = list(range(bits))
    cycle = {"ascending": up, "descending": up[::-1], "benes": up + up[-2:0:-1]}[order]
    return [cycle[layer % len(cycle)] for layer in range(layers)]


def _flip(n: int, bits: tuple[int, ...], *, skip: bool) -> Sparse:
    """Wire each neuron with itself and with those whose number differs in one of the bits."""
    steps: Ints = np.array([0, *(1 << bit for bit in bits)])
    return regular(np.arange(n)[:, None] ^ steps, n, fixed=own(n, skip=skip))


def _beside(wiring: Sparse, copies: int, *, shared: bool) -> Sparse:
    """Put copies of a wiring side by side; `shared` copies read the same neurons."""
    shift = np.zeros(copies, int) if shared else np.arange(copies) * wiring.sources
    own_reads = np.reshape(wiring.indices, (1, wiring.targets, -1)).astype(np.int64)
    reads = (own_reads + shift[:, None, None]).reshape(copies * wiring.targets, -1)
    sources = wiring.sources if shared else copies * wiring.sources
    indptr = np.arange(len(reads) + 1) * reads.shape[1]
    constant = None if wiring.constant is None else np.tile(wiring.constant, copies)
    return Sparse(indptr, reads.ravel(), sources, constant=constant)


def _summed(wiring: Sparse, copies: int) -> Sparse:
    """Let each output read the last neurons of all copies."""
    n = wiring.targets
    reads = np.reshape(wiring.indices, (n, 1, -1)) + n * np.arange(copies)[None, :, None]
    fixed = None
    if wiring.constant is not None:
        fixed = np.arange(n) + n * (np.arange(n) % copies)
    return regular(reads.reshape(n, -1), copies * n, fixed=fixed)
