from __future__ import annotations

import numpy as np
import pytest
import torch

from topograph.analyzers.cascades.logits import Logits, Step
from topograph.arrays import to_host


@pytest.mark.parametrize("epsilon", [1e-8, 1e-2])
def test_weights_are_the_exponentials_of_logits_under_adam(epsilon, backend):
    rng = np.random.default_rng(0)
    start = rng.normal(size=(3, 4))
    logits = torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.1, eps=epsilon)
    xp = backend.xp
    learned = Logits(xp.asarray(np.exp(start)))
    for number in range(1, 30):
        slope = rng.normal(size=(3, 4)) * 10.0 ** rng.integers(-6, 3)
        logits.grad = torch.from_numpy(slope.copy())
        optimiser.step()
        step = Step.of(number, rate=0.1, epsilon=epsilon)
        learned.descend(xp.asarray(slope.copy()), step)
    np.testing.assert_allclose(to_host(learned.weight), logits.detach().exp(), rtol=1e-10)


def test_a_weight_of_0_stays_0():
    learned = Logits(np.array([0.0, 1.0]))
    learned.descend(np.array([0.0, 2.0]), Step.of(1, rate=0.1, epsilon=1e-8))
    assert learned.weight[0] == 0
    np.testing.assert_allclose(learned.weight[1], np.exp(-0.1))
