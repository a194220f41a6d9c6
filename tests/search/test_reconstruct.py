from __future__ import annotations

from math import nan

import numpy as np
import pytest
import torch

from topograph.errors import ArchitectureError, BudgetError, ShapeError
from topograph.generators import resnet
from topograph.generators.cascades import (
    bernoulli,
    butterfly,
    clos,
    from_masks,
    hypercube,
    low_rank,
    torus,
)
from topograph.search import random_targets, reconstruct, svd_error

TARGETS = random_targets(5, (32, 32), rng=0)


def run(cascade, targets=TARGETS, **options):
    return reconstruct(cascade, targets, progress=False, device="cpu", rng=1, **options)


@pytest.mark.parametrize("rank", [8, 18])
def test_low_rank_reaches_the_optimum_of_the_svd(rank):
    found = run(low_rank(32, rank), steps=1500)
    np.testing.assert_allclose(found.error[:, 0], svd_error(TARGETS, rank), atol=1e-3)


@pytest.mark.slow
def test_constants_take_low_rank_longer_to_the_same_optimum():
    found = run(low_rank(32, 18, skip=True), steps=8000)
    np.testing.assert_allclose(found.error[:, 0], svd_error(TARGETS, 18), atol=1e-3)


def test_the_svd_optimum_is_that_of_random_matrices():
    targets = random_targets(100, (32, 32), rng=3)
    for rank, expected in ((1, 0.886), (4, 0.620), (8, 0.373), (16, 0.104), (24, 0.0124)):
        assert svd_error(targets, rank).mean() == pytest.approx(expected, rel=0.05)
    np.testing.assert_allclose(svd_error(targets, 0), 1)
    np.testing.assert_allclose(svd_error(targets, 32), 0)


def test_a_dense_layer_reconstructs_anything():
    dense = from_masks([np.ones((3, 5), dtype=bool)])
    found = run(dense, random_targets(4, (3, 5), rng=0), steps=600, seeds=2)
    assert found.error.shape == (4, 2)
    assert found.error.max() < 1e-6
    assert (found.links, found.trainable, found.steps) == (15, 15, 600)
    assert found.best <= found.mean


def test_a_single_mask_leaves_what_it_does_not_cover():
    mask = np.random.default_rng(0).random((6, 6)) < 0.5
    np.fill_diagonal(mask, True)
    targets = random_targets(3, (6, 6), rng=1)
    found = run(from_masks([mask]), targets, steps=800)
    outside = (targets**2 * ~mask).sum(axis=(1, 2)) / (targets**2).sum(axis=(1, 2))
    np.testing.assert_allclose(found.error[:, 0], outside, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cascade", "expected", "spread"),
    [
        (hypercube(32, 6), 0.0032, 0.0010),
        (torus(8, 4, layers=7), 0.0120, 0.003),
        (butterfly(32, 18), 0.1105, 0.011),
        (hypercube(32, 6, skip=True, diagonal=True), 0.0056, 0.002),
        (clos(32, routers=(8, 9, 8)), 0.0001, 0.0001),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_errors_are_those_measured_before(cascade, expected, spread):
    assert run(cascade, steps=8000).mean == pytest.approx(expected, abs=3 * spread)


def test_skips_help_a_butterfly_of_as_many_trained_weights():
    plain, skips = run(butterfly(32, 10), steps=1500), run(butterfly(32, 20, skip=True), steps=1500)
    assert plain.trainable == skips.trainable == 640
    assert skips.mean < 0.7 * plain.mean


def test_constants_alone_are_not_trained():
    eye = np.eye(4, dtype=bool)
    fixed = from_masks([eye], constant=[eye])
    found = run(fixed, 2 * np.eye(4))
    assert (found.mean, found.trainable, found.steps) == (0.25, 0, 0)


def test_the_same_seed_gives_the_same_errors():
    cascade = bernoulli(8, 0.5, layers=3, rng=0)
    targets = random_targets(2, (8, 8), rng=0)
    one, two = run(cascade, targets, steps=50), run(cascade, targets, steps=50)
    np.testing.assert_array_equal(one.error, two.error)


def test_targets_do_not_learn_from_each_other():
    cascade, targets = butterfly(8, 4), random_targets(3, (8, 8), rng=0)
    together = run(cascade, targets, steps=50)
    alone = run(cascade, targets[:1], steps=50)
    np.testing.assert_allclose(together.error[0], alone.error[0], rtol=1e-4)


def test_an_interrupted_training_returns_what_it_has(monkeypatch):
    step, taken = torch.optim.Adam.step, []

    def impatient(optimiser, *arguments):
        if len(taken) == 9:
            raise KeyboardInterrupt
        taken.append(1)
        return step(optimiser, *arguments)

    monkeypatch.setattr(torch.optim.Adam, "step", impatient)
    found = run(butterfly(8, 4), random_targets(1, (8, 8), rng=0), steps=100)
    assert found.steps == 9
    assert 0 < found.mean < 3


def test_what_diverges_is_nan():
    found = run(butterfly(8, 12), random_targets(2, (8, 8), rng=0), learning_rate=1e9, steps=4)
    assert np.isnan(found.error).all()
    assert np.isnan(found.best)


@pytest.mark.parametrize(
    "targets",
    [np.ones((3, 4)), np.ones(4), np.ones((0, 4, 4)), np.zeros((4, 4)), np.full((4, 4), nan)],
    ids=["columns", "vector", "none", "zero", "nan"],
)
def test_targets_that_are_no_matrices_of_the_cascade_are_refused(targets):
    with pytest.raises(ShapeError, match=r"Received .*\. \w+"):
        run(butterfly(4, 2), targets)


def test_bad_numbers_are_refused_by_name():
    target = np.eye(4)
    for name, value in (("seeds", 0), ("steps", -1), ("learning_rate", 0.0)):
        with pytest.raises(BudgetError, match="Received"):
            run(butterfly(4, 2), target, **{name: value})
    with pytest.raises(BudgetError, match="rank must be a whole number from 0 to 4"):
        svd_error(target, 5)
    with pytest.raises(BudgetError, match="outputs must be"):
        random_targets(1, (0, 3))
    with pytest.raises(ArchitectureError, match="A cascade is"):
        run(resnet(18), target)
