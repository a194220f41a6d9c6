"""Where the neurons of many networks lie when they run side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from topograph.exporter.chain import Chain, Neurons
from topograph.exporter.slopes import SLOPES

__all__ = ["Layout", "Tables", "lay_out"]

ZEROS, ONES, FIRST = 0, 1, 2
"""A row of zeros and a row of ones come before the rows of the neurons."""

MULTIPLE = 4
"""What a layer reads is filled up to a multiple of so many rows, with which products are faster."""


@dataclass(frozen=True)
class Layout:
    """How many rows there are: layer by layer, in a layer network by network.

    Attributes
    ----------
    members : int
        Networks.
    widths : tuple of int
        Neurons of each layer of a network.
    columns : tuple of int
        Rows that each layer but the first reads: ones for the bias, neurons, zeros to fill up.
    activation : str or None
        Of all layers but the last.
    """

    members: int
    widths: tuple[int, ...]
    columns: tuple[int, ...]
    activation: str | None

    @cached_property
    def neurons(self) -> list[int]:
        """Rows of each layer but the last."""
        return [self.members * width for width in self.widths[:-1]]

    @cached_property
    def copies(self) -> list[int]:
        """Rows that each layer but the first reads."""
        return [self.members * count for count in self.columns]

    @cached_property
    def sections(self) -> list[int]:
        """Rows of values, of values before the activation where these are kept, and of copies."""
        kept = 0 if SLOPES[self.activation].from_output else sum(self.neurons)
        return [FIRST + sum(self.neurons), kept, sum(self.copies)]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The wiring of all networks, forwards and backwards.

    Attributes
    ----------
    sources : tuple of int32 array
        For each layer but the first, the rows that it reads.
    readers : tuple of int32 array
        For each layer but the last, the copies of its first row, then of its second, and so on.
    ends : tuple of int32 array
        For each layer but the last, 0 and then where the copies of each row end in `readers`.
    """

    sources: tuple[NDArray[np.int32], ...]
    readers: tuple[NDArray[np.int32], ...]
    ends: tuple[NDArray[np.int32], ...]


def lay_out(chains: Sequence[Chain]) -> tuple[Layout, Tables]:
    """Lay out networks that are alike, and write their wiring down as rows."""
    layers = list(zip(*(chain.reads for chain in chains), strict=True))
    most = [1 + max(map(len, reads)) for reads in layers]
    columns = tuple(-(-count // MULTIPLE) * MULTIPLE for count in most)
    layout = Layout(len(chains), chains[0].widths, columns, chains[0].activation)
    rows = _rows(layout)
    sources = [_sources(rows, reads, count) for reads, count in zip(layers, columns, strict=True)]
    return layout, _tables(layout, sources)


def _rows(layout: Layout) -> Neurons:
    """Return the row of each neuron of each network, shape (members, neurons)."""
    widths = np.array(layout.widths[:-1])
    starts = np.repeat(np.cumsum(widths) - widths, widths)
    place = np.arange(widths.sum()) - starts
    member = np.arange(layout.members)[:, None]
    rows: Neurons = FIRST + layout.members * starts + member * np.repeat(widths, widths) + place
    return rows


def _sources(rows: Neurons, reads: Sequence[Neurons], columns: int) -> Neurons:
    """Return the rows that a layer reads in all networks, one after the other."""
    sources = np.full((len(rows), columns), ZEROS)
    sources[:, 0] = ONES
    for own, read, source in zip(rows, reads, sources, strict=True):
        source[1 : 1 + len(read)] = own[read]
    return sources.ravel()


def _tables(layout: Layout, sources: Sequence[Neurons]) -> Tables:
    """Turn the rows that layers read round: where each row is read."""
    joined = np.concatenate(sources)
    order = np.argsort(joined, kind="stable")
    ends = np.cumsum(np.bincount(joined, minlength=FIRST + sum(layout.neurons)))
    before = np.cumsum([ONES, *layout.neurons])  # the row before each layer
    layers = list(pairwise(before))
    return Tables(
        sources=_narrow(sources),
        readers=_narrow(order[ends[low] : ends[high]] for low, high in layers),
        ends=_narrow(ends[low : high + 1] - ends[low] for low, high in layers),
    )


def _narrow(arrays: Iterable[Neurons]) -> tuple[NDArray[np.int32], ...]:
    return tuple(array.astype(np.int32) for array in arrays)
