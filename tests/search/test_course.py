from __future__ import annotations

import numpy as np
import pytest

from topograph.errors import BudgetError, ShapeError
from topograph.search import CellCosts, CellSpace
from topograph.search._course import Course, costs_of, mask

SPACE = CellSpace.nasbench201()[:10]
COSTS = CellCosts(np.arange(10), np.arange(10) * 2)


def test_a_course_counts_and_remembers():
    asked = []
    keep = np.arange(10) != 4
    with Course(SPACE, lambda cell: asked.append(cell) or cell, budget=8, keep=keep) as course:
        kept = [course.draw(cell) for cell in (3, 4, 3, 5)]
        course.miss()
    found = course.result(COSTS)
    assert kept == [True, False, True, True]
    assert asked == found.indices.tolist() == [3, 5]
    assert (found.drawn, found.skipped, found.best, found.is_complete) == (5, 2, 5, True)
    assert found.macs.tolist() == [6, 10]


def test_an_interrupt_ends_it_and_other_errors_do_not_pass():
    with Course(SPACE, lambda cell: cell, budget=8, keep=None) as course:
        course.draw(1)
        raise KeyboardInterrupt
    assert (course.result(COSTS).best, course.is_complete) == (1, False)
    with (
        pytest.raises(ZeroDivisionError),
        Course(SPACE, lambda _: 1 / 0, budget=8, keep=None) as it,
    ):
        it.draw(0)


def test_it_is_over_when_all_that_is_kept_is_scored():
    with Course(SPACE, lambda cell: cell, budget=8, keep=np.arange(10) < 2) as course:
        course.draw(0)
        assert not course.is_over
        course.draw(1)
        assert course.is_over


def test_nothing_scored():
    with Course(SPACE, lambda cell: cell, budget=8, keep=None) as course:
        found = course.result(COSTS)
    assert (found.best, found.scored) == (-1, 0)


def test_bad_input():
    with pytest.raises(ShapeError, match="each cell"):
        mask(SPACE, [True])
    with pytest.raises(ShapeError, match="int64"):
        mask(SPACE, np.arange(10))
    with pytest.raises(BudgetError, match="may score"):
        mask(SPACE, np.zeros(10, dtype=bool))
    with pytest.raises(BudgetError, match="shows the parameters"):
        costs_of(CellSpace.typed(), None)
    with pytest.raises(BudgetError, match="shows the parameters"):
        costs_of(SPACE, CellCosts(np.arange(9), np.arange(9)))
    with Course(SPACE, lambda cell: [0.0] * (1 + cell), budget=8, keep=None) as course:
        course.draw(0)
        course.draw(1)
    with pytest.raises(ShapeError, match="same number of scores"):
        course.best_of([0, 1])
