from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import topograph as tg
from topograph.exporter.layers import DiagonalLinear, SparseConv2d, SparseLinear
from topograph.exporter.sparse_laws import dense_fans, mean_fans, skip_depths, skip_fan
from topograph.generators.cascades import bernoulli, butterfly, sparsify
from topograph.graph import Builder, Linear, Link, Sparse

LINKS = ((0, 0, 2), (1, 3, 0))
CONSTANT = ((0, 1), (2, 2))


def test_mean_fans_are_density_times_neurons():
    layer = SparseLinear(4, 3, LINKS, constant=CONSTANT)
    assert mean_fans(layer, (0, 0)) == (5 / 3, 5 / 4)
    kernels = SparseConv2d(4, 3, LINKS, taps=(3, 2), constant=CONSTANT)
    assert mean_fans(kernels, (0, 0)) == (6 * 5 / 3, 6 * 5 / 4)
    assert mean_fans(nn.Linear(2, 3), (2, 3)) == (2, 3)


def test_fans_as_if_wired_in_full():
    assert dense_fans(SparseConv2d(4, 3, LINKS, taps=(3, 2)), (0, 0)) == (24, 18)
    assert dense_fans(DiagonalLinear(5), (1, 1)) == (5, 5)
    assert dense_fans(nn.Conv2d(4, 8, 3, groups=2), (18, 36)) == (36, 72)
    assert dense_fans(nn.Linear(2, 3), (2, 3)) == (2, 3)


def test_trainable_links_of_the_output_of_each_weight():
    assert skip_fan(SparseLinear(4, 3, LINKS, constant=CONSTANT)).tolist() == [2, 2, 1]
    kernels = SparseConv2d(4, 3, LINKS, taps=(3, 2), constant=CONSTANT)
    assert skip_fan(kernels).flatten().tolist() == [12, 12, 6]
    assert skip_fan(SparseLinear(4, 3, LINKS)) is None
    assert skip_fan(nn.Linear(2, 3)) is None


def test_layers_with_constant_links_are_counted_by_cell():
    b = Builder()
    x = b.input(8, name="x")
    with b.cell("first"):
        x = b.linear(x, 8, name="y")
    with b.cell("second"):
        b.linear(x, 8, name="z")
    depths = iter([3, 5])
    network = tg.to_module(sparsify(b.build(), lambda c, k: butterfly(c, next(depths), skip=True)))
    found = skip_depths(network, dict(network.named_children()))
    assert [found[name] for name in ("y_cascade_0", "y", "z_cascade_0", "z")] == [3, 3, 5, 5]
    bare = {"0": SparseLinear(4, 3, LINKS, constant=CONSTANT), "1": nn.Linear(3, 3)}
    assert skip_depths(nn.Sequential(*bare.values()), bare) == {"0": 1, "1": 1}


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_weights_are_drawn_by_the_density(kind):
    cascade = bernoulli((400, 200), 0.1, layers=4, rng=0)
    layer = tg.to_module(cascade, init=f"sparse_xavier_{kind}", rng=0).layer_0
    bound = (6 / (len(layer.weight) / 200 + len(layer.weight) / 400)) ** 0.5
    assert layer.weight.var().item() == pytest.approx(bound**2 / 3, rel=0.05)
    if kind == "uniform":
        assert 0.99 * bound < layer.weight.abs().max() <= bound * 1.0001


def test_weights_beside_skips_are_drawn_by_the_depth():
    cascade = butterfly(256, 8, skip=True, diagonal=True)
    network = tg.to_module(cascade, init="skip_uniform", rng=0)
    weights = torch.cat([getattr(network, f"layer_{at}").weight for at in range(8)]).detach()
    bound = (3 / 8) ** 0.5  # sqrt(3 / ((k - 1) L))
    assert 0.99 * bound < weights.abs().max() <= bound
    np.testing.assert_allclose(weights.var(), 1 / 8, rtol=0.1)
    assert network.layer_8.weight.var().item() == pytest.approx(1, rel=0.3)


def test_a_layer_without_links_has_nothing_to_draw():
    b = Builder()
    x = b.input(3, name="x")
    b.node([Link(x, Linear(), Sparse([0, 0, 0], [], 3))], width=2, name="y")
    for init in ("sparse_xavier_normal", "skip_uniform", "dense_xavier_normal"):
        assert not len(tg.to_module(b.build(), init=init, rng=0).y.weight)
