"""Which cells of a space are the same: by dead edges, isomorphism, function or string."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.errors import BudgetError
from topograph.search.space import KINDS, ZERO, CellSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["canonical_strings", "cell_classes"]

Arrivals = list[tuple[str, Any]]
"""Operations that enter a node, each with the value that it carries."""

BARRED = "#"
"""What the benchmark writes for nothing."""


def cell_classes(space: CellSpace, *, by: str = "isomorphism") -> NDArray[np.int64]:
    """Number the classes of equal cells, from 0, in the order of their first cells.

    Parameters
    ----------
    space : CellSpace
    by : {"labelled", "isomorphism", "function", "string"}
        When two cells are equal:

        - ``"labelled"``: they have the same operations on all edges that lie on a way from an input
          to an output;
        - ``"isomorphism"``: so they have after their inner nodes are renumbered. Inputs stay, and
          so does the output where there is one; several outputs are exchanged for one another;
        - ``"function"``: they compute the same, whatever the weights: nothing passes `none`, a skip
          connection carries all that is summed at its source, and sums have no order;
        - ``"string"``: they have the same canonical string.

    Returns
    -------
    int array, shape (cells,)
        The class of each cell; one more than the largest is the number of classes. All cells
        without a way from an input to an output are one class, except by string.

    Raises
    ------
    BudgetError
        If `by` is none of these, or a cell does not fit into one integer of 63 bits.

    Notes
    -----
    Functions count weights as independent: two parallel convolutions are a sum of two, and an
    average pooling of a sum is not taken apart.

    Examples
    --------
    >>> space = CellSpace.nasbench201()
    >>> [int(cell_classes(space, by=by).max()) + 1 for by in ("labelled", "isomorphism")]
    [9445, 8765]
    """
    if by not in WAYS:
        raise BudgetError(
            f"Cells are equal in one of the ways {', '.join(WAYS)}. "
            f"Received {by!r:.80}. Choose one of these."
        )
    return _by_appearance(WAYS[by](space))


def canonical_strings(space: CellSpace) -> list[str]:
    """Write each cell as the sum of what enters its output, so that many equal cells look equal.

    Returns
    -------
    list of str
        ``"0"`` is the input (the input of that number where there are several), ``"(x)@op"`` an
        operation, ``"#"`` nothing. Several outputs are joined by commas.

    Notes
    -----
    These are the benchmark's own strings with propagated zeros. They bring 15,625 cells to 6,466;
    this is the published number of unique cells. Sums of `#` are still written out, and sums
    inside sums are sorted separately, so that some cells of equal function differ.

    References
    ----------
    .. [1] X. Dong and Y. Yang, "NAS-Bench-201: extending the scope of reproducible neural
           architecture search", ICLR 2020, Section 2.1.

    Examples
    --------
    >>> canonical_strings(CellSpace.nasbench201()[[9]])
    ['#+(#+#)@nor_conv_3x3+0']
    """
    outputs = _values(space, _written, start=str)
    return [",".join(cell) for cell in zip(*outputs, strict=True)]


def _by_appearance(keys: NDArray[Any]) -> NDArray[np.int64]:
    """Number equal keys in the order in which they appear."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _labelled(space: CellSpace) -> NDArray[np.int64]:
    """Cells as numbers, without dead edges."""
    return _codes(space, _live_cells(space), {edge: edge for edge in space.edges})


def _isomorphism(space: CellSpace) -> NDArray[np.int64]:
    """The smallest number that a cell gets when its nodes are renumbered."""
    cells = _live_cells(space)
    found = [
        _codes(space, cells, {(s, t): (new[s], new[t]) for s, t in space.edges})
        for new in _renumberings(space)
    ]
    return np.min(found, axis=0)


def _renumberings(space: CellSpace) -> list[dict[int, int]]:
    """Every way to exchange inner nodes, and outputs, among themselves."""
    outputs = sorted(set(space.outputs) - set(space.inputs))
    inner = [n for n in range(space.nodes) if n not in {*space.inputs, *space.outputs}]
    fixed = {node: node for node in space.inputs}
    return [
        {**fixed, **dict(zip(inner, first, strict=True)), **dict(zip(outputs, last, strict=True))}
        for first, last in product(permutations(inner), permutations(outputs))
    ]


