"""Networks of finite width, exported and drawn, against their limits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.analyzers.kernels.dags import MIXED, PARALLEL, SEQUENTIAL, TWICE, network
from topograph.analyzers import nngp, ntk
from topograph.exporter import to_module

ROWS = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [-0.5, 0.5, np.sqrt(0.5)]])


@torch.no_grad()
def sampled_kernels(edges, width, networks):
    """Gram matrices of the outputs of drawn networks, over their width."""
    x = torch.from_numpy(ROWS * np.sqrt(3)).float()
    found = []
    for seed in range(networks):
        module = to_module(network(edges, width=width, inputs=3), init="kaiming_normal", rng=seed)
        features = module(x).double()
        found.append((features @ features.T / width).numpy())
    return np.array(found)


def deviation(samples, kernel):
    """Largest distance of the mean from a kernel, in standard errors."""
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    return np.max(np.abs(samples.mean(axis=0) - kernel) / error)


def check(width, networks, distance):
    for edges in (PARALLEL, MIXED, TWICE):
        samples = sampled_kernels(edges, width, networks)
        exact, paper = (
            nngp(network(edges, inputs=3), ROWS, mode=mode).values for mode in ("exact", "paper")
        )
        assert deviation(samples, exact) < 5, edges
        assert deviation(samples, paper) > distance, edges
        assert np.max(np.abs(samples.mean(axis=0) / exact - 1)) < 6 / np.sqrt(width * networks) * 3
    samples = sampled_kernels(SEQUENTIAL, width, networks)
    assert deviation(samples, nngp(network(SEQUENTIAL, inputs=3), ROWS).values) < 5


def test_drawn_networks_agree_with_the_exact_kernel_and_reject_the_other():
    check(512, 24, 20)


@pytest.mark.slow
def test_wide_networks_agree_with_the_exact_kernel_and_reject_the_other():
    check(4096, 8, 30)


def sampled_tangents(edges, width, networks):
    """Tangent kernels by autograd: gradients in standard Gaussian weights with factors outside."""
    x = torch.from_numpy(ROWS * np.sqrt(3))
    found = []
    for seed in range(networks):
        architecture = network(edges, width=width, inputs=3, classes=1)
        module = to_module(architecture, init="kaiming_normal", rng=seed).double()
        stems = {"node_0.weight": 2 / 3, "readout.weight": 1 / width}
        weights = {k: w for k, w in module.named_parameters() if k.endswith("weight")}
        # The law of weights has variance 2 / n; the readout of the limit has 1 / n.
        with torch.no_grad():
            weights["readout.weight"].mul_(0.5**0.5)
        rows = [
            torch.autograd.grad(y, list(weights.values()), retain_graph=True)
            for y in module(x)[:, 0]
        ]
        factors = [stems.get(name, 2 / width) for name in weights]
        kernel = [
            [sum(f * (a * b).sum() for f, a, b in zip(factors, p, q, strict=True)) for q in rows]
            for p in rows
        ]
        found.append(np.array([[float(value) for value in row] for row in kernel]))
    return np.array(found)


def check_tangents(width, networks, distance):
    for edges in (PARALLEL, MIXED, TWICE):
        samples = sampled_tangents(edges, width, networks)
        limits = (ntk(network(edges, inputs=3), ROWS, mode=mode) for mode in ("exact", "paper"))
        exact, paper = (limit.values for limit in limits)
        assert deviation(samples, exact) < 5, edges
        assert deviation(samples, paper) > distance, edges


def test_tangent_kernels_by_autograd():
    check_tangents(256, 16, 7)


@pytest.mark.slow
def test_tangent_kernels_of_wide_networks_by_autograd():
    check_tangents(1024, 10, 14)
