from __future__ import annotations

import pytest

from topograph.errors import BudgetError
from topograph.search import Budget


def test_draws_are_given_or_follow_from_scores():
    assert Budget(scored=3).most_drawn == 300
    assert Budget(scored=3, drawn=7).most_drawn == Budget(drawn=7).most_drawn == 7


@pytest.mark.parametrize("numbers", [{}, {"scored": 0}, {"drawn": 1.5}, {"scored": True}])
def test_no_end_is_refused(numbers):
    with pytest.raises(BudgetError):
        Budget(**numbers)
