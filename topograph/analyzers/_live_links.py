"""What of a cascade lies on a way from an input to an output, in tables for bulk steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np

from topograph.analyzers._cascade_links import Cascade, Flags, Ints, Layer
from topograph.arrays.device import Device, choose_device, to_device
from topograph.arrays.namespace import Array
from topograph.errors import ArchitectureError


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The links of one layer, and the competing ones (the weights) among them.

    `behind` holds the sources of each target in a row, `ahead` the targets of each source; short
    rows repeat their entries, so that a random entry is a random neighbour and the union over a
    row is not changed.
    """

    sources: Array  # shape (weights,)
    targets: Array
    behind: Array  # shape (targets of the layer, largest fan-in)
    ahead: Array  # shape (sources of the layer, largest fan-out)


@dataclass(frozen=True, slots=True, eq=False)
class LiveCascade:
    """A cascade without dead neurons, renumbered.

    Weight :math:`w` is link `link[w]` of the whole cascade; input :math:`i` and output :math:`o`
    are its inputs and outputs `inputs[i]` and `outputs[o]`.
    """

    widths: tuple[int, ...]
    steps: tuple[Step, ...]
    first: tuple[int, ...]  # first weight of each layer, and the number of weights
    link: Ints
    inputs: Ints
    outputs: Ints

    @property
    def weights(self) -> int:
        """Number of weights on a way from an input to an output."""
        return self.first[-1]


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
    steps, links, first, seen = [], [], [0], 0
    for layer, flags, ends in zip(cascade.layers, competing, pairwise(alive), strict=True):
        present = np.flatnonzero(ends[0][layer.sources] & ends[1][layer.targets])
        sources = (np.cumsum(ends[0]) - 1)[layer.sources[present]]
        targets = (np.cumsum(ends[1]) - 1)[layer.targets[present]]
        chosen = np.flatnonzero(flags[present])
        tables = _table(targets, sources), _table(sources, targets)
        steps.append(_moved(Step(sources[chosen], targets[chosen], *tables), device))
        links.append(present[chosen] + seen)
        first.append(first[-1] + len(chosen))
        seen += len(layer.sources)
    return LiveCascade(
        tuple(int(flags.sum()) for flags in alive),
        tuple(steps),
        tuple(first),
        np.concatenate(links),
        np.flatnonzero(alive[0]),
        np.flatnonzero(alive[-1]),
    )


def _moved(step: Step, device: Device) -> Step:
    """Bring tables of the host onto a device."""
    if device.name == "cpu":
        return step
    return Step(*(to_device(getattr(step, part.name), device) for part in fields(step)))


def alive_neurons(cascade: Cascade) -> list[Flags]:
    """Mark the neurons of each layer that an input reaches and that reach an output."""
    reached = [np.ones(cascade.widths[0], dtype=bool)]
    for layer, width in zip(cascade.layers, cascade.widths[1:], strict=True):
        reached.append(_hit(layer.targets[reached[-1][layer.sources]], width))
    useful = [reached[-1]]
    for layer, flags in zip(cascade.layers[::-1], reached[-2::-1], strict=True):
        useful.append(flags & _hit(_feeding(layer, useful[-1]), len(flags)))
    return useful[::-1]


def _feeding(layer: Layer, useful: Flags) -> Ints:
    """Sources of the links that lead to useful neurons."""
    return layer.sources[useful[layer.targets]]


def _hit(neurons: Ints, width: int) -> Flags:
    """Mark the listed neurons."""
    marks = np.zeros(width, dtype=bool)
    marks[neurons] = True
    return marks


def _table(rows: Ints, entries: Ints) -> Any:
    """List the entries of each row; every row has one, short rows repeat theirs."""
    counts = np.bincount(rows)
    few = len(counts) <= 2**16  # short numbers are sorted in linear time
    order = np.argsort(rows.astype(np.uint16) if few else rows, kind="stable")
    fan = int(counts.max())
    if (counts == fan).all():
        return entries[order].reshape(-1, fan)
    begin = np.cumsum(counts) - counts
    return entries[order][begin[:, None] + np.arange(fan) % counts[:, None]]
