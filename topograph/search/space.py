"""A space of cells as one array of integers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from topograph._checks import whole
from topograph.errors import ArchitectureError, BudgetError, ShapeError
from topograph.generators._cell_code import EDGES, OPERATIONS, official_order, read, write
from topograph.rng import as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CellSpace"]

ZERO, PLAIN, PARAMETERISED = 0, 1, 2
"""What an operation is to a path: it ends it, it carries it, it makes it deeper."""

KINDS = {
    "none": ZERO,
    "skip_connect": PLAIN,
    "avg_pool_3x3": PLAIN,
    "max_pool_3x3": PLAIN,
    "nor_conv_1x1": PARAMETERISED,
    "nor_conv_3x3": PARAMETERISED,
    "linear": PARAMETERISED,
    "sep_conv_3x3": PARAMETERISED,
    "sep_conv_5x5": PARAMETERISED,
    "dil_conv_3x3": PARAMETERISED,
    "dil_conv_5x5": PARAMETERISED,
    "sep_conv_7x7": PARAMETERISED,
    "conv_7x1_1x7": PARAMETERISED,
    "conv_3x1_1x3": PARAMETERISED,
    "conv_1x1": PARAMETERISED,
    "conv_3x3": PARAMETERISED,
    "max_pool_5x5": PLAIN,
    "max_pool_7x7": PLAIN,
    "concat": PLAIN,
}
"""The operations that cells are made of."""

TYPED = ("none", "skip_connect", "linear")


@dataclass(frozen=True, eq=False)
class CellSpace:
    """Many cells on the same nodes and edges.

    Attributes
    ----------
    cells : int8 array, shape (cells, edges)
        The operation on each edge of each cell, by its number. Read-only.
    operations : tuple of str
        Names of the operations 0, 1, ...
    edges : tuple of (int, int)
        Source and target of each edge; the nodes are numbered in topological order.
    inputs, outputs : tuple of int
        Nodes where paths begin, and nodes whose feature maps leave the cell: the last one, or
        those that are concatenated.
    name : str
        Which space it is, for presets that belong to one.

    Notes
    -----
    ``len(space)`` is the number of cells; ``space[7]`` the tuple of operation names of a cell;
    ``space[first:last]``, ``space[mask]`` and ``space[indices]`` are spaces. Each edge is
    contiguous in memory, so that questions to all cells at once run along it.

    Examples
    --------
    >>> space = CellSpace.nasbench201()
    >>> len(space), space[9]
    (15625, ('avg_pool_3x3', 'none', 'none', 'skip_connect', 'none', 'nor_conv_3x3'))
    """

    cells: NDArray[np.int8]
    operations: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    inputs: tuple[int, ...] = (0,)
    outputs: tuple[int, ...] = (3,)
    name: str = ""

    def __post_init__(self) -> None:
        _check(self)
        cells = np.array(self.cells, dtype=np.int8, order="F")
        cells.flags.writeable = False
        object.__setattr__(self, "cells", cells)

    @classmethod
    def nasbench201(cls) -> CellSpace:
        """All 15,625 cells of NAS-Bench-201, in the order of their official indices.

        References
        ----------
        .. [1] X. Dong and Y. Yang, "NAS-Bench-201: extending the scope of reproducible neural
               architecture search", ICLR 2020.
        """
        return cls(official_order(), OPERATIONS, EDGES, name="nasbench201")

    @classmethod
    def typed(cls, *, nodes: int = 4) -> CellSpace:
        """All graphs of `nodes` nodes with no edge, a skip connection or a linear map in between.

        Examples
        --------
        >>> len(CellSpace.typed(nodes=4))
        729
        """
        reason = "an input, an output, and 3 ^ edges graphs in memory"
        whole("nodes", nodes, minimum=2, maximum=6, error=BudgetError, because=reason)
        edges = tuple((s, t) for t in range(1, nodes) for s in range(t))
        return cls(_every(3, len(edges)), TYPED, edges, outputs=(nodes - 1,), name="typed")

    @classmethod
    def darts(cls, *, nodes: int = 4) -> CellSpace:
        """All cells of the DARTS space with operations by type, skip or parameterised.

        Each of `nodes` inner nodes reads two different earlier nodes, of which 0 and 1 are the
        inputs; all inner nodes are concatenated. With five these are PNAS cells by type.

        Examples
        --------
        >>> len(CellSpace.darts())  # 1 * 3 * 6 * 10 choices of sources, 2 ^ 8 of operations
        46080
        """
        reason = "the number of cells grows by 2 n (n + 1) with each"
        whole("nodes", nodes, minimum=1, maximum=5, error=BudgetError, because=reason)
        inner = range(2, nodes + 2)
        edges = tuple((s, t) for t in inner for s in range(t))
        place = {edge: number for number, edge in enumerate(edges)}
        pairs = [[((s, t), (r, t)) for s, r in combinations(range(t), 2)] for t in inner]
        chosen = np.array([[place[e] for pair in cell for e in pair] for cell in product(*pairs)])
        types = _every(2, 2 * nodes) + 1
        cells = np.zeros((len(chosen), len(types), len(edges)), dtype=np.int8)
        np.put_along_axis(cells, chosen[:, None, :], types[None], axis=-1)
        return cls(cells.reshape(-1, len(edges)), TYPED, edges, (0, 1), tuple(inner), name="darts")

    @classmethod
    def from_strings(
        cls, strings: Iterable[str], *, operations: tuple[str, ...] = OPERATIONS
    ) -> CellSpace:
        """Read cells from strings of the official form, ``"|op~0|+|op~0|op~1|+..."``.

        Raises
        ------
        ArchitectureError
            If there is none, an operation is unknown (the cell and the position are named), or
            cells have different edges.

        Examples
        --------
        >>> space = CellSpace.from_strings(["|none~0|+|skip_connect~0|none~1|"])
        >>> space.edges, space.cells.tolist()
        (((0, 1), (0, 2), (1, 2)), [[0, 1, 0]])
        """
        found = [read(string, operations) for string in strings]
        shapes = {tuple(edges) for _, edges in found}
        if len(shapes) != 1:
            raise ArchitectureError(
                "The cells of a space have the same edges, since they are the columns of one "
                f"array. Received {len(found)} strings with {len(shapes)} sets of edges. "
                "Write 'none' on edges that are missing."
            )
        (edges,) = shapes
        last = max(target for _, target in edges)
        name = "nasbench201" if edges == EDGES and operations == OPERATIONS else ""
        cells = np.array([numbers for numbers, _ in found])
        return cls(cells, tuple(operations), edges, outputs=(last,), name=name)

    @property
    def nodes(self) -> int:
        """Number of nodes of each cell."""
        return 1 + max(max(edge) for edge in self.edges)

    @property
    def kinds(self) -> NDArray[np.int8]:
        """Type of each edge, shape (cells, edges): 0 none, 1 plain, 2 parameterised."""
        cells = self.cells.T
        found = np.zeros(cells.shape, dtype=np.int8)
        for number, name in enumerate(self.operations):
            if KINDS[name]:
                found += (cells == number) * np.int8(KINDS[name])
        return found.T

    @property
    def strings(self) -> list[str]:
        """The cells in the official form."""
        return [write(cell, self.edges) for cell in self]

    def count(self, *operations: str) -> NDArray[np.int64]:
        """Count the edges of each cell that carry one of some operations, dead or alive.

        Examples
        --------
        >>> three = CellSpace.nasbench201().count("nor_conv_1x1", "nor_conv_3x3") == 3
        >>> int(three.sum())
        4320
        """
        unknown = sorted(set(operations) - set(self.operations))
        if unknown:
            raise ArchitectureError(
                f"The operations of this space are {', '.join(self.operations)}. "
                f"Received {unknown[0]!r}. Choose among these."
            )
        numbers = [self.operations.index(name) for name in operations]
        return np.isin(self.cells, numbers).sum(axis=1)

    def sample(self, count: int, *, rng: np.random.Generator | int | None = None) -> CellSpace:
        """Draw different cells, each set of them with the same probability.

        Raises
        ------
        BudgetError
            If there are fewer than `count` cells.
        """
        reason = f"the cells that are drawn differ, and there are {len(self)}"
        whole("count", count, maximum=len(self), error=BudgetError, because=reason)
        return self[as_generator(rng).choice(len(self), count, replace=False)]

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        names = self.operations
        return (tuple(names[number] for number in cell) for cell in self.cells.tolist())

    @overload
    def __getitem__(self, index: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, index: slice | list[int] | NDArray[Any]) -> CellSpace: ...
    def __getitem__(
        self, index: int | slice | list[int] | NDArray[Any]
    ) -> tuple[str, ...] | CellSpace:
        """Return one cell as names of operations, or some of the cells as a space."""
        if isinstance(index, slice | list | np.ndarray):
            return replace(self, cells=self.cells[index])
        reason = f"there are {len(self)} cells"
        n = len(self)
        place = whole(
            "index", index, minimum=-n, maximum=n - 1, error=ArchitectureError, because=reason
        )
        return tuple(self.operations[number] for number in self.cells[place].tolist())

    def __repr__(self) -> str:
        label = f"{self.name!r}, " if self.name else ""
        return f"CellSpace({label}{len(self)} cells, {self.nodes} nodes, {len(self.edges)} edges)"


def _every(values: int, places: int) -> NDArray[np.int8]:
    """All rows of numbers below `values`, the last place the fastest."""
    grid = np.indices((values,) * places, dtype=np.int8)
    return grid.reshape(places, -1).T


def _check(space: CellSpace) -> None:
    """Raise unless the parts of a space fit together."""
    unknown = [name for name in space.operations if name not in KINDS]
    if unknown:
        raise ArchitectureError(
            f"An operation is one of {', '.join(KINDS)}: others have no known depth on a path. "
            f"Received {unknown[0]!r} at place {space.operations.index(unknown[0])}. "
            "Choose among these."
        )
    ends = {*space.inputs, *space.outputs}
    if not space.edges or not all(0 <= s < t for s, t in space.edges):
        raise ArchitectureError(
            "A cell has edges, each from a node to a later one. "
            f"Received {space.edges!r:.80}. Number the nodes in topological order."
        )
    if not (space.inputs and space.outputs and ends <= set(range(space.nodes))):
        raise ArchitectureError(
            "A cell has inputs and outputs among its nodes. "
            f"Received {space.inputs} and {space.outputs} for {space.nodes} nodes. Correct them."
        )
    if {target for _, target in space.edges} & set(space.inputs):
        raise ArchitectureError(
            "No edge enters an input, since its feature map comes from outside. "
            f"Received {space.edges!r:.80} with the inputs {space.inputs}. Correct either."
        )
    cells = np.asarray(space.cells)
    integers = cells.dtype.kind in "iu" and cells.ndim == 2 and cells.shape[1] == len(space.edges)
    if not integers or (cells.size and not 0 <= cells.min() <= cells.max() < len(space.operations)):
        raise ShapeError(
            "Cells are numbers of operations, one row for each cell and one column for each edge. "
            f"Received {cells.dtype} of shape {cells.shape} for {len(space.edges)} edges and "
            f"{len(space.operations)} operations. Use numbers from 0."
        )
