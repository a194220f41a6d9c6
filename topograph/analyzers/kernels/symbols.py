"""Populations as symbols: the outputs of all their members in one ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from topograph.analyzers.effective import Cells
from topograph.analyzers.kernels.ledger import Feature, Ledger, Mixture, paths_by_depth
from topograph.analyzers.kernels.nonlinearity import Nonlinearity, nonlinearity
from topograph.analyzers.kernels.reading import read
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KINDS", "Edges", "Symbols", "symbols"]

KINDS = ("zero", "skip", "linear")
"""What an edge of a cell may be; the default meaning of the op numbers 0, 1, 2."""
ZERO, LINEAR = KINDS.index("zero"), KINDS.index("linear")

NOTHING = 0
"""Number of the feature that is 0."""

Edges: TypeAlias = Sequence[tuple[int, int]]


class Symbols(NamedTuple):
    """The different outputs of a population, and which each member has; its paths when asked."""

    ledger: Ledger
    outputs: list[Mixture]
    place: NDArray[np.intp]
    paths: Callable[[], tuple[int, ...]]


def symbols(
    population: Any,
    edges: Edges | None,
    kinds: Sequence[str],
    mode: str,
    activation: str | Nonlinearity | None,
    operations: str,
) -> Symbols:
    """Read the distinct members of a population into one ledger; see `nngp_population`."""
    ledger = Ledger(mode)
    if edges is None and hasattr(population, "kinds"):
        population, edges, kinds = _cells(population), population.edges, KINDS
    if edges is None:
        return _architectures(ledger, population, activation, operations)
    sigma = nonlinearity("relu" if activation is None else activation)
    rows, member = _distinct(population, edges, kinds)
    outputs, place = _Cells(ledger, edges, sigma).outputs(rows)
    return Symbols(ledger, outputs, place[member], partial(_paths, rows, member, edges))


def _cells(space: Cells) -> NDArray[np.int8]:
    """Return the kinds of the edges of cells with one input and one output."""
    nodes = _nodes(space.edges)
    if tuple(space.inputs) != (nodes[0],) or tuple(space.outputs) != (nodes[-1],):
        raise ArchitectureError(
            "A kernel belongs to cells with one input, their first node, and one output, the last. "
            f"Received the inputs {space.inputs} and the outputs {space.outputs}. "
            "Join inputs or outputs by further edges."
        )
    return space.kinds


def _architectures(
    ledger: Ledger, population: Any, activation: str | Nonlinearity | None, operations: str
) -> Symbols:
    """Read architectures."""
    members = list(population)
    if not members or not all(isinstance(member, Architecture) for member in members):
        raise ArchitectureError(
            "A population is a space of cells, an array of op numbers with the edges that its "
            "columns stand for, or a sequence of architectures. Received none of these. "
            "Say `edges=[(0, 1), ...]` for an array."
        )
    programs = [read(member, operations=operations, activation=activation) for member in members]
    outputs, place = _apart([ledger.output(program) for program in programs])
    paths = tuple(sum(paths_by_depth(program).values()) for program in programs)
    return Symbols(ledger, outputs, place, lambda: paths)


def _distinct(
    population: Any, edges: Edges, kinds: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the distinct rows of a population as places in `KINDS`, and which each member has."""
    cells = np.asarray(population)
    known = bool(kinds) and set(kinds) <= set(KINDS)
    fits = cells.ndim == 2 and cells.shape[1] == len(edges) and cells.dtype.kind in "iu"
    if not (fits and known and cells.size and 0 <= cells.min() <= cells.max() < len(kinds)):
        raise ArchitectureError(
            "Cells are rows of op numbers, one per edge, and each number has a kind among "
            f"{', '.join(KINDS)}. Received an array of {cells.dtype} of shape {cells.shape} for "
            f"{len(edges)} edges and the kinds {list(kinds)}. Let rows, edges and kinds agree."
        )
    if not all(source < target for source, target in edges):
        raise ArchitectureError(
            "Edges of a cell lead from smaller to larger nodes, so that it has no cycle. "
            f"Received {list(edges)}. Number the nodes in the order in which they are computed."
        )
    numbers = np.array([KINDS.index(kind) for kind in kinds])
    if len(edges) > 39:
        distinct, place = np.unique(numbers[cells], axis=0, return_inverse=True)
        return distinct, place.reshape(-1)
    weights = len(KINDS) ** np.arange(len(edges), dtype=np.int64)
    code = np.zeros(len(cells), dtype=np.int64)
    for column, weight in zip(cells.T, weights, strict=True):
        code += (weight * numbers)[column]
    codes, place = _different(code, below=len(KINDS) ** len(edges))
    return codes[:, None] // weights % len(KINDS), place


