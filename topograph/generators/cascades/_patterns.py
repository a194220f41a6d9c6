"""Patterns of one layer, made as compressed rows at once, and the numbers that describe them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph._checks import whole
from topograph.errors import ArchitectureError
from topograph.generators.cascades._assemble import cascade
from topograph.graph.architecture import Architecture
from topograph.graph.wiring import Sparse

CHUNK = 1 << 15
"""Words of bits that are united at once: they stay in the cache."""

Ints = NDArray[np.int64]
Size = int | tuple[int, int]
"""Neurons of input and output: one number if they are as many."""


def regular(reads: Ints, sources: int, *, fixed: Ints | None = None) -> Sparse:
    """Wire neuron i with the sources ``reads[i]``; `fixed` names its constant link."""
    targets, fan_in = reads.shape
    indices = np.sort(reads, axis=1)
    constant = None if fixed is None else (indices == fixed[:, None]).ravel()
    return Sparse(np.arange(targets + 1) * fan_in, indices.ravel(), sources, constant=constant)


def listed(rows: Ints, columns: Ints, shape: tuple[int, int], *, skip: bool) -> Sparse:
    """Wire pairs of neurons in any order; with `skip` the first source of each is constant."""
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    indptr = np.searchsorted(rows, np.arange(shape[0] + 1))
    constant = None
    if skip:
        constant = np.zeros(len(rows), dtype=bool)
        constant[indptr[:-1][np.diff(indptr) > 0]] = True
    return Sparse(indptr, columns, shape[1], constant=constant)


def own(width: int, *, skip: bool) -> Ints | None:
    """Return the constant link of each neuron where that is neuron i to neuron i."""
    return np.arange(width) if skip else None


def count(name: str, value: Any, *, minimum: int = 1, because: str | None = None) -> int:
    """Return a number of neurons, layers or parts, or raise if it is none."""
    reason = because or "it counts parts of the cascade"
    return whole(name, value, minimum=minimum, error=ArchitectureError, because=reason)


def both_sizes(n: Size) -> tuple[int, int]:
    """Return the neurons of input and output."""
    sizes = tuple(n) if isinstance(n, tuple | list) else (n, n)
    if len(sizes) != 2:
        raise ArchitectureError(
            "A cascade has one input and one output, so n is one number, or one for each. "
            f"Received {n!r:.80}. Write (64, 128) for 64 inputs and 128 outputs."
        )
    return count("n", sizes[0]), count("n", sizes[1])


def power_of_two(n: int) -> int:
    """Return log2 of the number of neurons, or raise if n is no power of two."""
    count("n", n, minimum=2, because="each link flips one bit of the number of a neuron")
    if n & (n - 1):
        raise ArchitectureError(
            "n is a power of two here, as each link flips one bit of the number of a neuron. "
            f"Received {n}. Choose {1 << (n.bit_length() - 1)} or {1 << n.bit_length()}, or "
            "another topology, such as `clos` or `radix`."
        )
    return int(n).bit_length() - 1


def divides(name: str, part: Any, whole_number: int, *, what: str) -> int:
    """Return a number of parts, or raise if it does not divide what is dealt out to them."""
    number = count(name, part)
    if whole_number % number:
        raise ArchitectureError(
            f"{name} divides the {what}, as each part takes equally many. "
            f"Received {number} for {whole_number}. Choose a divisor of {whole_number}."
        )
    return number


def density_of(density: Any) -> float:
    """Return a share of links, or raise unless it lies above 0 and at most at 1."""
    number = isinstance(density, Real | Integral) and not isinstance(density, bool)
    if not number or not 0 < density <= 1:
        raise ArchitectureError(
            "The density is the share of links that are there: above 0, at most 1. "
            f"Received {density!r:.80}. Write 1/16 for one link of sixteen."
        )
    return float(density)


def reaching(
    wirings: Sequence[Sparse], name: str, *, diagonal: bool, enough: bool = False
) -> Architecture:
    """Make a cascade, and warn if some output does not depend on some input.

    `enough` says that the depth is known to suffice.
    """
    made = cascade(wirings, name, diagonal=diagonal, stacklevel=5)
    if not enough:
        _warn_of_unreachable(wirings)
    return made


def _warn_of_unreachable(wirings: Sequence[Sparse]) -> None:
    """Warn of the pairs of input and output that no path joins."""
    reach = reachable(wirings)
    missing = int(reach.size - np.count_nonzero(reach))
    if missing:
        first = np.argwhere(~reach)[:4]
        named = ", ".join(f"({source}, {target})" for target, source in first.tolist())
        warnings.warn(
            "A cascade stands in for a dense layer, so each output depends on each input. "
            f"Received {len(wirings)} layers that leave {missing} pairs (input, output) "
            f"unreachable: {named}{', ...' if missing > 4 else ''}. Add layers or links.",
            UserWarning,
            stacklevel=4,
        )


def reachable(wirings: Sequence[Sparse]) -> NDArray[np.bool_]:
    """Tell for each output (row) and input (column) whether a path joins them."""
    sources = wirings[0].sources
    words = -(-sources // 64) * 64
    reach = np.packbits(np.eye(sources, words, dtype=bool), axis=1).view(np.uint64)
    for wiring in wirings:
        reach = _joined(wiring, reach)
    return np.unpackbits(reach.view(np.uint8), axis=1, count=sources).astype(bool)


def _joined(wiring: Sparse, reach: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Unite the sets of all sources of each neuron, kept as bits, some neurons at a time."""
    joined = np.zeros((wiring.targets, reach.shape[1]), dtype=np.uint64)
    filled = np.flatnonzero(np.diff(wiring.indptr))
    if not len(filled):
        return joined
    step = max(1, CHUNK * len(filled) // (wiring.links * reach.shape[1]))
    for start in range(0, len(filled), step):
        rows = filled[start : start + step]
        first, last = wiring.indptr[rows[0]], wiring.indptr[rows[-1] + 1]
        found = reach[wiring.indices[first:last]]
        joined[rows] = np.bitwise_or.reduceat(found, wiring.indptr[rows] - first, axis=0)
    return joined
