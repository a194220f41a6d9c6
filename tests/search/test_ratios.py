from __future__ import annotations

import numpy as np
import pytest
import torch

from topograph.analyzers import degrees_of_freedom
from topograph.errors import ArchitectureError, BudgetError, ShapeError
from topograph.generators import resnet
from topograph.generators.cascades import (
    butterfly,
    clos,
    from_masks,
    low_rank,
    parallel_butterfly,
)
from topograph.search import count_ratios, random_targets

BOTH = {"skip": True, "diagonal": True}


def count(cascade, targets=None, **options):
    """Count with the usual targets, on the CPU."""
    wide, high = cascade.nodes[0].width, cascade.nodes[-1].width
    goal = random_targets(5, (high, wide), rng=0) if targets is None else targets
    return count_ratios(cascade, goal, progress=False, device="cpu", rng=1, **options)


def figure_7(*, skip):
    """One hidden neuron between two inputs and two outputs."""
    join, part = np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)
    fixed = [np.array([[True, False]]), part] if skip else None
    return from_masks([join, part], constant=fixed)


@pytest.mark.parametrize("skip", [False, True])
def test_the_bottleneck_of_the_paper_sets_one_ratio(skip):
    found = count(figure_7(skip=skip), steps=1500)
    assert found.satisfied.shape == (5, 4)
    assert (found.mean, found.most, found.outputs, found.steps) == (1, 1, 2, 1500)
    assert found.trainable == (1 if skip else 4)


@pytest.mark.parametrize(
    ("cascade", "exact"),
    [
        (butterfly(4, 2, **BOTH), 12),
        (parallel_butterfly(4, 2, layers=3, **BOTH), 16),
        (clos(4, routers=(2, 1, 2), **BOTH), 8),
        (low_rank(4, 1, **BOTH), 7),
        (low_rank(4, 2, **BOTH), 12),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_counts_come_close_to_the_degrees_of_freedom_and_not_beyond(cascade, exact):
    found = count(cascade, steps=2500, tolerance=1e-3)
    freedom = degrees_of_freedom(cascade, rng=0)
    assert freedom == exact
    assert found.satisfied.max() <= freedom
    assert found.most + found.outputs == found.satisfied.max() >= 0.9 * freedom


def test_a_dense_layer_meets_everything():
    dense = from_masks([np.ones((3, 5), dtype=bool)])
    found = count(dense, steps=1500)
    assert (found.satisfied == 15).all()
    assert (found.mean, found.most) == (12, 12)


def test_entries_that_no_path_reaches_are_not_met():
    mask = np.array([[True, True, False], [False, True, True], [True, False, True]])
    assert (count(from_masks([mask]), steps=1500).satisfied == 6).all()


def test_a_diagonal_is_added_once():
    plain, longer = (butterfly(4, 2, skip=True, diagonal=diagonal) for diagonal in (False, True))
    one, two = count(plain, steps=200), count(longer, steps=200)
    np.testing.assert_array_equal(one.satisfied, two.satisfied)
    assert two.trainable == one.trainable + 4


def test_the_scale_of_a_target_does_not_matter():
    targets = random_targets(3, (4, 4), rng=0)
    one, two = (count(butterfly(4, 2), scale * targets, steps=400) for scale in (1, 1024))
    np.testing.assert_array_equal(one.satisfied, two.satisfied)


def test_what_is_interrupted_is_counted(monkeypatch):
    def impatient(optimiser, *arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.Adam, "step", impatient)
    assert count(butterfly(4, 2)).steps == 0


def test_refused():
    with pytest.raises(ArchitectureError, match="A cascade is"):
        count(resnet(18), np.eye(4))
    with pytest.raises(ShapeError, match="Received targets"):
        count(butterfly(4, 2), np.ones((3, 4)))
    for name, value in (("seeds", 0), ("steps", -1), ("tolerance", 0.0), ("tolerance", 1)):
        with pytest.raises(BudgetError, match="Received"):
            count(butterfly(4, 2), **{name: value})