def _different(
    code: NDArray[np.int64], *, below: int
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the different codes, and which each is; where most occur, without sorting."""
    if below > len(code):
        return np.unique(code, return_inverse=True)
    occurs = np.zeros(below, dtype=bool)
    occurs[code] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[code]


def _apart(outputs: list[Mixture]) -> tuple[list[Mixture], NDArray[np.intp]]:
    """Return the different outputs, and which each is."""
    number = {output: place for place, output in enumerate(dict.fromkeys(outputs))}
    return list(number), np.array([number[output] for output in outputs])


def _paths(rows: NDArray[np.int64], member: NDArray[np.intp], edges: Edges) -> tuple[int, ...]:
    """Count the paths of each row of kinds, node by node; return those of the rows of members."""
    nodes = _nodes(edges)
    counts = {node: np.zeros(len(rows), dtype=object) for node in nodes}
    counts[nodes[0]] += 1
    for node in nodes[1:]:
        for column, (source, target) in enumerate(edges):
            if target == node:
                counts[node] += counts[source] * (rows[:, column] != ZERO)
    return tuple(counts[nodes[-1]][member].tolist())


class _Cells:
    """Features of the nodes of cells by number; cells whose nodes are equal share them."""

    def __init__(self, ledger: Ledger, edges: Edges, sigma: Nonlinearity) -> None:
        self._ledger, self._sigma, self._edges = ledger, sigma, edges
        self._features: list[Feature] = [{}]

    def outputs(self, rows: NDArray[np.int64]) -> tuple[list[Mixture], NDArray[np.intp]]:
        """Return the different outputs of rows of kinds, and which each row has."""
        first, *others = _nodes(self._edges)
        numbers = {first: np.full(len(rows), self._numbered(self._ledger.input))}
        for node in others:
            parts = [
                self._behind(rows[:, at], numbers[source])
                for at, (source, target) in enumerate(self._edges)
                if target == node
            ]
            numbers[node] = self._sums(parts) if parts else np.full(len(rows), NOTHING)
        last, feature = np.unique(numbers[others[-1]], return_inverse=True)
        found, place = _apart([self._ledger.mixture(self._features[number]) for number in last])
        return found, place[feature]

    def _behind(self, kinds: NDArray[np.int64], sources: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what an edge brings to each cell, given the features before it."""
        layers = np.zeros(len(self._features), dtype=np.int64)
        is_linear = kinds == LINEAR
        for source in np.unique(sources[is_linear]).tolist():
            linear = self._ledger.linear(self._features[source])
            layers[source] = self._numbered(self._ledger.active(self._sigma, linear))
        return np.where(is_linear, layers[sources], np.where(kinds == ZERO, NOTHING, sources))

    def _sums(self, parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        """Return the sums of the parts of each cell; equal parts are added once."""
        place = np.zeros(len(parts[0]), dtype=np.int64)
        for part in parts:
            code = place * len(self._features) + part
            _, chosen, place = np.unique(code, return_index=True, return_inverse=True)
        summands = np.stack(parts, axis=1)[chosen].tolist()
        sums = [self._ledger.add([self._features[one] for one in row if one]) for row in summands]
        return np.array([self._numbered(found) for found in sums])[place]

    def _numbered(self, feature: Feature) -> int:
        """Return the number of a feature."""
        if not feature:
            return NOTHING
        self._features.append(feature)
        return len(self._features) - 1


def _nodes(edges: Edges) -> list[int]:
    """Return the nodes of a cell in order."""
    return sorted({node for edge in edges for node in edge})
