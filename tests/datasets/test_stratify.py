from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from topograph.datasets.stratify import draw, quotas

SIZES = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(lambda sizes: sum(sizes) > 0)


@given(sizes=SIZES, share=st.floats(0, 1))
def test_quotas_differ_from_the_exact_share_by_less_than_one(
    sizes: list[int], share: float
) -> None:
    places = np.array(sizes)
    count = round(share * places.sum())
    shares = quotas(places, count)
    assert shares.sum() == count
    assert (shares <= places).all()
    assert (abs(shares - places * count / places.sum()) < 1).all()


def test_equal_remainders_go_to_the_first_classes() -> None:
    assert quotas(np.array([2, 2, 2]), 4).tolist() == [2, 1, 1]


def test_everything_can_be_drawn() -> None:
    targets = np.array([2, 0, 0, 1, 2])
    np.testing.assert_array_equal(draw(targets, 5, rng=0), np.arange(5))
    assert draw(targets, 0, rng=0).size == 0


@given(seed=st.integers(0, 2**32), count=st.integers(0, 30))
def test_draws_are_distinct_and_repeatable(seed: int, count: int) -> None:
    targets = np.arange(30) % 4
    places = draw(targets, count, rng=seed)
    assert len(set(places.tolist())) == count
    np.testing.assert_array_equal(places, draw(targets, count, rng=seed))


def test_a_class_is_drawn_alike_whatever_the_other_classes_are() -> None:
    first = draw(np.repeat([0, 1], 50), 20, rng=5)
    second = draw(np.repeat([0, 1, 2], 50), 30, rng=5)
    np.testing.assert_array_equal(first, second[second < 100])


def test_different_seeds_draw_differently() -> None:
    targets = np.zeros(100, dtype=int)
    assert draw(targets, 50, rng=0).tolist() != draw(targets, 50, rng=1).tolist()
