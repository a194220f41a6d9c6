from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from topograph.errors import BudgetError
from topograph.generators.cascades import from_masks
from topograph.graph.cascade import cascade_wirings
from topograph.search._descent import descend, trials
from topograph.search.factors import Factors

FULL = from_masks([np.ones((1, 3), dtype=bool)])


def factors(cascade=FULL):
    """Return the matrices of a cascade."""
    return Factors(cascade_wirings(cascade), torch.device("cpu"))


def test_each_target_has_one_trial_per_seed_and_each_trial_its_own_weights():
    goal = np.arange(6.0).reshape(2, 1, 3)
    wirings = cascade_wirings(FULL)
    matrices, weights, wanted = trials(wirings, goal, seeds=3, device="cpu", rng=0)
    assert matrices.product(weights).shape == wanted.shape == (6, 1, 3)
    np.testing.assert_array_equal(wanted.numpy(), np.repeat(goal, 3, axis=0))
    assert len(np.unique(weights.numpy(), axis=0)) == 6
    with pytest.raises(BudgetError, match="seeds"):
        trials(wirings, goal, seeds=0, device="cpu", rng=0)


@pytest.mark.parametrize(("power", "expected"), [(1, 1.0), (2, 2.0)])
def test_absolute_errors_lead_to_the_median_and_squares_to_the_mean(power, expected):
    weights = torch.zeros(5, 1)
    goal = torch.tensor([0.0, 1.0, 5.0]).view(1, 3, 1).expand(5, 3, 1)
    column = factors(from_masks([np.ones((1, 1), dtype=bool)]))

    def loss(gap):
        return gap.abs().pow(power).sum(dim=(1, 2))

    steps = descend(column, weights, goal, loss, steps=800, rate=0.05, progress=False)
    assert steps == 800
    torch.testing.assert_close(weights.detach(), torch.full((5, 1), expected), rtol=0, atol=0.01)


def test_the_rate_falls_as_a_cosine(monkeypatch):
    rates = []
    step = torch.optim.Adam.step

    def watched(optimiser, *arguments):
        rates.append(optimiser.param_groups[0]["lr"])
        return step(optimiser, *arguments)

    monkeypatch.setattr(torch.optim.Adam, "step", watched)
    options = {"steps": 8, "rate": 0.4, "progress": False}
    descend(factors(), torch.zeros(1, 3), torch.ones(1, 1, 3), lambda g: g.sum((1, 2)), **options)
    assert rates[0] == 0.4
    assert rates[4] == pytest.approx(0.2)
    assert all(before > after > 0 for before, after in pairwise(rates))


def test_what_does_not_train_takes_no_step():
    eye = np.eye(3, dtype=bool)
    still = factors(from_masks([eye], constant=[eye]))
    weights = torch.zeros(1, 0)
    assert descend(still, weights, torch.ones(1, 3, 3), abs, steps=9, rate=1, progress=False) == 0
