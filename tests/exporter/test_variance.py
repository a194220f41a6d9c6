from __future__ import annotations

import numpy as np
import pytest

import topograph as tg
from topograph.analyzers import variance_propagation
from topograph.errors import ArchitectureError, BudgetError
from topograph.exporter import measured_variance
from topograph.generators import cascades

MADE = {
    "butterfly": cascades.butterfly(64, 8, skip=True, diagonal=True),
    "clos": cascades.clos((64, 96), routers=(8, 6, 8), skip=True),
    "bernoulli": cascades.bernoulli((96, 64), 1 / 8, layers=4, rng=0),
    "low_rank": cascades.low_rank((64, 96), 48),
}


@pytest.mark.parametrize("init", ["sparse_xavier", "dense_xavier", "skip", "xavier", "kaiming"])
@pytest.mark.parametrize("name", MADE)
def test_measured_as_predicted(name, init):
    predicted = variance_propagation(MADE[name], init=init)
    for kind in ("normal", "uniform"):
        found = measured_variance(MADE[name], init=f"{init}_{kind}", batch=64, draws=12, rng=0)
        assert found.layer == predicted.layer
        np.testing.assert_allclose(found.forward, predicted.forward, rtol=0.25)
        np.testing.assert_allclose(found.backward, predicted.backward, rtol=0.25)


@pytest.mark.parametrize(("init", "gain"), [("sparse_xavier", 1), ("dense_xavier", 64.0**-20)])
def test_depth_20_at_density_a_64th(init, gain):
    cascade = cascades.biregular(256, 4, layers=20, rng=0)
    found = measured_variance(cascade, init=f"{init}_normal", batch=64, draws=2, rng=0)
    assert 0.5 * gain < found.forward_gain < 2 * gain
    assert 0.5 * gain < found.backward_gain < 2 * gain


def test_activations_are_part_of_what_is_measured():
    network = tg.generators.dense_mlp(256, 4, candidates=0, inputs=256, activation="relu", rng=0)
    found = measured_variance(network, init="kaiming_normal", draws=4, rng=0)
    assert found.forward[1:4] == pytest.approx([1, 1, 1], rel=0.2)  # half of 2


def test_the_same_seed_measures_the_same():
    one, two = (measured_variance(MADE["clos"], batch=4, rng=3) for _ in range(2))
    assert one == two


def test_refused():
    branched = tg.generators.dense_mlp(8, 4, candidates=2, rng=0)
    with pytest.raises(ArchitectureError, match="chain of layers"):
        measured_variance(branched)
    with pytest.raises(BudgetError, match="draws must be"):
        measured_variance(MADE["clos"], draws=0)
    with pytest.raises(BudgetError, match="batch must be"):
        measured_variance(MADE["clos"], batch=0)
