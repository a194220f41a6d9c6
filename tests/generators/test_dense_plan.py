from __future__ import annotations

import pytest

from topograph.errors import ArchitectureError
from topograph.generators._dense_plan import cell_plan, check_counts


def test_single_numbers_stand_for_all_cells():
    assert cell_plan((2, 3), 4, 5) == ((2, 3), (5, 5))
    assert cell_plan([2, 3], 4, [5, 6]) == ((2, 3), (5, 6))


@pytest.mark.parametrize(
    ("widths", "depth", "candidates"),
    [((), 3, 1), ((2, 3), 3, (1,)), ((0,), 3, 1), ((2,), 1, 1), ((2,), 3, -1), ((2.5,), 3, 1)],
)
def test_numbers_that_describe_no_network_are_refused(widths, depth, candidates):
    with pytest.raises(ArchitectureError):
        cell_plan(widths, depth, candidates)


def test_the_number_that_is_wrong_is_named():
    check_counts(width=(3, 1), depth=(2, 2))
    with pytest.raises(ArchitectureError, match="depth"):
        check_counts(width=(3, 1), depth=(1, 2))
