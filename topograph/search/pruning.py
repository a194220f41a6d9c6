"""Search by pruning: a cell with all operations on each edge loses them one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.errors import BudgetError
from topograph.result import Result
from topograph.search._course import costs_of, mask
from topograph.search.costs import CellCosts
from topograph.search.search_result import rank_sum
from topograph.search.space import CellSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PruningResult", "SubspaceScore", "pruning_search", "subspace_mean"]

SubspaceScore = Callable[["NDArray[np.bool_]"], float | Sequence[float]]
"""Scores what is left of a space, bool of shape (edges, operations); higher is better."""

Place = tuple[int, int]

ROUNDING = 1e-12
"""What two equal shares may differ by."""


@dataclass(frozen=True, slots=True, eq=False)
class PruningResult(Result):
    """What a search by pruning found; `pruning_search` makes it.

    Arrays have one entry for each subspace that was scored, in order.

    Attributes
    ----------
    best : int
        Index of the cell that was left; -1 if the search was interrupted.
    round, edge, operation : int array
        When it was scored, and without which operation on which edge.
    scores : float array, shape (scored, parts)
        Its scores; higher is better.
    rank_sum : int array
        Sum of its ranks within the round; lower is better.
    is_pruned : bool array
        Whether this operation was then removed.
    parameters, macs : float array
        Mean costs of the networks of the cells that it holds.
    skipped : int
        Removals that were not scored, since a filter keeps a smaller share after them.
    """

    best: int
    round: NDArray[np.int64]
    edge: NDArray[np.int64]
    operation: NDArray[np.int64]
    scores: NDArray[np.float64] = field(repr=False)
    rank_sum: NDArray[np.int64] = field(repr=False)
    is_pruned: NDArray[np.bool_] = field(repr=False)
    parameters: NDArray[np.float64] = field(repr=False)
    macs: NDArray[np.float64] = field(
        repr=False, metadata={"unit": "multiply-accumulates per example"}
    )
    skipped: int

    @property
    def scored(self) -> int:
        """Number of subspaces that were scored, which is the cost of the search."""
        return len(self.round)


def pruning_search(
    space: CellSpace,
    score: SubspaceScore,
    *,
    keep: ArrayLike | None = None,
    without: Sequence[str] = (),
    costs: CellCosts | None = None,
    progress: bool = False,
) -> PruningResult:
    """Prune a space to one cell: in each round every edge loses its worst operation.

    In each round, what would be left of the space without an operation on an edge is scored, for
    each edge with more than one operation. Removals are ranked within the round, by the sum of
    their ranks if there are several scores, and each edge loses the operation whose removal
    ranks first.

    Parameters
    ----------
    space : CellSpace
    score : callable
        Takes what is left, bool of shape (edges, operations), and returns a score or several,
        higher is better: that of a network with all these operations, or `subspace_mean`.
    keep : bool array, shape (cells,), optional
        What a filter keeps. Removals after which it keeps a smaller share of the cells than
        before are not scored, and the cell that is left is one that it keeps.
    without : sequence of str
        Operations that are removed beforehand; the released program of [1]_ so removes "none".
    costs : CellCosts, optional
        Costs of all cells; by default those of the networks of NAS-Bench-201.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    PruningResult
        What is known so far if it is interrupted.

    Raises
    ------
    ArchitectureError
        If an operation to leave out is none of the space.
    BudgetError
        If nothing is left or kept, or costs are missing.
    ShapeError
        If the filter has another length.

    Notes
    -----
    With n operations on each of e edges, e (n (n + 1) / 2 - 1) subspaces are scored where nothing
    is skipped, instead of n to the power e cells. A pool of cells may serve as space: edges are
    then pruned such that it still has a cell.

    References
    ----------
    .. [1] W. Chen, X. Gong and Z. Wang, "Neural architecture search on ImageNet in four GPU hours:
           a theoretically inspired perspective", ICLR 2021, Algorithm 1.

    Examples
    --------
    >>> space = CellSpace.nasbench201()
    >>> score = subspace_mean(space, space.count("nor_conv_3x3"))
    >>> found = pruning_search(space, score)
    >>> space[found.best] == ("nor_conv_3x3",) * 6, found.scored
    (True, 84)
    """
    from tqdm import tqdm

    kept, shown = mask(space, keep), costs_of(space, costs)
    if not kept[space.count(*without) == 0].any():
        raise BudgetError(
            "A search by pruning begins with a cell that is kept. Received a filter and "
            f"operations to leave out, {tuple(without)}, that leave none. Leave out fewer."
        )
    alive = np.ones((len(space.edges), len(space.operations)), dtype=bool)
    alive[:, [space.operations.index(name) for name in without]] = False
    rows: list[tuple[float, ...]] = []
    skipped, best = 0, -1
    with tqdm(total=_most(alive), unit="subspace", disable=not progress) as bar:

        def shown_score(left: NDArray[np.bool_]) -> NDArray[np.float64]:
            bar.update()
            return np.atleast_1d(np.asarray(score(left), dtype=float))

        try:
            for number in range(int(alive.sum(axis=1).max()) - 1):
                allowed = _allowed(space, kept, alive)
                parts = [shown_score(_less(alive, place)) for place in allowed]
                ranks = rank_sum(np.array(parts))
                left = _pruned(space, kept, alive, dict(zip(allowed, ranks.tolist(), strict=True)))
                for place, part, rank in zip(allowed, parts, ranks, strict=True):
                    means = _mean_costs(shown, inside(space, _less(alive, place)))
                    rows.append((number, *place, rank, not left[place], *means, *part))
                skipped += int(alive[alive.sum(axis=1) > 1].sum()) - len(allowed)
                alive = left
            best = int(np.flatnonzero(kept & inside(space, alive))[0])
        except KeyboardInterrupt:
            bar.close()
    return _result(best, rows, skipped)


def subspace_mean(space: CellSpace, scores: ArrayLike) -> SubspaceScore:
    """Score what is left of a space by the mean score of its cells.

    Parameters
    ----------
    space : CellSpace
    scores : array of shape (cells,) or (cells, parts)
        Higher is better; cells of NaN count nothing. Give ranks where scores may be infinite.

    Returns
    -------
    callable
        For `pruning_search`; minus infinity where no cell with a score is left.

    Examples
    --------
    >>> space = CellSpace.typed(nodes=2)  # none, skip connection, linear on one edge
    >>> score = subspace_mean(space, [1.0, 2.0, 6.0])
    >>> score(np.array([[False, True, True]]))
    [4.0]
    """
    table = np.asarray(scores, dtype=float).reshape(len(space), -1)
    known = ~np.isnan(table).any(axis=1)

    def mean(left: NDArray[np.bool_]) -> list[float]:
        cells = table[inside(space, left) & known]
        found: list[float] = cells.sum(axis=0).tolist()
        return [part / len(cells) if len(cells) else -np.inf for part in found]

    return mean


def inside(space: CellSpace, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which cells have on each edge an operation that is left."""
    found = np.ones(len(space), dtype=bool)
    for edge, operations in enumerate(left):
        found &= operations[space.cells[:, edge]]
    return found


