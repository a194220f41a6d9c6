from __future__ import annotations

from itertools import combinations
from math import inf, log

import numpy as np
import pytest
import torch
from torch import nn

from topograph.generators import nasbench201, nasbench201_network
from topograph.search import linear_regions, nas_wot


def sign_network(units: int) -> nn.Module:
    """Units that are on where a coordinate is above 0."""
    layer = nn.Linear(units, units, bias=False)
    layer.weight.data = torch.eye(units)
    return nn.Sequential(layer, nn.ReLU())


def kernel(codes: np.ndarray) -> np.ndarray:
    """N_A less the Hamming distance, pair by pair."""
    n, units = codes.shape
    found = np.full((n, n), float(units))
    for i, j in combinations(range(n), 2):
        found[i, j] = found[j, i] = units - sum(codes[i] != codes[j])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_against_the_distance_of_each_pair(seed):
    codes = np.random.default_rng(seed).integers(0, 2, size=(7, 30))
    found = nas_wot(sign_network(30), codes * 2.0 - 1)
    assert found == pytest.approx(np.linalg.slogdet(kernel(codes))[1], rel=1e-10)


def test_opposite_patterns_of_two_samples():
    # K = N I, so that log det = 2 log N.
    assert nas_wot(sign_network(9), [[1.0] * 9, [-1.0] * 9]) == pytest.approx(2 * log(9))


def test_two_layers_add_their_kernels():
    first, second = nn.Linear(5, 40), nn.Linear(40, 30)
    x = torch.randn(4, 5)
    hidden = first(x)
    codes = torch.cat([hidden > 0, second(hidden.relu()) > 0], dim=1).numpy()
    found = nas_wot(nn.Sequential(first, nn.ReLU(), second, nn.ReLU()), x)
    assert found == pytest.approx(np.linalg.slogdet(kernel(codes))[1], rel=1e-10)


def test_equal_patterns_and_no_patterns():
    assert nas_wot(sign_network(3), [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]) == -inf
    assert nas_wot(sign_network(2), torch.eye(2).repeat(4, 1)) == -inf
    assert nas_wot(nn.Linear(3, 3), torch.randn(4, 3)) == -inf
    assert linear_regions(nn.Linear(3, 3), torch.randn(4, 3)) == 1
    lost = nasbench201_network(("none",) * 6, channels=2, repeats=1)
    assert nas_wot(lost, torch.randn(4, 3, 32, 32), rng=0) == -inf


def test_regions_of_a_line():
    # 10 kinks on a line cut it into 11 regions.
    layer = nn.Linear(1, 10)
    layer.weight.data, layer.bias.data = torch.ones(10, 1), -torch.arange(10.0)
    points = torch.linspace(-1, 10, 500)[:, None]
    assert linear_regions(nn.Sequential(layer, nn.ReLU()), points) == 11


def test_regions_are_counted_once_each():
    codes = np.random.default_rng(0).integers(0, 2, size=(200, 4))
    found = linear_regions(sign_network(4), codes * 2.0 - 1)
    assert found == len({tuple(code) for code in codes.tolist()})


def test_seeds_repeat():
    cell, x = nasbench201(6111, channels=2, size=4), torch.randn(8, 2, 4, 4)
    assert nas_wot(cell, x, rng=3) == nas_wot(cell, x, rng=3) != nas_wot(cell, x, rng=4)
    assert linear_regions(cell, x, rng=3) == linear_regions(cell, x, rng=3)


def test_the_order_of_the_samples_does_not_matter():
    cell, x = nasbench201(6111, channels=3, size=4), torch.randn(8, 3, 4, 4)
    assert nas_wot(cell, x, rng=0) == pytest.approx(nas_wot(cell, x.flip(0), rng=0), rel=1e-9)
