from __future__ import annotations

from math import inf, nan

import pytest

from topograph.analyzers import ControlReading, ControlTraining
from topograph.errors import BudgetError


def test_defaults_are_the_published_readings():
    assert ControlReading() == ControlReading(budget="slack", mixing="permissive", cap="none")
    assert ControlTraining().noise == 0


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (ControlReading, {"budget": "half"}),
        (ControlReading, {"mixing": "loose"}),
        (ControlReading, {"cap": "all"}),
        (ControlTraining, {"precision": "float16"}),
        (ControlTraining, {"iterations": -1}),
        (ControlTraining, {"iterations": 1.5}),
        (ControlTraining, {"tile": 0}),
        (ControlTraining, {"learning_rate": 0.0}),
        (ControlTraining, {"learning_rate": nan}),
        (ControlTraining, {"epsilon": inf}),
        (ControlTraining, {"noise": -0.1}),
        (ControlTraining, {"tolerance": -1e-9}),
    ],
)
def test_what_is_no_setting_is_refused_by_name(kind, fields):
    (name,) = fields
    with pytest.raises(BudgetError, match=rf"^{name} .*Received"):
        kind(**fields)
