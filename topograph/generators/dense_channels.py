"""Channels and links of random-skip networks, drawn without the networks around them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise, product

import numpy as np

from topograph.generators._dense_parts import random_links
from topograph.generators._dense_plan import cell_plan
from topograph.graph.channels import ChannelGraph, Counts, Ints
from topograph.rng import as_generator

__all__ = ["dense_channels"]

_NONE: Counts = np.empty(0, dtype=np.int64)


def dense_channels(
    widths: Sequence[int],
    cell_depth: int,
    *,
    candidates: int | Sequence[int],
    rng: np.random.Generator | int | None = None,
) -> ChannelGraph:
    r"""Draw the channel graph of the cells of a `dense_cnn`, and nothing else.

    With the same seed it is the graph of that network,

    ``dense_cnn(...).channel_graph().within(layers of its cells)``,

    several times as fast: for laws of degree and of distance over very many wirings, or over
    wirings of hundreds of millions of links.

    Parameters
    ----------
    widths : sequence of int
        Channels per layer, one number per cell.
    cell_depth : int
        Layers per cell, at least 2.
    candidates : int or sequence of int
        Largest number of earlier channels that a layer reads, for all cells or per cell.
    rng : Generator, int or None
        Source of the wiring; each cell draws from a stream of its own.

    Returns
    -------
    ChannelGraph
        Of :math:`d \sum_c w_c` channels, in one block per layer that has sources here.

    Raises
    ------
    ArchitectureError
        If a number is not whole or out of range, or `widths` and `candidates` differ in length.

    Examples
    --------
    >>> dense_channels((2, 3, 4), 4, candidates=(3, 4, 5), rng=0)
    ChannelGraph(36 channels, 172 links, 11 blocks)
    """
    widths, limits = cell_plan(widths, cell_depth, candidates)
    streams = as_generator(rng).spawn(len(widths))
    chosen: list[Counts] = []
    for number, (width, limit, stream) in enumerate(zip(widths, limits, streams, strict=True)):
        before = cell_depth * sum(widths[:number])
        drawn = random_links(width, cell_depth, candidates=limit, rng=stream)
        chosen += [_NONE, *(before + one for one in drawn)]
    offsets = np.cumsum([0, *np.repeat(widths, cell_depth)])
    return ChannelGraph(
        nodes=_names(len(widths), cell_depth),
        offsets=offsets,
        members=_members(chosen[1:], offsets),
        bounds=np.cumsum([0, *map(len, chosen[1:])]) + offsets[:-1],
        starts=offsets[1:-1],
        stops=offsets[2:],
        loose_sources=_NONE.astype(np.int32),
        loose_targets=_NONE.astype(np.int32),
    )


def _members(chosen: list[Counts], offsets: Counts) -> Ints:
    """Lay the channels of the layer before each layer and those that it chooses in a row."""
    channels = np.arange(offsets[-1])
    before = [channels[low:high] for low, high in pairwise(offsets.tolist())]
    row = np.concatenate([*chain.from_iterable(zip(before, chosen, strict=False)), _NONE])
    return row.astype(np.int32)


def _names(cells: int, depth: int) -> tuple[str, ...]:
    """Name the layers as in the network."""
    places = product(range(1, cells + 1), range(depth))
    return tuple(f"cell_{cell}_layer_{layer}" for cell, layer in places)
