"""The course of a search: what it drew, skipped and scored, and when it stops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from topograph.errors import BudgetError, ShapeError
from topograph.search.budget import Budget
from topograph.search.costs import CellCosts, cell_costs
from topograph.search.search_result import SearchResult, rank_sum
from topograph.search.space import CellSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Score = Callable[[int], float | Sequence[float]]
"""Scores the cell of an index, higher is better; several scores are joined by their ranks."""


class Course:
    """Counts and remembers; as a context it turns an interrupt into an early end."""

    def __init__(
        self,
        space: CellSpace,
        score: Score,
        *,
        budget: Budget | int,
        keep: ArrayLike | None,
    ) -> None:
        self.budget = budget if isinstance(budget, Budget) else Budget(scored=budget)
        self.keep = mask(space, keep)
        self.known: dict[int, tuple[float, ...]] = {}
        self.drawn = self.skipped = 0
        self.is_complete = True
        self._score = score
        most = int(self.keep.sum())
        self._most_scored = most if self.budget.scored is None else min(self.budget.scored, most)

    def __enter__(self) -> Self:
        from tqdm import tqdm

        total, hidden = self.budget.most_drawn, not self.budget.progress
        self._bar: Any = tqdm(total=total, unit="cell", disable=hidden)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> bool:
        self._bar.close()
        self.is_complete = kind is None
        return kind is not None and issubclass(kind, KeyboardInterrupt)

    @property
    def is_over(self) -> bool:
        """Whether the budget is used up, or all that may be scored is."""
        spent = self.drawn >= self.budget.most_drawn
        return spent or len(self.known) >= self._most_scored

    def draw(self, index: int) -> bool:
        """Look at a cell: skip it, or score it unless its score is known; tell whether kept."""
        kept = bool(self.keep[index])
        if kept and index not in self.known:
            found = np.atleast_1d(np.asarray(self._score(index), dtype=float))
            self.known[index] = tuple(found.tolist())
        self._count(skipped=not kept)
        return kept

    def miss(self) -> None:
        """Count a draw of a cell that is not in the space."""
        self._count(skipped=True)

    def _count(self, *, skipped: bool) -> None:
        self.drawn += 1
        self.skipped += skipped
        self._bar.update()
        self._bar.set_postfix(scored=len(self.known), refresh=False)

    def best_of(self, indices: Sequence[int]) -> int:
        """Return the best of some scored cells, the first of equals."""
        return indices[int(np.argmin(rank_sum(_table([self.known[one] for one in indices]))))]

    def result(self, costs: CellCosts) -> SearchResult:
        """Return what is known."""
        indices = np.fromiter(self.known, dtype=np.int64, count=len(self.known))
        return SearchResult(
            best=self.best_of(list(self.known)) if self.known else -1,
            indices=indices,
            scores=_table(list(self.known.values())),
            parameters=costs.parameters[indices],
            macs=costs.macs[indices],
            drawn=self.drawn,
            skipped=self.skipped,
            is_complete=self.is_complete,
        )


def mask(space: CellSpace, keep: ArrayLike | None) -> NDArray[np.bool_]:
    """Return which cells a filter keeps; without a filter all of them."""
    found = np.ones(len(space), dtype=bool) if keep is None else np.asarray(keep)
    if found.dtype != bool or found.shape != (len(space),):
        raise ShapeError(
            "A filter says for each cell of the space whether it is kept. Received "
            f"{found.dtype} of shape {found.shape} for {len(space)} cells. Pass a mask, such as "
            "connectivity_filter(space).mask."
        )
    if not found.any():
        raise BudgetError(
            "A search needs a cell that it may score. Received a space or a filter that holds "
            "none. Widen it."
        )
    return found


def costs_of(space: CellSpace, costs: CellCosts | None) -> CellCosts:
    """Return given costs, or those of the networks of NAS-Bench-201."""
    found = cell_costs(space) if costs is None and space.name == "nasbench201" else costs
    if found is None or not len(found.parameters) == len(found.macs) == len(space):
        raise BudgetError(
            "A ranking shows the parameters and operations of each cell, since these alone rank "
            f"well. Received no costs, or others, for {space!r}. "
            "Pass costs=cell_costs(space, network=...)."
        )
    return found


def _table(scores: list[tuple[float, ...]]) -> NDArray[np.float64]:
    """Return scores as a table, or raise if some have more parts."""
    if len({len(one) for one in scores}) > 1:
        raise ShapeError(
            "Every cell has the same number of scores, since each is ranked among its like. "
            f"Received {sorted({len(one) for one in scores})}. Return NaN for what is missing."
        )
    return np.array(scores, dtype=float) if scores else np.zeros((0, 1))
