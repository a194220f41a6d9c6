import numpy as np
import pytest
from scipy.special import chdtrc

from topograph.generators._dense_parts import by_layer, random_links
from topograph.graph import Select


@pytest.mark.parametrize(("width", "depth", "candidates"), [(1, 2, 0), (3, 8, 4), (8, 12, 1000)])
def test_each_layer_draws_as_many_as_the_formula_says(width, depth, candidates):
    drawn = random_links(width, depth, candidates=candidates, rng=np.random.default_rng(0))
    pools = [width * (i - 1) for i in range(1, depth)]
    assert [len(channels) for channels in drawn] == [min(pool, candidates) for pool in pools]
    for pool, channels in zip(pools, drawn, strict=True):
        assert sorted(set(channels.tolist())) == channels.tolist()
        assert all(0 <= channel < pool for channel in channels)


def test_draws_are_uniform():
    # Each of the 12 channels before layer 4 is drawn with probability 5 / 12; the counts of draws
    # without replacement have covariance n (p (1 - p)) (I - J / 12) 12 / 11.
    rng, repeats, pool, taken = np.random.default_rng(1), 4000, 12, 5
    draws = [random_links(4, 5, candidates=taken, rng=rng)[-1] for _ in range(repeats)]
    counts = np.bincount(np.concatenate(draws), minlength=pool)
    share = taken / pool
    scale = repeats * share * (1 - share) * pool / (pool - 1)
    statistic = ((counts - repeats * share) ** 2).sum() / scale
    assert chdtrc(pool - 1, statistic) > 1e-4


def test_a_deeper_network_repeats_the_shallower_one():
    shallow = random_links(4, 6, candidates=3, rng=np.random.default_rng(2))
    deep = random_links(4, 9, candidates=3, rng=np.random.default_rng(2))
    for one, other in zip(shallow, deep, strict=False):
        np.testing.assert_array_equal(one, other)


def test_channels_are_divided_by_the_layer_that_holds_them() -> None:
    drawn = [np.arange(0), np.array([1, 2]), np.array([2, 3, 5])]
    parts = by_layer(drawn, 2)
    assert parts == [
        [],
        [(0, Select([1])), (1, Select([0]))],
        [(1, Select([0, 1])), (2, Select([1]))],
    ]
