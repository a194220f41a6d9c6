"""Effective depth and width of many cells at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from topograph.errors import ArchitectureError, BudgetError
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Cells", "EffectiveShape", "effective"]


class Cells(Protocol):
    """Many graphs on the same nodes and edges, such as a `topograph.search.CellSpace`."""

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Source and target of each edge; nodes are numbered in topological order."""

    @property
    def inputs(self) -> tuple[int, ...]:
        """Nodes where paths begin."""

    @property
    def outputs(self) -> tuple[int, ...]:
        """Nodes where paths end."""

    @property
    def kinds(self) -> NDArray[np.int8]:
        """Type of each edge, shape (cells, edges): 0 none, 1 plain, 2 parameterised."""


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveShape(Result):
    r"""Effective depth and width of cells; `effective` makes it. Arrays have one entry per cell.

    Attributes
    ----------
    depth : float array
        Effective depth :math:`\bar d`; 0 without a path.
    width : float array
        Effective width :math:`\bar m`; 0 where the depth is 0.
    paths : int array
        Exact number of paths from inputs to outputs.
    counts : int array, shape (cells, depths)
        At place :math:`k` the paths with :math:`k` parameterised operations.
    """

    depth: NDArray[np.float64] = field(metadata={"unit": "parameterised operations per path"})
    width: NDArray[np.float64] = field(metadata={"unit": "paths per effective depth"})
    paths: NDArray[np.signedinteger[Any]] = field(metadata={"unit": "paths"})
    _codes: NDArray[np.signedinteger[Any]] = field(repr=False)
    _sizes: tuple[int, int] = field(repr=False)

    @property
    def is_connected(self) -> NDArray[np.bool_]:
        """Whether a path leads through the cell."""
        return self.paths > 0

    @property
    def counts(self) -> NDArray[np.signedinteger[Any]]:
        """Paths of each cell by their depth."""
        return _counts(self._codes, *self._sizes).T


def effective(space: Cells) -> EffectiveShape:
    r"""Count the paths of every cell by their depth, and return effective depths and widths.

    With :math:`N_k` paths of :math:`k` parameterised operations,

    .. math:: \bar d = \frac{\sum_k k N_k}{\sum_k N_k} , \qquad
              \bar m = \frac{1}{\bar d} \sum_{k > 0} N_k .

    Parameters
    ----------
    space : CellSpace or Cells

    Returns
    -------
    EffectiveShape

    Raises
    ------
    ArchitectureError
        If `space` is no space of cells.
    BudgetError
        If a cell may have more paths than 64 bits hold by depth; ask
        :func:`~topograph.analyzers.dag_paths` then.

    Notes
    -----
    The paths that reach a node are one integer, the value at :math:`x = 2^b` of the polynomial
    whose coefficient :math:`k` counts those with :math:`k` operations. An edge multiplies it by 0
    (none), 1 (plain) or :math:`x`. With :math:`2^b` above the number of paths nothing is
    carried over, so that counts are exact.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Definition 4.1, Eq. (13).

    Examples
    --------
    >>> import topograph as tg
    >>> found = effective(tg.search.CellSpace.nasbench201())
    >>> int((found.paths == 0).sum()), int(((found.depth == 0) & (found.paths > 0)).sum())
    (341, 1642)
    """
    if not hasattr(space, "kinds"):
        raise ArchitectureError(
            "Effective depth and width are those of all cells of a space at once, or of one "
            f"Architecture. Received an object of type {type(space).__name__}. Give a CellSpace, "
            "or an Architecture to `effective_depth`, `effective_width` or `path_profile`."
        )
    bits, degree = sizes = _sizes(space)
    codes = _codes(space, bits, _integer(bits * (degree + 1)))
    largest = int(codes.max(initial=0))
    if largest >= len(codes):
        return EffectiveShape(*_shapes(codes, bits, degree), codes, sizes)
    # Fewer codes than cells: each is taken apart once.
    depth, width, paths = _shapes(np.arange(largest + 1, dtype=codes.dtype), bits, degree)
    at = codes.astype(np.intp)
    return EffectiveShape(depth.take(at), width.take(at), paths.take(at), codes, sizes)


def _counts(codes: NDArray[Any], bits: int, degree: int) -> NDArray[Any]:
    """Take codes apart into paths by depth, shape (depths, codes)."""
    places = np.arange(0, bits * (degree + 1), bits, dtype=codes.dtype)
    return (codes >> places[:, None]) & ((1 << bits) - 1)


def _shapes(
    codes: NDArray[Any], bits: int, degree: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any]]:
    """Return effective depths and widths, and all paths."""
    counts = _counts(codes, bits, degree)
    paths = counts.sum(axis=0, dtype=codes.dtype)
    operations = np.arange(degree + 1, dtype=codes.dtype) @ counts
    # Eq. (13)
    depth = operations / np.maximum(paths, 1)
    width = (paths - counts[0]) / np.where(operations > 0, depth, 1.0)
    return depth, width, paths


def _codes(space: Cells, bits: int, integer: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Return the paths of each cell by depth, as digits of `bits` bits."""
    kinds = space.kinds
    found: list[Any] = [integer(node in space.inputs) for node in range(_nodes(space))]
    for number in sorted(range(len(space.edges)), key=lambda number: space.edges[number][1]):
        source, target = space.edges[number]
        found[target] = found[target] + found[source] * _factor(kinds[:, number], bits, integer)
    nothing = np.zeros(len(kinds), dtype=integer)
    return sum((found[node] for node in sorted(set(space.outputs))), nothing)


def _sizes(space: Cells) -> tuple[int, int]:
    """Return the bits of a number of paths, and the depth of the deepest path that there may be."""
    paths = [int(node in space.inputs) for node in range(_nodes(space))]
    depth = [0] * len(paths)
    for source, target in sorted(space.edges, key=lambda edge: edge[1]):
        paths[target] += paths[source]
        depth[target] = max(depth[target], depth[source] + 1)
    outputs = set(space.outputs)
    return sum(paths[node] for node in outputs).bit_length(), max(depth[node] for node in outputs)


def _factor(
    kinds: NDArray[np.int8], bits: int, integer: type[np.signedinteger[Any]]
) -> NDArray[Any]:
    """Return what an edge multiplies by in each cell: 0, 1 or 2^bits."""
    return kinds + (kinds == 2) * integer((1 << bits) - 2)


def _nodes(space: Cells) -> int:
    """Number of nodes."""
    return 1 + max(max(edge) for edge in space.edges)


def _integer(bits: int) -> type[np.signedinteger[Any]]:
    """Return the smallest type of integers with so many bits besides the sign."""
    for integer in (np.int16, np.int32, np.int64):
        if bits < np.iinfo(integer).bits:
            return integer
    raise BudgetError(
        "The paths of a cell by depth fit into 63 bits, since that is one integer. "
        f"Received cells that need {bits}. Use `topograph.analyzers.dag_paths`."
    )
