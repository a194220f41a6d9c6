"""A cell of NAS-Bench-201 as six numbers, as the official string, and by the official index."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.errors import ArchitectureError

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""The operations of an edge; a cell holds their numbers."""

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Source and target of each edge, in the order of the official string."""

ORDER_SEED = 88
"""The benchmark enumerates its cells and shuffles them by Python's generator with this seed."""

Cell = int | str | Sequence[str] | Sequence[int]
"""Official index, official string, or six operations by name or number."""


@cache
def official_order() -> NDArray[np.int8]:
    """All 15,625 cells, shape (cells, edges), such that row i is the cell of official index i."""
    cells = list(product(range(len(OPERATIONS)), repeat=len(EDGES)))
    random.Random(ORDER_SEED).shuffle(cells)
    found = np.array(cells, dtype=np.int8)
    found.flags.writeable = False
    return found


def as_numbers(cell: Cell) -> tuple[int, ...]:
    """Return the six operation numbers of a cell, in whatever way it is named.

    >>> as_numbers("|skip_connect~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|skip_connect~2|")
    (1, 0, 3, 0, 0, 1)
    >>> as_numbers(9)
    (4, 0, 0, 1, 0, 3)
    """
    if isinstance(cell, str):
        return _of_string(cell)
    if isinstance(cell, Sequence | np.ndarray):
        return _of_operations(cell)
    last = len(official_order()) - 1
    reason = f"it is the official index of one of {last + 1} cells"
    index = whole("cell", cell, minimum=0, maximum=last, error=ArchitectureError, because=reason)
    return tuple(official_order()[index].tolist())


def as_string(cell: Cell) -> str:
    """Return the official string of a cell.

    >>> as_string((1, 0, 3, 0, 0, 1))
    '|skip_connect~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|skip_connect~2|'
    """
    names = [OPERATIONS[number] for number in as_numbers(cell)]
    return write(names, EDGES)


def write(names: Sequence[str], edges: Sequence[tuple[int, int]]) -> str:
    """Write operations on edges, ordered by target, in the official form."""
    nodes: dict[int, list[str]] = {}
    for name, (source, target) in zip(names, edges, strict=True):
        nodes.setdefault(target, []).append(f"{name}~{source}")
    return "+".join(f"|{'|'.join(parts)}|" for parts in nodes.values())


def read(string: str, operations: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
    """Read operation numbers and edges from a string of the official form."""
    numbers, edges, start = [], [], 0
    for target, node in enumerate(string.split("+"), start=1):
        for position, part in _parts(node, start):
            name, _, source = part.partition("~")
            if name not in operations:
                raise _unreadable(string, position, f"the unknown operation {name!r}", operations)
            if not (source.isascii() and source.isdigit() and int(source) < target):
                raise _unreadable(string, position, f"the source {source!r}", operations)
            numbers.append(operations.index(name))
            edges.append((int(source), target))
        start += len(node) + 1
    return numbers, edges


def _parts(node: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield what stands between bars, with its place in the whole string."""
    if len(node) < 3 or node[0] != "|" or node[-1] != "|":
        raise ArchitectureError(
            "Each node of a cell string stands between bars, as in '|none~0|skip_connect~1|'. "
            f"Received {node!r:.60} at position {start}. Write bars, and '+' between nodes."
        )
    position = start + 1
    for part in node[1:-1].split("|"):
        yield position, part
        position += len(part) + 1


def _of_string(string: str) -> tuple[int, ...]:
    """Read a string of the official form with the official edges."""
    numbers, edges = read(string, OPERATIONS)
    if tuple(edges) != EDGES:
        raise ArchitectureError(
            "A cell of NAS-Bench-201 has one operation on each of the edges "
            f"{', '.join(f'{s}->{t}' for s, t in EDGES)}, in this order. Received "
            f"{', '.join(f'{s}->{t}' for s, t in edges)}. Use 'none' for an edge that is missing."
        )
    return tuple(numbers)


def _of_operations(cell: Sequence[str] | Sequence[int]) -> tuple[int, ...]:
    """Check six operations, given by name or by number."""
    if len(cell) != len(EDGES):
        raise ArchitectureError(
            f"A cell of NAS-Bench-201 has {len(EDGES)} edges, and an operation on each. "
            f"Received {len(cell)} operations. Use 'none' for an edge that is missing."
        )
    return tuple(_number(place, operation) for place, operation in enumerate(cell))


def _number(place: int, operation: object) -> int:
    """Return the number of an operation, or raise with its place in the cell."""
    if isinstance(operation, str) and operation in OPERATIONS:
        return OPERATIONS.index(operation)
    if isinstance(operation, int | np.integer) and not isinstance(operation, bool):
        number = int(operation)
        if 0 <= number < len(OPERATIONS):
            return number
    source, target = EDGES[place]
    raise ArchitectureError(
        f"An operation is one of {', '.join(OPERATIONS)}, or its number from 0 to "
        f"{len(OPERATIONS) - 1}. Received {operation!r:.60} at position {place}, the edge "
        f"{source}->{target}. Choose one of these."
    )


def _unreadable(
    string: str, position: int, what: str, operations: Sequence[str]
) -> ArchitectureError:
    """Say what is wrong in a cell string, and where."""
    return ArchitectureError(
        "An edge in a cell string is an operation, '~' and the number of an earlier node; "
        f"operations are {', '.join(operations)}. Received {what} at position {position} of "
        f"{string!r:.160}. Correct it there."
    )
