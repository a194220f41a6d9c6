"""Parameters and multiply-accumulates of a whole space of cells: the baseline of every ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.analyzers.cost import cost
from topograph.errors import BudgetError
from topograph.generators.nasbench201 import nasbench201_network
from topograph.graph.architecture import Architecture
from topograph.result import Result
from topograph.search.space import CellSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CellCosts", "cell_costs"]


@dataclass(frozen=True, slots=True, eq=False)
class CellCosts(Result):
    """Costs of the networks of cells; `cell_costs` makes it. Arrays have one entry per cell.

    Attributes
    ----------
    parameters : int array
        Trainable numbers.
    macs : int array
        Multiply-accumulates of linear maps and convolutions.
    """

    parameters: NDArray[np.int64]
    macs: NDArray[np.int64] = field(metadata={"unit": "multiply-accumulates per example"})


def cell_costs(
    space: CellSpace,
    *,
    network: Callable[[Sequence[str]], Architecture] = nasbench201_network,
) -> CellCosts:
    """Count the parameters and multiply-accumulates of the networks of all cells at once.

    Parameters
    ----------
    space : CellSpace
    network : callable
        Makes the network of a cell from the names of its operations, edge by edge.

    Returns
    -------
    CellCosts

    Raises
    ------
    BudgetError
        If the costs of two operations do not add up.

    Notes
    -----
    Costs are those of one network and of what changes when one operation on one edge changes, so
    that a space costs as much time as edges times operations networks. Every edge counts, also on
    ways that lead nowhere, as in the published numbers.

    Examples
    --------
    >>> found = cell_costs(CellSpace.nasbench201())
    >>> int(found.parameters[0]), int(found.macs[0])
    (129306, 15647360)
    """
    base = (space.operations[0],) * len(space.edges)
    first = _both(network(base))
    changes = np.array([_changes(base, first, edge, space, network) for edge in range(len(base))])
    found = first + sum(changes[edge][space.cells[:, edge]] for edge in range(len(base)))
    last = (space.operations[-1],) * len(base)
    if (_both(network(last)) != first + changes[:, -1].sum(axis=0)).any():
        raise BudgetError(
            "The costs of a space are sums over edges, since networks repeat cells edge by edge. "
            f"Received networks whose costs do not add up, for {last[0]!r} on all edges. "
            "Count each of them by topograph.analyzers.cost."
        )
    return CellCosts(found[:, 0], found[:, 1])


def _changes(
    base: tuple[str, ...],
    first: NDArray[np.int64],
    edge: int,
    space: CellSpace,
    network: Callable[[Sequence[str]], Architecture],
) -> NDArray[np.int64]:
    """What each operation on one edge adds to both costs."""
    cells = [(*base[:edge], name, *base[edge + 1 :]) for name in space.operations]
    return np.array([_both(network(cell)) for cell in cells]) - first


def _both(architecture: Architecture) -> NDArray[np.int64]:
    """Parameters and multiply-accumulates of one network."""
    found = cost(architecture)
    return np.array([found.parameters, found.macs])
