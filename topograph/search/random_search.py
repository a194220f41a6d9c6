"""The simplest search: draw cells, skip some, score the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topograph.rng import as_generator
from topograph.search._course import Course, Score, costs_of
from topograph.search.budget import Budget
from topograph.search.costs import CellCosts
from topograph.search.search_result import SearchResult
from topograph.search.space import CellSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["random_search"]


def random_search(
    space: CellSpace,
    score: Score,
    *,
    budget: Budget | int,
    keep: ArrayLike | None = None,
    costs: CellCosts | None = None,
    rng: np.random.Generator | int | None = None,
) -> SearchResult:
    """Draw different cells at random, score those that a filter keeps, and return the best.

    Parameters
    ----------
    space : CellSpace
    score : callable
        Takes the index of a cell and returns its score, higher is better, or several scores; the
        best cell then has the smallest sum of ranks among all that were scored.
    budget : Budget or int
        Where the search ends; a number is that of cells that are scored at most. It also ends
        where all cells were drawn.
    keep : bool array, shape (cells,), optional
        What a filter keeps, for example ``connectivity_filter(space).mask``. Nothing else is
        scored.
    costs : CellCosts, optional
        Costs to show beside the scores; by default those of the networks of NAS-Bench-201.
    rng : Generator, int or None
        The same seed draws the same cells with and without a filter.

    Returns
    -------
    SearchResult
        What is known so far if it is interrupted.

    Raises
    ------
    BudgetError
        If the budget is no number above 0, the filter keeps nothing, or costs are missing.
    ShapeError
        If the filter has another length, or cells have different numbers of scores.

    Examples
    --------
    >>> space = CellSpace.nasbench201()
    >>> convolutions = space.count("nor_conv_1x1", "nor_conv_3x3")
    >>> found = random_search(space, lambda cell: convolutions[cell], budget=100, rng=0)
    >>> found.scored, bool(convolutions[found.best] == convolutions[found.indices].max())
    (100, True)
    """
    shown = costs_of(space, costs)
    course = Course(space, score, budget=budget, keep=keep)
    with course:
        for index in as_generator(rng).permutation(len(space)).tolist():
            if course.is_over:
                break
            course.draw(index)
    return course.result(shown)