def _most(alive: NDArray[np.bool_]) -> int:
    """Subspaces that are scored if none is skipped."""
    return sum(n * (n + 1) // 2 - 1 for n in alive.sum(axis=1).tolist())


def _less(alive: NDArray[np.bool_], place: Place) -> NDArray[np.bool_]:
    """What is left without an operation on an edge."""
    left = alive.copy()
    left[place] = False
    return left


def _removals(alive: NDArray[np.bool_]) -> list[Place]:
    """Operations on edges that have more than one."""
    several = alive & (alive.sum(axis=1, keepdims=True) > 1)
    return [(edge, operation) for edge, operation in np.argwhere(several).tolist()]


def _share(space: CellSpace, kept: NDArray[np.bool_], left: NDArray[np.bool_]) -> float:
    """Share of the cells in a subspace that a filter keeps; below 0 without any cell."""
    cells = kept[inside(space, left)]
    return float(cells.mean()) if len(cells) else -1.0


def _allowed(space: CellSpace, kept: NDArray[np.bool_], alive: NDArray[np.bool_]) -> list[Place]:
    """Removals after which a filter keeps no smaller share of the cells."""
    now = _share(space, kept, alive)
    return [
        place
        for place in _removals(alive)
        if _share(space, kept, _less(alive, place)) >= now * (1 - ROUNDING)
    ]


def _pruned(
    space: CellSpace,
    kept: NDArray[np.bool_],
    alive: NDArray[np.bool_],
    ranks: dict[Place, int],
) -> NDArray[np.bool_]:
    """Remove from each edge what ranks first, of what leaves a cell that is kept."""
    left, last = alive, max(ranks.values(), default=0) + 1
    order = sorted(_removals(alive), key=lambda place: ranks.get(place, last))
    done: set[int] = set()
    for place in order:
        less = _less(left, place)
        if place[0] not in done and kept[inside(space, less)].any():
            left = less
            done.add(place[0])
    return left


def _mean_costs(costs: CellCosts, cells: NDArray[np.bool_]) -> list[float]:
    """Mean parameters and operations of some cells."""
    return [float(part[cells].mean()) for part in (costs.parameters, costs.macs)]


def _result(best: int, rows: list[tuple[float, ...]], skipped: int) -> PruningResult:
    """Join the rows of all rounds."""
    table = np.array(rows, dtype=float).reshape(len(rows), -1 if rows else 7)
    whole = table[:, :4].astype(np.int64).T
    return PruningResult(
        best=best,
        round=whole[0],
        edge=whole[1],
        operation=whole[2],
        scores=table[:, 7:],
        rank_sum=whole[3],
        is_pruned=table[:, 4].astype(bool),
        parameters=table[:, 5],
        macs=table[:, 6],
        skipped=skipped,
    )
