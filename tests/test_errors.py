from __future__ import annotations

import pytest

from topograph import errors
from topograph.errors import TopographError

CHILDREN = sorted(set(errors.__all__) - {"TopographError"})


@pytest.mark.parametrize("name", CHILDREN)
def test_an_error_is_caught_as_topograph_error_and_as_value_error(name):
    error = getattr(errors, name)
    for caught in (TopographError, ValueError):
        with pytest.raises(caught, match="a rule"):
            raise error("a rule")


def test_there_are_four_kinds():
    assert CHILDREN == ["ArchitectureError", "BudgetError", "FormatError", "ShapeError"]
