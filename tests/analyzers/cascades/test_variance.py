from __future__ import annotations

import numpy as np
import pytest

import topograph as tg
from topograph.analyzers import variance_propagation
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators import cascades


@pytest.mark.parametrize("density", [1 / 4, 1 / 16, 1 / 64])
def test_twenty_layers_keep_or_lose_their_variance(density):
    cascade = cascades.biregular(256, round(256 * density), layers=20, rng=0)
    for init, gain in (("sparse_xavier", 1), ("xavier", 1), ("dense_xavier", density**20)):
        found = variance_propagation(cascade, init=init)
        assert found.forward_gain == pytest.approx(gain)
        assert found.backward_gain == pytest.approx(gain)
        np.testing.assert_allclose(found.forward, np.array(gain) ** (np.arange(21) / 20))


@pytest.mark.filterwarnings("ignore:A neuron of a cascade")
@pytest.mark.filterwarnings("ignore:A cascade stands in")
def test_irregular_masks_lose_a_little_by_the_fans_of_single_links():
    cascade = cascades.bernoulli(256, 1 / 64, layers=20, rng=0)
    assert 0.9 < variance_propagation(cascade).forward_gain < 1.1
    assert variance_propagation(cascade, init="xavier").forward_gain < 0.2


@pytest.mark.parametrize("layers", [5, 18, 40])
def test_skips_raise_variances_by_e_at_most(layers):
    cascade = cascades.butterfly(32, layers, skip=True)
    found = variance_propagation(cascade, init="skip")
    assert found.forward_gain == pytest.approx((1 + 1 / layers) ** layers)
    assert found.forward_gain < np.e
    # With two links, of which one is constant, a layer gains 1 + 1 / 2.
    assert variance_propagation(cascade).forward_gain == pytest.approx(1.5**layers)


def test_rectangles():
    cascade = cascades.low_rank((6, 12), 4)
    found = variance_propagation(cascade)
    assert found.forward == pytest.approx([1, 6 * 2 / 10, 6 * 2 / 10 * 4 * 2 / 16])
    assert found.backward == pytest.approx([4 * 2 / 10 * 12 * 2 / 16, 12 * 2 / 16, 1])


def test_laws_of_torch():
    cascade = cascades.low_rank(8, 4)
    default = variance_propagation(cascade, init="default")
    assert default.forward == pytest.approx([1, 1 / 3, 1 / 9])
    assert variance_propagation(cascade, init="kaiming").forward == pytest.approx([1, 2, 4])


def test_a_tidy_table():
    frame = variance_propagation(cascades.butterfly(8, 3)).to_frame()
    assert list(frame) == ["layer", "forward", "backward"]
    assert frame.layer.tolist() == [0, 1, 2, 3]


def test_refused():
    with pytest.raises(BudgetError, match="Received 'sparse_xavier_normal'"):
        variance_propagation(cascades.butterfly(8, 3), init="sparse_xavier_normal")
    with pytest.raises(ArchitectureError, match="A cascade is one input and a chain"):
        variance_propagation(tg.generators.dense_mlp(8, 3, candidates=0, rng=0))