def _codes(
    space: CellSpace,
    cells: NDArray[np.int8],
    moved: dict[tuple[int, int], tuple[int, int]],
) -> NDArray[np.int64]:
    """Write renumbered cells as integers; the largest one where an edge has no place to go."""
    radix, places = len(space.operations), {edge: n for n, edge in enumerate(space.edges)}
    if radix ** len(places) > 2**62:
        raise BudgetError(
            "A cell is compared as one integer of at most 62 bits. Received "
            f"{len(places)} edges with {radix} operations. Compare by function or by string."
        )
    zeros = [number for number, name in enumerate(space.operations) if KINDS[name] == ZERO]
    codes = np.zeros(len(cells), dtype=np.int64)
    lost = np.zeros(len(cells), dtype=bool)
    for column, edge in zip(cells.T, space.edges, strict=True):
        if moved[edge] in places:
            codes += column * np.int64(radix ** places[moved[edge]])
        else:
            lost |= ~np.isin(column, zeros)
    return np.where(lost, np.iinfo(np.int64).max, codes)


def _live_cells(space: CellSpace) -> NDArray[np.int8]:
    """The cells with the first zero operation on every edge that is on no way through."""
    present = space.kinds.T != ZERO
    order = sorted(range(len(space.edges)), key=lambda number: space.edges[number][1])
    reached = np.zeros((space.nodes, len(space)), dtype=bool)
    reached[list(space.inputs)] = True
    for number in order:
        source, target = space.edges[number]
        reached[target] |= reached[source] & present[number]
    leading = np.zeros_like(reached)
    leading[list(space.outputs)] = True
    for number in sorted(order, key=lambda number: -space.edges[number][0]):
        source, target = space.edges[number]
        leading[source] |= leading[target] & present[number]
    sources, targets = np.array(space.edges).T
    live = present & reached[sources] & leading[targets]
    zero = next((n for n, name in enumerate(space.operations) if KINDS[name] == ZERO), 0)
    return np.where(live, space.cells.T, zero).T


def _function(space: CellSpace) -> NDArray[np.int64]:
    """Numbers of the functions that cells compute."""
    atoms: dict[Hashable, int] = {}

    def sums(arrivals: Arrivals) -> tuple[int, ...]:
        """All atoms that are summed at a node, in order, each as often as it arrives."""
        found: list[int] = []
        for operation, value in arrivals:
            if KINDS[operation] != ZERO and value:
                passes = operation == "skip_connect"
                atom = atoms.setdefault((operation, value), len(atoms))
                found.extend(value if passes else (atom,))
        return tuple(sorted(found))

    def start(node: str) -> tuple[int, ...]:
        return (atoms.setdefault(node, len(atoms)),)

    outputs = _values(space, sums, start=start)
    cells = [tuple(sorted(cell)) for cell in zip(*outputs, strict=True)]
    return _numbered(cells)


def _string(space: CellSpace) -> NDArray[np.int64]:
    """Numbers of the canonical strings."""
    return _numbered(canonical_strings(space))


def _numbered(keys: list[Any]) -> NDArray[np.int64]:
    """Number equal keys."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)


def _written(arrivals: Arrivals) -> str:
    """Write the sum of what enters a node."""
    parts = []
    for operation, value in arrivals:
        if KINDS[operation] == ZERO or value == BARRED:
            parts.append(BARRED)
        else:
            parts.append(value if operation == "skip_connect" else f"({value})@{operation}")
    return "+".join(sorted(parts)) or BARRED


def _values(
    space: CellSpace, combine: Callable[[Arrivals], Any], *, start: Callable[[str], Any]
) -> list[list[Any]]:
    """Compute a value at each node from what enters it, once for all cells where that is equal.

    Returns the values of each output, cell by cell.
    """
    number = np.zeros((space.nodes, len(space)), dtype=np.int64)
    values: list[list[Any]] = [[start(str(node))] for node in range(space.nodes)]
    for node in range(space.nodes):
        if node in space.inputs:
            continue
        entering = [n for n, (_, target) in enumerate(space.edges) if target == node]
        columns = [
            part for n in entering for part in (space.cells[:, n], number[space.edges[n][0]])
        ]
        rows = np.stack([*columns, np.zeros(len(space))], axis=1).astype(np.int64)
        kinds, inverse = np.unique(rows, axis=0, return_inverse=True)
        known: dict[Any, int] = {}
        found = []
        for row in kinds.tolist():
            arrivals = [
                (space.operations[row[2 * k]], values[space.edges[n][0]][row[2 * k + 1]])
                for k, n in enumerate(entering)
            ]
            found.append(known.setdefault(combine(arrivals), len(known)))
        number[node] = np.array(found, dtype=np.int64)[inverse.reshape(-1)]
        values[node] = list(known)
    return [[values[node][place] for place in number[node].tolist()] for node in space.outputs]


WAYS: dict[str, Callable[[CellSpace], NDArray[np.int64]]] = {
    "labelled": _labelled,
    "isomorphism": _isomorphism,
    "function": _function,
    "string": _string,
}
"""When two cells are equal."""
