"""Groups of equal measures: sizes, means and spreads are those of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import group_means
from topograph.errors import ShapeError

points = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(-100, 100)), min_size=1, max_size=30
)


@given(points)
def test_groups_are_those_of_pandas(drawn: list[tuple[int, int, float]]) -> None:
    table = pd.DataFrame(drawn, columns=["d", "m", "y"])
    found = group_means(table[["d", "m"]].to_numpy(), table.y.to_numpy())
    peer = table.groupby(["d", "m"]).y.agg(["size", "mean", "min", "max", lambda y: y.std(ddof=0)])
    np.testing.assert_array_equal(found.measures, np.array(peer.index.to_list()))
    np.testing.assert_array_equal(found.n, peer["size"])
    np.testing.assert_allclose(found.mean, peer["mean"], atol=1e-9)
    np.testing.assert_allclose(found.spread, peer.iloc[:, 4], atol=1e-6)
    np.testing.assert_array_equal(found.lowest, peer["min"])
    np.testing.assert_array_equal(found.highest, peer["max"])


@given(points, st.randoms(use_true_random=False))
def test_order_of_the_points_does_not_matter(drawn: list[tuple[int, int, float]], random) -> None:
    shuffled = random.sample(drawn, len(drawn))
    one, other = (
        group_means([row[:2] for row in rows], [row[2] for row in rows])
        for rows in (drawn, shuffled)
    )
    np.testing.assert_array_equal(one.measures, other.measures)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-12)


def test_the_mean_of_all_is_the_mean_of_the_groups_by_size() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 3, (50, 2)), rng.normal(size=50)
    found = group_means(x, y)
    assert found.n @ found.mean / 50 == pytest.approx(y.mean())
    within, between = found.n @ found.spread**2, found.n @ (found.mean - y.mean()) ** 2
    assert (within + between) / 50 == pytest.approx(y.var())


def test_the_table_names_the_measures() -> None:
    table = group_means([[1, 2], [1, 2], [3, 0]], [90.0, 94.0, 50.0]).to_frame()
    assert list(table) == ["measure_0", "measure_1", "n", "mean", "spread", "lowest", "highest"]
    assert table.iloc[0].tolist() == [1, 2, 2, 92, 2, 90, 94]


@pytest.mark.parametrize(
    ("measures", "response"),
    [([1, 2], [1, 2]), ([[1], [2]], [1]), (np.zeros((0, 2)), []), ([[1], [2]], [1, np.nan])],
)
def test_points_that_do_not_fit_are_refused(measures, response) -> None:
    with pytest.raises(ShapeError, match="Each point.*Received shapes.*Pass"):
        group_means(measures, response)
