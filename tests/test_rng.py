from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import BudgetError
from topograph.rng import as_generator, streams


@given(st.integers(min_value=0, max_value=2**130))
def test_a_seed_means_what_numpy_means_by_it(seed):
    expected = np.random.default_rng(seed).random(3)
    assert np.array_equal(as_generator(seed).random(3), expected)


def test_a_generator_passes_through():
    rng = np.random.default_rng(0)
    assert as_generator(rng) is rng


def test_numpy_integers_are_seeds():
    assert as_generator(np.int64(5)).random() == as_generator(5).random()


def test_none_is_fresh():
    assert as_generator(None).random() != as_generator().random()


@pytest.mark.parametrize("bad", ["0", 1.0, True, -1, [1], np.random.RandomState(0)])
def test_anything_else_is_refused_by_name(bad):
    with pytest.raises(BudgetError, match=r"Generator or from a seed.*Received"):
        as_generator(bad)


@given(st.integers(0, 99), st.integers(1, 8), st.integers(0, 8))
def test_more_streams_do_not_reshuffle_the_first_ones(seed, count, more):
    few = [stream.random() for stream in streams(seed, count)]
    many = [stream.random() for stream in streams(seed, count + more)]
    assert many[:count] == few
    assert len(set(many)) == count + more


def test_a_generator_goes_on_spawning():
    rng = np.random.default_rng(0)
    (first,), (second,) = streams(rng, 1), streams(rng, 1)
    both = streams(0, 2)
    assert [first.random(), second.random()] == [stream.random() for stream in both]


def test_spawning_leaves_the_parent_where_it_is():
    rng = np.random.default_rng(0)
    streams(rng, 3)
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("bad", [-1, 1.5, "2"])
def test_the_number_of_streams_is_counted(bad):
    with pytest.raises(BudgetError, match="number of streams"):
        streams(0, bad)
