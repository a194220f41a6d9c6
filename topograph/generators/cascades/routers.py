"""Stages of routers: small dense maps, dealt out so that every input meets every output."""

from __future__ import annotations

from math import isqrt

import numpy as np

from topograph.errors import ArchitectureError
from topograph.generators.cascades._patterns import (
    Ints,
    Size,
    both_sizes,
    count,
    divides,
    reaching,
    regular,
)
from topograph.generators.cascades.butterflies import whole_rank
from topograph.graph.architecture import Architecture
from topograph.graph.wiring import Sparse

__all__ = ["clos", "low_rank", "monarch"]


def clos(
    n: Size, *, routers: tuple[int, int, int], skip: bool = False, diagonal: bool = False
) -> Architecture:
    r"""Clos network: three stages of routers, each a small dense map.

    Of the :math:`r` routers at the entrance each reads its share of the inputs and feeds each of
    the :math:`m` routers in the middle, which feed each of the :math:`s` routers at the exit:

    .. math:: E = m (n_{in} + r s + n_{out}) .

    Parameters
    ----------
    n : int or tuple of int
        Neurons of input and output; one number if they are as many.
    routers : tuple of int
        Routers :math:`(r, m, s)` of the stages. :math:`r` divides the inputs and :math:`s` the
        outputs. Exactly :math:`m` paths join each pair.
    skip : bool
        If True, one link of each neuron is constant with weight 1; see Notes.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.

    Returns
    -------
    Architecture
        See `from_masks`; the widths are :math:`n_{in}, m r, m s, n_{out}`.

    Raises
    ------
    ArchitectureError
        If a number is no count, or routers do not divide the neurons.

    Notes
    -----
    The paper leaves open which links are constant. Here neuron :math:`(i, j)` behind the entrance
    takes input :math:`j` of its router, neuron :math:`(j, q)` behind the middle takes entrance
    :math:`q + j`, and output :math:`o` takes middle router :math:`o`, all modulo what there is.

    References
    ----------
    .. [1] "NeuroFabric", Section VII and Fig. 5. C. Clos, "A study of non-blocking switching
           networks", Bell System Technical Journal 32 (1953).

    Examples
    --------
    >>> import topograph as tg
    >>> network = clos(32, routers=(8, 9, 8), skip=True)
    >>> network.channel_graph().adjacency.nnz, tg.analyzers.cost(network).parameters
    (1152, 976)
    """
    inputs, outputs = both_sizes(n)
    r, m, s = _routers(routers)
    divides("routers[0]", r, inputs, what="inputs")
    divides("routers[2]", s, outputs, what="outputs")
    share = inputs // r
    ingress, lane = np.divmod(np.arange(r * m), m)
    first = _block(ingress * share, share, at=lane % share, sources=inputs, skip=skip)
    middle, exit_ = np.divmod(np.arange(m * s), s)
    reads = middle[:, None] + m * np.arange(r)
    second = regular(reads, m * r, fixed=middle + m * ((exit_ + middle) % r) if skip else None)
    egress = np.arange(outputs) // (outputs // s)
    reads = egress[:, None] + s * np.arange(m)
    fixed = egress + s * (np.arange(outputs) % m) if skip else None
    third = regular(reads, m * s, fixed=fixed)
    name = f"clos({n}, routers={(r, m, s)})"
    return reaching([first, second, third], name, diagonal=diagonal, enough=True)


