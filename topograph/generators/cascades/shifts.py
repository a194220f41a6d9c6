"""Mixed-radix shifts: each layer settles one digit of the output's number."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from topograph.errors import ArchitectureError
from topograph.generators.cascades._patterns import count, own, reaching, regular
from topograph.graph.architecture import Architecture
from topograph.graph.wiring import Sparse

__all__ = ["radix"]


def radix(
    radices: Sequence[int],
    *,
    systems: int = 1,
    multiples: Sequence[int] | None = None,
    skip: bool = False,
    diagonal: bool = False,
) -> Architecture:
    r"""Mixed-radix cascade: neuron :math:`x` feeds :math:`x + j \nu_i \bmod n`.

    Here :math:`j = 0, \dots, N_i - 1` in layer :math:`i`, :math:`\nu_i = N_1 \cdots N_{i-1}` and
    :math:`n = N_1 \cdots N_t`. One path joins each pair in each system.

    Parameters
    ----------
    radices : sequence of int
        Radices :math:`N_1, \dots, N_t`, each at least 2: links of a neuron in each layer.
    systems : int
        How often the layers are repeated.
    multiples : sequence of int, optional
        :math:`D_0, D_1, \dots`, one number more than there are layers: each neuron of level
        :math:`i` stands for :math:`D_i` neurons, wired in full (the Kronecker product of the mask
        with ones), so levels may differ in width. By default all are 1.
    skip : bool
        If True, the link :math:`x \to x` of each neuron is constant with weight 1; among copies
        that from the copy of the same number, modulo the copies there are.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If there is no radix, a radix is below 2, or the multiples have another length.

    References
    ----------
    .. [1] R. Robinett and J. Kepner, "RadiX-Net: Structured sparse matrices for deep neural
           networks", IPDPSW 2019, Section III.

    Examples
    --------
    >>> radix((4, 4, 2)).channel_graph().adjacency.nnz  # 32 * (4 + 4 + 2)
    320
    """
    if not isinstance(radices, Sequence) or not len(radices):
        raise ArchitectureError(
            "A mixed-radix cascade has at least one radix, the number of links of a neuron. "
            f"Received {radices!r:.80}. Write (4, 4, 2), for example."
        )
    numbers = [count("radices", number, minimum=2) for number in radices]
    numbers_of_layers = numbers * count("systems", systems)
    n = prod(numbers)
    places = [prod(numbers[:digit]) for digit in range(len(numbers))] * systems
    copies = _multiples(multiples, len(numbers_of_layers))
    wirings = [
        _multiplied(_shift(n, radix, place), copies[at], copies[at + 1], skip=skip)
        for at, (radix, place) in enumerate(zip(numbers_of_layers, places, strict=True))
    ]
    name = f"radix({tuple(numbers)})" if systems == 1 else f"radix({tuple(numbers)}) x {systems}"
    return reaching(wirings, name, diagonal=diagonal, enough=True)


def _shift(n: int, radix: int, place: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Sources of each neuron."""
    found: np.ndarray[tuple[int, int], np.dtype[np.int64]] = (
        np.arange(n)[:, None] - place * np.arange(radix)
    ) % n
    return found


def _multiplied(
    reads: np.ndarray[tuple[int, int], np.dtype[np.int64]], before: int, after: int, *, skip: bool
) -> Sparse:
    """Put `before` neurons in the place of each source and `after` in that of each target."""
    n = len(reads)
    wide = (reads[:, :, None] * before + np.arange(before)).reshape(n, -1)
    target = np.arange(n * after)
    fixed = own(n * after, skip=skip)
    if fixed is not None:
        fixed = target // after * before + target % after % before
    return regular(np.repeat(wide, after, axis=0), n * before, fixed=fixed)


def _multiples(multiples: Sequence[int] | None, layers: int) -> list[int]:
    """Return the copies of each neuron, level by level."""
    numbers = [1] * (layers + 1) if multiples is None else list(multiples)
    if len(numbers) != layers + 1:
        raise ArchitectureError(
            "`multiples` has a number for the input and for each layer. "
            f"Received {len(numbers)} for {layers} layers. Give {layers + 1} numbers."
        )
    return [count("multiples", number) for number in numbers]
