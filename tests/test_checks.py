from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph._checks import LARGEST, whole
from topograph.errors import BudgetError, ShapeError

RULE = {"error": BudgetError, "because": "layers are counted"}


@given(st.integers(0, LARGEST))
def test_a_whole_number_comes_back_as_int(value):
    assert whole("A depth", value, **RULE) == value


@pytest.mark.parametrize("value", [np.int8(3), np.array(3)])
def test_numpy_integers_become_int(value):
    assert type(whole("A depth", value, **RULE)) is int


@pytest.mark.parametrize("bad", [1.0, "1", None, True, [1], np.ones(2)])
def test_what_is_no_integer_is_refused(bad):
    rule = r"^A depth must be a whole number at least 0: layers are counted\. Received .* Give an"
    with pytest.raises(BudgetError, match=rule):
        whole("A depth", bad, **RULE)


@pytest.mark.parametrize("bad", [2, 6, -(10**30)])
def test_the_bounds_belong_to_the_range(bad):
    bounds = {"minimum": 3, "maximum": 5}
    assert [whole("A depth", value, **bounds, **RULE) for value in (3, 5)] == [3, 5]
    with pytest.raises(BudgetError, match=rf"from 3 to 5.*Received {bad}\."):
        whole("A depth", bad, **bounds, **RULE)


def test_the_error_is_the_one_asked_for():
    with pytest.raises(ShapeError):
        whole("A width", LARGEST + 1, error=ShapeError, because="files are read by others")
