"""Search by mutation: the best of a few cells has children, the oldest cell dies."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.errors import BudgetError
from topograph.rng import as_generator
from topograph.search._course import Course, Score, costs_of
from topograph.search.budget import Budget
from topograph.search.costs import CellCosts
from topograph.search.search_result import SearchResult
from topograph.search.space import CellSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["regularised_evolution"]


def regularised_evolution(
    space: CellSpace,
    score: Score,
    *,
    budget: Budget | int,
    population: int = 50,
    tournament: int = 10,
    keep: ArrayLike | None = None,
    costs: CellCosts | None = None,
    rng: np.random.Generator | int | None = None,
) -> SearchResult:
    """Search a space by mutations, with a population in which the oldest die.

    A population is drawn at random. Then, again and again, the best of a random tournament gets
    a child, which differs in the operation on one edge, and the oldest cell leaves.

    Parameters
    ----------
    space, score, keep, costs, rng
        As in `random_search`.
    budget : Budget or int
        Where the search ends; a number is that of cells that are scored at most. Drawing a cell
        that was scored before costs a draw and no score.
    population : int
        Cells that live at one time.
    tournament : int
        Cells among which a parent is chosen.

    Returns
    -------
    SearchResult
        What is known so far if it is interrupted. The best is that of the whole history.

    Raises
    ------
    BudgetError
        As `random_search`, or if a tournament is larger than the population.

    Notes
    -----
    A child that the filter refuses, or that is not in the space, is not born: the population stays
    as it is. This counts as a draw.

    References
    ----------
    .. [1] E. Real, A. Aggarwal, Y. Huang and Q. V. Le, "Regularized evolution for image classifier
           architecture search", AAAI 2019, Algorithm 1.

    Examples
    --------
    >>> space = CellSpace.nasbench201()
    >>> convolutions = space.count("nor_conv_3x3")
    >>> found = regularised_evolution(space, lambda cell: convolutions[cell], budget=300, rng=0)
    >>> space[found.best] == ("nor_conv_3x3",) * 6
    True
    """
    reason = "it is drawn from a population of at least 1"
    whole("population", population, minimum=1, error=BudgetError, because="cells live in it")
    whole(
        "tournament", tournament, minimum=1, maximum=population, error=BudgetError, because=reason
    )
    shown = costs_of(space, costs)
    random = as_generator(rng)
    place = {cell.tobytes(): index for index, cell in enumerate(np.ascontiguousarray(space.cells))}
    living: deque[int] = deque(maxlen=population)
    with Course(space, score, budget=budget, keep=keep) as course:
        for index in random.permutation(len(space)).tolist():
            if course.is_over or len(living) == population:
                break
            if course.draw(index):
                living.append(index)
        while living and not course.is_over:
            rivals = random.choice(len(living), min(tournament, len(living)), replace=False)
            parent = course.best_of([living[rival] for rival in rivals])
            child = place.get(_mutated(space, parent, random))
            if child is None:
                course.miss()
            elif course.draw(child):
                living.append(child)
    return course.result(shown)


def _mutated(space: CellSpace, parent: int, rng: np.random.Generator) -> bytes:
    """Return a cell with another operation on one edge, as bytes."""
    cell = space.cells[parent].copy()
    edge = rng.integers(len(space.edges))
    step = rng.integers(1, len(space.operations)) if len(space.operations) > 1 else 0
    cell[edge] = (cell[edge] + step) % len(space.operations)
    return cell.tobytes()
