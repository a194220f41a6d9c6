import numpy as np
import pytest

from topograph.analyzers.cascades.pair_ends import PairEnds
from topograph.arrays import to_host

SQUARE = ([0, 0, 0, 1, 1, 3], [1, 2, 3, 2, 3, 7])
TURNED = ([0, 2, 0, 2, 0, 2], [4, 4, 5, 5, 9, 9])
GRID = ([0, 0, 0, 2, 2, 2], [4, 5, 9, 4, 5, 9])


def halves(one, other, members):
    """Return 1/2 where a member is in a pair."""
    ends = np.stack([one, other])
    return (np.asarray(members)[:, None, None] == ends).any(axis=1) / 2


@pytest.mark.parametrize(
    ("pairs", "grid"), [(SQUARE, None), (TURNED, None), (GRID, (2, 3)), (([1], [2]), (1, 1))]
)
@pytest.mark.parametrize("rows", [0, 1, 4])
def test_totals_and_means_are_products_with_the_incidence(pairs, grid, rows, backend):
    one, other = map(np.array, pairs)
    ends = PairEnds.of(one, other, place=backend.asarray, dtype="float64")
    assert ends.grid == grid
    assert ends.members.tolist() == sorted({*one.tolist(), *other.tolist()})
    holds, rng = halves(one, other, ends.members), np.random.default_rng(0)
    x, y = rng.random((rows, len(one))), rng.random((rows, len(ends.members)))
    np.testing.assert_allclose(to_host(ends.total(backend.asarray(x))), x @ holds.T)
    np.testing.assert_allclose(to_host(ends.spread(backend.asarray(y))), y @ holds)


def test_a_grid_with_a_hole_is_none():
    one, other = np.array([0, 0, 1]), np.array([2, 3, 3])
    assert PairEnds.of(one, other, place=np.asarray, dtype="float64").grid is None
