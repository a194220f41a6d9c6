"""Check a matching and its cover from the links alone; nothing of the search is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.links import Cascade, Flags, Ints

if TYPE_CHECKING:
    from topograph.analyzers.cascades.matching import Matching

__all__ = ["is_cover", "is_matching"]

Bits = NDArray[np.uint8]
"""Sets as rows of bits, eight to a byte, the first in the lowest bit, padded to whole words."""

CHUNK = 2**26
"""Bytes of rows that are gathered at a time."""


def is_matching(cascade: Cascade, competing: Sequence[Flags], found: Matching) -> bool:
    """True if all weights and all pairs differ and each pair is in the rectangle of its weight."""
    counts = np.concatenate(list(competing))
    inside = (found.weight >= 0) & (found.weight < cascade.links)
    inside &= (found.input >= 0) & (found.input < cascade.widths[0])
    inside &= (found.output >= 0) & (found.output < cascade.widths[-1])
    if not inside.all() or not counts[found.weight].all():
        return False
    pairs = found.input * cascade.widths[-1] + found.output
    if not (_differ(found.weight) and _differ(pairs)):
        return False
    before, behind = _inputs_before(cascade), _outputs_behind(cascade)
    layer = np.searchsorted(np.cumsum(cascade.sizes), found.weight, side="right")
    place = found.weight - (np.cumsum(cascade.sizes) - cascade.sizes)[layer]
    groups = _groups(layer, len(cascade.layers))
    for number, (links, mine) in enumerate(zip(cascade.layers, groups, strict=True)):
        source, target = links.sources[place[mine]], links.targets[place[mine]]
        comes = _holds(before[number], source, found.input[mine])
        if not (comes & _holds(behind[number + 1], target, found.output[mine])).all():
            return False
    return True


def is_cover(cascade: Cascade, competing: Sequence[Flags], found: Matching) -> bool:
    """True if no weight outside of the cover may take a pair outside of it."""
    covered = np.zeros(cascade.links, dtype=bool)
    covered[found.weight[found.by_weight]] = True
    if covered[np.concatenate(list(competing))].all():
        return True
    pairs = np.zeros((cascade.widths[0], cascade.widths[-1]), dtype=bool)
    pairs[found.input[~found.by_weight], found.output[~found.by_weight]] = True
    # The outputs that are covered together with every input before a neuron.
    spare = np.zeros((len(pairs), -pairs.shape[1] % 64), dtype=bool)
    rows = np.packbits(np.concatenate([pairs, spare], axis=1), axis=1, bitorder="little")
    behind, begin = _outputs_behind(cascade), 0
    for number, (links, counts) in enumerate(zip(cascade.layers, competing, strict=True)):
        size = len(links.sources)
        rest = np.flatnonzero(counts & ~covered[begin : begin + size])
        for part in _chunks(rest, rows.shape[1]):
            if (~rows[links.sources[part]] & behind[number + 1][links.targets[part]]).any():
                return False
        missing = _unions(links.targets, links.sources, ~rows, cascade.widths[number + 1])
        rows, begin = ~missing, begin + size
    return True


def _inputs_before(cascade: Cascade) -> list[Bits]:
    """Return for each layer the inputs that each of its neurons comes from."""
    rows = [_single(cascade.widths[0])]
    for links, width in zip(cascade.layers, cascade.widths[1:], strict=True):
        rows.append(_unions(links.targets, links.sources, rows[-1], width))
    return rows


def _outputs_behind(cascade: Cascade) -> list[Bits]:
    """Return for each layer the outputs that each of its neurons leads to."""
    rows = [_single(cascade.widths[-1])]
    for links, width in zip(cascade.layers[::-1], cascade.widths[-2::-1], strict=True):
        rows.append(_unions(links.sources, links.targets, rows[-1], width))
    return rows[::-1]


def _single(count: int) -> Bits:
    """Return the sets {0}, {1}, ..., as rows."""
    rows = np.zeros((count, -(-count // 64) * 8), dtype=np.uint8)
    rows[np.arange(count), np.arange(count) // 8] = 1 << (np.arange(count) % 8)
    return rows


def _unions(owners: Ints, members: Ints, rows: Bits, count: int) -> Bits:
    """Unite for each owner the rows of its members; without members that is the empty set."""
    words = rows.view(np.uint64)
    united = np.zeros((count, words.shape[1]), dtype=np.uint64)
    order = np.argsort(owners, kind="stable")
    sizes = np.bincount(owners, minlength=count)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    for part in _groups(rank, sizes.max()):  # the first link of each owner, the second, ...
        link = order[part]
        if len(link) == count:
            united |= words[members[link]]
        else:
            united[owners[link]] |= words[members[link]]
    return united.view(np.uint8)


def _groups(numbers: Ints, count: int) -> list[Ints]:
    """Return where each of the numbers 0, ..., count - 1 stands."""
    order = np.argsort(numbers.astype(np.uint16) if count <= 2**16 else numbers, kind="stable")
    return np.split(order, np.cumsum(np.bincount(numbers, minlength=count))[:-1])


def _chunks(links: Ints, width: int) -> Iterator[Ints]:
    """Cut links into parts whose rows fit into a small memory."""
    size = max(1, CHUNK // width)
    for begin in range(0, len(links), size):
        yield links[begin : begin + size]


def _holds(rows: Bits, row: Ints, number: Ints) -> Flags:
    """Tell whether each set holds its number."""
    held: Flags = rows[row, number // 8] >> (number % 8) & 1 > 0
    return held


def _differ(numbers: Ints) -> bool:
    """True if no number appears twice."""
    ascending = np.sort(numbers)
    return bool((ascending[1:] != ascending[:-1]).all())
