"""What of a cascade lies on a way from an input to an output, in tables for bulk steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from topograph.analyzers.cascades.bit_rows import WORD, words_for
from topograph.analyzers.cascades.links import Cascade, Flags, Ints
from topograph.arrays.device import Device, choose_device, to_device
from topograph.arrays.namespace import Array
from topograph.errors import ArchitectureError

__all__ = ["LiveCascade", "live_links"]


@dataclass(frozen=True, slots=True, eq=False)
class LiveCascade:
    """A cascade without dead neurons, renumbered.

    Weight :math:`w` is link `link[w]` of the whole cascade, from neuron `sources[w]` to neuron
    `targets[w]`, where neurons are counted through all layers; input :math:`i` and output
    :math:`o` are its inputs and outputs `inputs[i]` and `outputs[o]`.

    `behind[l]` holds the sources of each neuron of layer l + 1 in a row, `ahead[l]` the targets of
    each neuron of layer l, both counted within their layer and over constant links too. Short rows
    repeat their entries, so that a random entry is a random neighbour and the union over a row is
    not changed.
    """

    widths: tuple[int, ...]
    first: tuple[int, ...]  # first weight between two layers, and the number of weights
    sources: Array  # shape (weights,)
    targets: Array
    behind: tuple[Array, ...]  # shapes (targets of the layer, largest fan-in)
    ahead: tuple[Array, ...]  # shapes (sources of the layer, largest fan-out)
    link: Ints
    inputs: Ints
    outputs: Ints

    @property
    def weights(self) -> int:
        """Number of weights on a way from an input to an output."""
        return self.first[-1]

    @property
    def begins(self) -> tuple[int, ...]:
        """First neuron of each layer, and the number of neurons."""
        return tuple(accumulate(self.widths, initial=0))

    @property
    def stride(self) -> int:
        """Pair (i, o) has the number i stride + o: an input's outputs fill whole words of bits."""
        return WORD * words_for(self.widths[-1])


def live_links(
    cascade: Cascade, competing: Sequence[Flags], *, device: Device | None = None
) -> LiveCascade:
    """Drop dead neurons and lay the rest out in tables on a device, by default the CPU."""
    device = choose_device("cpu") if device is None else device
    alive = alive_neurons(cascade)
    if not alive[0].any():
        raise ArchitectureError(
            "A question about input-output pairs needs a pair with a path between them. Received a "
            "cascade whose neurons are all dead: no input reaches an output. Add links."
        )
    widths = tuple(int(flags.sum()) for flags in alive)
    every = np.concatenate(alive)
    sources, targets, kept = _renumbered(cascade, every)
    counted = np.concatenate(list(competing)) & kept
    layers = [(layer.sources, layer.targets) for layer in cascade.layers]
    if not every.all():
        layers = _layers(cascade, widths, sources, targets, kept)
    if not counted.all():
        weights = counted[kept]
        sources, targets = sources[weights], targets[weights]
    behind, ahead = _tables(layers, device)
    return LiveCascade(
        widths,
        _bounds(counted, cascade),
        to_device(sources, device),
        to_device(targets, device),
        behind,
        ahead,
        np.flatnonzero(counted),
        np.flatnonzero(alive[0]),
        np.flatnonzero(alive[-1]),
    )


def alive_neurons(cascade: Cascade) -> list[Flags]:
    """Mark the neurons of each layer that an input reaches and that reach an output."""
    reached = [np.ones(cascade.widths[0], dtype=bool)]
    for layer, width in zip(cascade.layers, cascade.widths[1:], strict=True):
        reached.append(_hit(layer.targets, reached[-1][layer.sources], width))
    useful = [reached[-1]]
    for layer, flags in zip(cascade.layers[::-1], reached[-2::-1], strict=True):
        useful.append(flags & _hit(layer.sources, useful[-1][layer.targets], len(flags)))
    return useful[::-1]


def _hit(neurons: Ints, counts: Flags, width: int) -> Flags:
    """Mark the listed neurons that count."""
    marks = np.zeros(width, dtype=bool)
    marks[neurons if counts.all() else neurons[counts]] = True
    return marks


def _renumbered(cascade: Cascade, alive: Flags) -> tuple[Ints, Ints, Flags]:
    """Return sources and targets, counted through the living neurons, of links between them.

    The last array tells which links of the cascade these are.
    """
    begins = pairwise(accumulate(cascade.widths[:-1], initial=0))
    layers = list(zip(cascade.layers, begins, strict=True))
    sources = np.concatenate([layer.sources + begin for layer, (begin, _) in layers])
    targets = np.concatenate([layer.targets + end for layer, (_, end) in layers])
    if alive.all():
        return sources, targets, np.ones(len(sources), dtype=bool)
    kept, number = alive[sources] & alive[targets], np.cumsum(alive) - 1
    return number[sources[kept]], number[targets[kept]], kept


def _bounds(flags: Flags, cascade: Cascade) -> tuple[int, ...]:
    """Return how many links have a flag before each layer, and in all; no layer is empty."""
    sizes = cascade.sizes
    counts = np.add.reduceat(flags, np.cumsum(sizes) - sizes, dtype=np.int64)
    return tuple(accumulate(counts.tolist(), initial=0))


def _layers(
    cascade: Cascade, widths: Sequence[int], sources: Ints, targets: Ints, kept: Flags
) -> list[tuple[Ints, Ints]]:
    """Return the sources and targets of the links of each layer, counted within theirs."""
    links = pairwise(_bounds(kept, cascade))
    begins = pairwise(accumulate(widths[:-1], initial=0))
    return [
        (sources[a:b] - start, targets[a:b] - end)
        for (a, b), (start, end) in zip(links, begins, strict=True)
    ]


def _tables(
    layers: Sequence[tuple[Ints, Ints]], device: Device
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Lay out what is behind and ahead of neurons; layers of the same arrays share their tables."""
    keys = [tuple(map(id, ends)) for ends in layers]
    made = {
        key: (
            to_device(_table(targets, sources), device),
            to_device(_table(*_sorted(sources, targets)), device),
        )
        for key, (sources, targets) in dict(zip(keys, layers, strict=True)).items()
    }
    behind, ahead = zip(*(made[key] for key in keys), strict=True)
    return behind, ahead


def _sorted(rows: Ints, entries: Ints) -> tuple[Ints, Ints]:
    """Order links by their row, in linear time where there are few rows."""
    few = rows.max() < 2**16
    order = np.argsort(rows.astype(np.uint16) if few else rows, kind="stable")
    return rows[order], entries[order]


def _table(rows: Ints, entries: Ints) -> Any:
    """List the entries of each row; rows ascend, each has an entry, short rows repeat theirs."""
    counts = np.bincount(rows)
    fan = int(counts.max())
    if counts.min() == fan:
        return entries.reshape(-1, fan)
    return entries[(np.cumsum(counts) - counts)[:, None] + np.arange(fan) % counts[:, None]]
