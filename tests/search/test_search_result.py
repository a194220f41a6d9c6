from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import ShapeError
from topograph.search import CellSpace, random_search, rank_sum

TABLES = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=12)


@given(TABLES)
def test_a_place_counts_the_better_values(table):
    wanted = [
        sum(len({row[k] for row in table if row[k] > own[k]}) for k in range(2)) for own in table
    ]
    assert rank_sum(table).tolist() == wanted


def test_infinite_values_and_none():
    assert rank_sum([np.inf, 1.0, -np.inf, np.nan]).tolist() == [0, 1, 2, 3]
    assert rank_sum(np.zeros((0, 2))).tolist() == []
    with pytest.raises(ShapeError, match="table"):
        rank_sum(np.zeros((2, 2, 2)))


def test_the_ranking_shows_scores_beside_costs():
    space = CellSpace.nasbench201()
    found = random_search(space, lambda cell: (cell % 7, cell % 5), budget=30, rng=0)
    table = found.to_frame()
    assert list(table) == ["index", "rank_sum", "score_0", "score_1", "parameters", "macs"]
    assert table["rank_sum"].is_monotonic_increasing
    assert table["index"][0] == found.best
    assert (table["score_0"] == table["index"] % 7).all()
    assert found.scored == len(table) == 30
    assert set(found.to_dict()) >= {"best", "parameters", "macs", "drawn"}
    assert "macs" in found._repr_html_()
