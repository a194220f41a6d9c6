from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers.cascades.groups import groups, rows_of
from topograph.arrays import to_host


@pytest.mark.parametrize(
    "ends", [[0, 0, 1, 1, 2, 2], [1, 0, 2, 2, 0, 1], [0, 2, 2, 2], [2, 0], []], ids=str
)
def test_totals_and_spreads_on_every_backend(ends, backend):
    owner = np.array(ends, dtype=np.int64)
    found = groups(owner, 3, place=backend.asarray, dtype="float64")
    values = np.arange(2.0 * len(ends)).reshape(len(ends), 2)
    expected = np.zeros((3, 2))
    np.add.at(expected, owner, values)
    x = backend.asarray(values.reshape(found.shape(len(ends), 2)))
    total = found.total(x)
    assert to_host(total).tolist() == expected.tolist()
    spread = np.broadcast_to(to_host(found.spread(total)), x.shape)
    np.testing.assert_array_equal(spread.reshape(len(ends), 2), expected[owner])


@given(ends=st.lists(st.integers(0, 6), max_size=20))
def test_totals_are_sums_over_edges(ends):
    owner = np.array(ends, dtype=np.int64)
    found = groups(owner, 7, place=np.asarray, dtype="float64")
    values = np.ones(found.shape(len(ends), 1))
    np.testing.assert_array_equal(found.total(values)[:, 0], np.bincount(owner, minlength=7))


def test_regular_groups_in_order_need_no_index():
    found = groups(np.array([0, 0, 1, 1]), 2, place=np.asarray, dtype="float64")
    assert [found.owner, found.slots, found.present] == [None, None, None]
    assert found.shape(4, 5) == (2, 2, 5)


@pytest.mark.parametrize("columns", [0, 1, 256, 257, 512, 513, 768, 1024])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [0, 1, 9])
def test_rows_are_taken_whole(columns, dtype, count, backend):
    values = np.random.default_rng(0).random((5, columns)).astype(dtype)
    numbers = np.random.default_rng(1).integers(5, size=count)
    found = rows_of(backend.asarray(values), backend.asarray(numbers))
    np.testing.assert_array_equal(to_host(found), values[numbers])
