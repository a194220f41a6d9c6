from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.datasets import Dataset
from topograph.errors import ShapeError


def points(train: int = 12, test: int = 6, shape: tuple[int, ...] = (2, 3, 3)) -> Dataset:
    rng = np.random.default_rng(0)
    return Dataset(
        "points",
        rng.random((train, *shape)),
        np.arange(train) % 3,
        rng.random((test, *shape)),
        np.arange(test) % 3,
        classes=3,
    )


def parts(**changes: object) -> dict[str, object]:
    """Return valid arguments with some of them changed."""
    good: dict[str, object] = {
        "name": "points",
        "train_inputs": np.zeros((4, 2)),
        "train_targets": np.array([0, 1, 0, 1]),
        "test_inputs": np.zeros((2, 2)),
        "test_targets": np.array([0, 1]),
        "classes": 2,
    }
    return good | changes


def test_the_types_and_shapes_are_those_of_the_contract() -> None:
    data = points()
    assert data.train_inputs.dtype == data.test_inputs.dtype == np.float32
    assert data.train_targets.dtype == data.test_targets.dtype == np.int64
    assert data.shape == (2, 3, 3)
    assert data.inputs == 18
    assert data.classes == 3


def test_arrays_are_read_only_and_independent_of_what_came() -> None:
    inputs = np.zeros((4, 2), dtype=np.float32)
    data = Dataset(**parts(train_inputs=inputs))
    inputs[:] = 7
    assert not data.train_inputs.any()
    for array in (data.train_inputs, data.train_targets, data.test_inputs, data.test_targets):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_a_read_only_array_is_not_copied() -> None:
    inputs = np.zeros((4, 2), dtype=np.float32)
    inputs.flags.writeable = False
    assert Dataset(**parts(train_inputs=inputs)).train_inputs is inputs


def test_equal_content_is_equal_and_hashes_equal() -> None:
    assert points() == points()
    assert hash(points()) == hash(points())
    assert points() == pickle.loads(pickle.dumps(points()))
    assert points() != points(train=9)
    assert points() != "points"


def test_the_digest_sees_every_array_but_not_the_name() -> None:
    base = Dataset(**parts())
    assert Dataset(**parts(name="other")).digest == base.digest
    changes = [
        {"train_inputs": np.eye(4, 2)},
        {"train_targets": np.array([1, 0, 0, 1])},
        {"test_inputs": np.ones((2, 2))},
        {"test_targets": np.array([1, 1])},
        {"classes": 3},
        {"train_inputs": np.zeros((4, 2, 1)), "test_inputs": np.zeros((2, 2, 1))},
    ]
    digests = {Dataset(**parts(**change)).digest for change in changes}
    assert len(digests | {base.digest}) == len(changes) + 1


def test_flatten_keeps_the_order_of_the_numbers() -> None:
    data = points()
    flat = data.flatten()
    assert flat.shape == (18,)
    assert flat.inputs == data.inputs
    np.testing.assert_array_equal(flat.train_inputs.ravel(), data.train_inputs.ravel())
    assert flat.flatten() == flat


def test_standardised_channels_have_mean_zero_and_variance_one() -> None:
    data = points(train=40).standardise()
    np.testing.assert_allclose(data.train_inputs.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(data.train_inputs.std(axis=(0, 2, 3)), 1, rtol=1e-6)


def test_the_test_part_is_standardised_by_the_training_part() -> None:
    data = Dataset(
        **parts(train_inputs=[[0.0, 5], [4, 5], [0, 5], [4, 5]], test_inputs=[[6, 7]] * 2)
    )
    moved = data.standardise()
    np.testing.assert_array_equal(moved.test_inputs[0], [2, 2])  # (6 - 2) / 2, and 7 - 5
    np.testing.assert_array_equal(moved.train_inputs[:, 1], 0)


def test_a_constant_channel_stays_finite() -> None:
    data = Dataset(**parts(train_inputs=np.full((4, 2), 0.1), test_inputs=np.full((2, 2), 0.1)))
    np.testing.assert_allclose(data.standardise().train_inputs, 0, atol=1e-7)


@given(train=st.integers(1, 60), test=st.integers(1, 30), seed=st.integers(0, 2**32))
def test_a_subset_holds_samples_of_the_set_in_equal_shares(
    train: int, test: int, seed: int
) -> None:
    data = points(60, 30, shape=(1,))
    small = data.subset(train=train, test=test, rng=seed)
    assert (len(small.train_inputs), len(small.test_inputs)) == (train, test)
    known = {
        (float(x[0]), int(y)) for x, y in zip(data.train_inputs, data.train_targets, strict=True)
    }
    found = {
        (float(x[0]), int(y)) for x, y in zip(small.train_inputs, small.train_targets, strict=True)
    }
    assert found <= known
    assert len(found) == train
    counts = np.bincount(small.train_targets, minlength=3)
    assert counts.max() - counts.min() <= 1
    assert small == data.subset(train=train, test=test, rng=seed)


def test_a_subset_of_everything_is_the_set_itself() -> None:
    data = points()
    assert data.subset() == data
    assert data.subset(train=12, test=6, rng=3) == data
    assert np.shares_memory(data.subset(test=3, rng=0).train_inputs, data.train_inputs)


def test_the_representation_names_sizes_and_shape() -> None:
    assert repr(points()) == (
        "Dataset('points': 12 training and 6 test samples of shape (2, 3, 3), 3 classes)"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"train_inputs": np.zeros(4)}, "Add the missing axis"),
        ({"train_inputs": np.zeros((0, 2))}, "at least one sample"),
        ({"train_inputs": np.full((4, 2), np.nan)}, "finite"),
        ({"test_inputs": np.full((2, 2), 1e300)}, "not finite in float32"),
        ({"train_inputs": [[1.0], [1.0, 2.0]]}, "ragged"),
        ({"train_inputs": np.full((4, 2), "a")}, "Convert the values"),
        ({"train_inputs": np.zeros((4, 2), dtype=complex)}, "Convert the values"),
        ({"test_inputs": np.zeros((2, 3))}, "same shape"),
        ({"train_targets": np.zeros(4)}, "float64"),
        ({"train_targets": np.zeros(3, dtype=int)}, "one class for each sample"),
        ({"test_targets": np.array([0, 2])}, "from 0 to 1"),
        ({"test_targets": np.array([-1, 1])}, "from 0 to 1"),
        ({"classes": 1}, "at least 2"),
        ({"classes": 2.5}, "whole number"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        Dataset(**parts(**change))


@pytest.mark.parametrize("count", [0, -1, 13, 2.0, True])
def test_subsets_of_impossible_size_are_refused(count: object) -> None:
    with pytest.raises(ShapeError, match="train"):
        points().subset(train=count)