def monarch(
    n: Size, *, blocks: int | None = None, skip: bool = False, diagonal: bool = False
) -> Architecture:
    r"""Monarch matrix: block-diagonal, dealt out, block-diagonal.

    Of the :math:`b` blocks of the first layer each maps its share of the inputs to :math:`g`
    neurons; block :math:`k` of the second reads neuron :math:`k` of each and makes the outputs
    :math:`k, k + g, \dots`. One path joins each pair;

    .. math:: E = g \, n_{in} + b \, n_{out} , \qquad 2 n^{3/2}
              \text{ for } n = b^2 \text{ neurons.}

    Parameters
    ----------
    n : int or tuple of int
        Neurons of input and output; one number if they are as many.
    blocks : int, optional
        Blocks :math:`b` of the first layer, a divisor of the inputs; by default the divisor next to
        their root from below. The second layer has :math:`g = n_{in} / b` blocks, or, if that does
        not divide the outputs, as many as their largest divisor below it.
    skip : bool
        If True, one link of each neuron is constant with weight 1: the one at its own place in its
        block, modulo the inputs of the block.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.

    Returns
    -------
    Architecture
        See `from_masks`; the widths are :math:`n_{in}, b g, n_{out}`.

    Raises
    ------
    ArchitectureError
        If a number is no count, or `blocks` does not divide the inputs.

    References
    ----------
    .. [1] T. Dao et al., "Monarch: Expressive structured matrices for efficient and accurate
           training", ICML 2022, Definition 3.1.

    Examples
    --------
    >>> monarch(16).channel_graph().adjacency.nnz  # 2 * 16 ** 1.5
    128
    """
    inputs, outputs = both_sizes(n)
    b = divides("blocks", blocks or _divisor(inputs, isqrt(inputs)), inputs, what="inputs")
    g = _divisor(outputs, inputs // b)
    block, place = np.divmod(np.arange(b * g), g)
    share = inputs // b
    first = _block(block * share, share, at=place % share, sources=inputs, skip=skip)
    group, place = np.arange(outputs) % g, np.arange(outputs) // g
    reads = group[:, None] + g * np.arange(b)
    second = regular(reads, b * g, fixed=group + g * (place % b) if skip else None)
    return reaching([first, second], f"monarch({n}, blocks={b})", diagonal=diagonal, enough=True)


def low_rank(n: Size, rank: int, *, skip: bool = False, diagonal: bool = False) -> Architecture:
    r"""Dense map to :math:`r` neurons and dense map back: :math:`E = r (n_{in} + n_{out})`.

    Parameters
    ----------
    n : int or tuple of int
        Neurons of input and output; one number if they are as many.
    rank : int
        Neurons between, :math:`r \le \min(n_{in}, n_{out})`.
    skip : bool
        If True, the links from input :math:`j \bmod n_{in}` to hidden neuron :math:`j` and from
        hidden neuron :math:`o \bmod r` to output :math:`o` are constant with weight 1.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If the rank is no count or above what the neurons allow.

    References
    ----------
    .. [1] "NeuroFabric", Section VII.

    Examples
    --------
    >>> low_rank(32, 18).channel_graph().adjacency.nnz
    1152
    """
    inputs, outputs = both_sizes(n)
    r = whole_rank(rank, min(inputs, outputs))
    hidden, ends = np.arange(r), np.arange(outputs)
    first = _block(hidden * 0, inputs, at=hidden % inputs, sources=inputs, skip=skip)
    second = _block(ends * 0, r, at=ends % r, sources=r, skip=skip)
    return reaching([first, second], f"low_rank({n}, {rank})", diagonal=diagonal, enough=True)


def _block(starts: Ints, length: int, *, at: Ints, sources: int, skip: bool) -> Sparse:
    """Let each neuron read a run of sources; `at` is the place of its constant link in the run."""
    fixed = starts + at if skip else None
    return regular(starts[:, None] + np.arange(length), sources, fixed=fixed)


def _routers(routers: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the routers of three stages."""
    if not isinstance(routers, tuple | list) or len(routers) != 3:
        raise ArchitectureError(
            "A Clos network has three stages, and a number of routers for each. "
            f"Received {routers!r:.80}. Write (8, 9, 8), for example."
        )
    entrance, middle, leaving = (count("routers", number) for number in routers)
    return entrance, middle, leaving


def _divisor(number: int, limit: int) -> int:
    """Return the largest divisor up to a limit."""
    return next(part for part in range(min(limit, number), 0, -1) if number % part == 0)
