from __future__ import annotations

import numpy as np
import pytest

from topograph.datasets import synthetic
from topograph.errors import BudgetError

SLACK = 1e-6  # of a piece's width: float32 rounds a point by at most this


def test_points_of_a_segment_lie_within_it() -> None:
    data = synthetic("segments", pieces=20, train=2000, test=400)
    np.testing.assert_array_equal(data.train_inputs[:, 0], data.train_inputs[:, 1])
    place = data.train_inputs[:, 0].astype(float) * 20
    piece = np.arange(2000) % 20
    assert (place >= piece - SLACK).all()
    assert (place <= piece + 1 + SLACK).all()
    np.testing.assert_array_equal(data.train_targets, piece % 2)


def test_the_radius_tells_the_ring() -> None:
    data = synthetic("rings", pieces=5, train=1000, test=500)
    radius = np.hypot(*data.test_inputs.T.astype(float)) * 5
    piece = np.arange(500) % 5
    assert (radius >= piece - SLACK).all()
    assert (radius <= piece + 1 + SLACK).all()
    np.testing.assert_array_equal(data.test_targets, piece % 2)


def test_radii_and_angles_are_uniform() -> None:
    data = synthetic("rings", pieces=4, train=40_000, test=4)
    x, y = data.train_inputs.T
    assert np.hypot(x, y).mean() == pytest.approx(1 / 2, abs=0.01)
    assert (np.arctan2(y, x) / (2 * np.pi)).std() == pytest.approx(12**-0.5, abs=0.01)


def test_the_defaults_are_the_sizes_of_the_paper() -> None:
    data = synthetic("segments")
    assert data.name == "segments20"
    assert (len(data.train_inputs), len(data.test_inputs)) == (60_000, 12_000)
    assert np.bincount(data.train_targets).tolist() == [30_000, 30_000]
    assert data.classes == 2


def test_seeds_decide_and_parts_do_not_share_points() -> None:
    data = synthetic("rings", train=100, test=100)
    assert data == synthetic("rings", train=100, test=100, rng=0)
    assert data != synthetic("rings", train=100, test=100, rng=1)
    assert not np.isin(data.train_inputs, data.test_inputs).any()
    longer = synthetic("segments", train=200, test=100).test_inputs
    np.testing.assert_array_equal(synthetic("segments", train=100, test=100).test_inputs, longer)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "spirals"}, "segments, rings"),
        ({"kind": "rings", "pieces": 1}, "at least 2"),
        ({"kind": "rings", "pieces": 2.5}, "whole number"),
        ({"kind": "rings", "train": 19}, "train must be"),
        ({"kind": "rings", "test": -1}, "test must be"),
    ],
)
def test_what_has_no_closed_form_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        synthetic(**options)
