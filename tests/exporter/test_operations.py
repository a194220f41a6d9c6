"""Counted multiply-accumulates against those that torch counts when it runs the network."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import topograph as tg
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Builder


def residual_net():
    b = Builder()
    x = b.conv(b.input(3, size=15), 8, kernel=5, stride=2, normalisation="batch")
    h = b.conv(x, 8, kernel=3, groups=4, activation="relu")
    y = b.add([x, h])
    gate = b.linear(b.global_pool(y), 8, activation="sigmoid")
    b.linear(b.flatten(b.multiply([y, gate])), 10)
    return b.build()


NETWORKS = {
    "mlp": lambda: dense_mlp(8, 24, candidates=2, rng=0),
    "cnn": lambda: dense_cnn((4, 6, 8), 5, candidates=(6, 8, 10), rng=0),
    "separable cnn": lambda: dense_cnn((4, 6), 4, candidates=5, separable=True, rng=0),
    "published cnn": lambda: dense_cnn((32, 64, 128), 9, candidates=(70, 140, 200), rng=0),
    "residual net": residual_net,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_macs_are_half_of_the_flops_that_torch_counts(name):
    architecture = NETWORKS[name]()
    with torch.device("meta"):
        network = tg.to_module(architecture).eval()
        inputs = [torch.empty(1, *architecture.node(n).shape) for n in architecture.inputs]
    with FlopCounterMode(display=False) as counter:
        network(*inputs)
    found = tg.analyzers.cost(architecture)
    assert counter.get_total_flops() == 2 * found.macs
    assert sum(p.numel() for p in network.parameters()) == found.parameters
