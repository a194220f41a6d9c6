"""Products and concatenations against closed forms, and against networks of finite width."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from topograph.analyzers import eigen_bound, nngp, ntk
from topograph.errors import ArchitectureError
from topograph.exporter import to_module
from topograph.generators import dense_mlp
from topograph.graph import Builder

ROWS = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [-0.5, 0.5, np.sqrt(0.5)]])


def kappa(k):
    """The ReLU step at inputs of length 1."""
    r = np.clip(k, -1, 1)
    return (np.sqrt(1 - r**2) + r * (np.pi - np.arccos(r))) / np.pi


def joined(width=8, *, last="relu"):
    """Layers of one and of three widths beside each other, and a layer that reads both."""
    b = Builder("joined")
    x = b.input(3)
    wide = b.linear(x, 3 * width, activation="relu")
    deep = b.linear(b.linear(x, width, activation="relu"), width, activation="relu")
    b.linear(b.concat([wide, deep]), width, activation=last, name="last")
    return b.build(outputs=("last",))


def multiplied(width=8, *, activation=None, copies=False):
    """The product of two layers, as in a gated linear unit, and a layer that reads it."""
    b = Builder("multiplied")
    x = b.input(3)
    gate = b.linear(x, width, activation="relu")
    value = gate if copies else b.linear(x, width, activation=activation)
    b.linear(b.multiply([gate, value]), width, activation="relu", name="last")
    return b.build(outputs=("last",))


def test_concatenations_are_means_over_their_neurons():
    k = ROWS @ ROWS.T
    first = kappa(k)
    expected = kappa((3 * first + kappa(first)) / 4)
    np.testing.assert_allclose(nngp(joined(), ROWS).values, expected, atol=1e-12)


@pytest.mark.parametrize("activation", [None, "relu"])
def test_products_multiply_kernels(activation):
    k = ROWS @ ROWS.T
    # A linear map alone has the variance of its input.
    other = k if activation is None else kappa(k)
    product = kappa(k) * other
    expected = kappa(product)
    np.testing.assert_allclose(
        nngp(multiplied(activation=activation), ROWS).values, expected, atol=1e-12
    )


def skipping(width=8):
    """A perceptron whose third layer reads half as many neurons of the first as of the second."""
    network = dense_mlp(
        width, 4, candidates=width // 2, inputs=3, classes=width, activation="relu", rng=0
    )
    return network.without("classifier")


def test_selected_neurons_stand_for_their_layer():
    k = ROWS @ ROWS.T
    first = kappa(k)
    second = kappa(first)
    third = kappa((2 * second + first) / 3)
    network = skipping()
    # What the classifier reads: all of the third layer, and what was drawn of the first two.
    drawn = {edge.source: edge.reads(8) for edge in network.in_edges("concat_3")}
    shares = np.array([drawn.get(f"layer_{i}", 0) for i in range(3)]) / sum(drawn.values())
    expected = shares[0] * first + shares[1] * second + shares[2] * third
    np.testing.assert_allclose(nngp(network, ROWS).values, expected, atol=1e-12)


@torch.no_grad()
def sampled(make, width, networks):
    """Gram matrices of the outputs of drawn networks, over their width."""
    x = torch.from_numpy(ROWS * np.sqrt(3)).float()
    found = []
    for seed in range(networks):
        features = to_module(make(width), init="kaiming_normal", rng=seed)(x).double()
        found.append((features @ features.T / features.shape[1]).numpy())
    return np.array(found)


def check(width, networks):
    # In a product, Kaiming's law gives the layer without activation twice the variance of a limit.
    for make, scale in ((joined, 1.0), (multiplied, 2.0), (skipping, 1.0)):
        samples = sampled(make, width, networks)
        error = samples.std(axis=0, ddof=1) / np.sqrt(networks)
        exact = scale * nngp(make(width), ROWS).values
        assert np.max(np.abs(samples.mean(axis=0) - exact) / error) < 5, make


def test_drawn_networks_agree():
    check(512, 24)


@pytest.mark.slow
def test_wide_networks_agree():
    check(4096, 8)


def slope(k):
    """What the ReLU step does to tangents, at inputs of length 1."""
    return 1 - np.arccos(np.clip(k, -1, 1)) / np.pi


def test_tangents_of_both():
    k = ROWS @ ROWS.T
    first, second = kappa(k), kappa(kappa(k))
    one = slope(k) * k
    two = slope(first) * (first + one)
    mean, tangent = (3 * first + second) / 4, (3 * one + two) / 4
    expected = kappa(mean) + slope(mean) * (mean + tangent)
    np.testing.assert_allclose(ntk(joined(), ROWS).values, expected, atol=1e-7)
    product, tangent = first * k, one * k + first * k
    expected = kappa(product) + slope(product) * (product + tangent)
    np.testing.assert_allclose(ntk(multiplied(), ROWS).values, expected, atol=1e-7)


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_bounds_are_those_of_the_kernel(mode):
    for network in (joined(), multiplied()):
        found = eigen_bound(network, 0.6, mode=mode)
        kernel = nngp(network, ROWS[:2], mode=mode)
        assert float(found.bound) == pytest.approx(kernel.lambda_min, rel=1e-9)
    with pytest.raises(ArchitectureError, match="product or a concatenation"):
        eigen_bound(joined(), 0.6, mode="path_sum")


def test_an_activated_concatenation_is_one_of_activated_parts():
    def make(*, inside):
        b = Builder("activated")
        x = b.input(3)
        inner = "relu" if inside else None
        parts = [b.linear(x, width, activation=inner) for width in (4, 12)]
        parts.append(b.linear(b.linear(x, 8, activation="relu"), 8, activation=inner))
        both = b.concat(parts, activation=None if inside else "relu")
        return b.build(outputs=(b.linear(both, 8, activation="relu"),))

    outside, within = (nngp(make(inside=inside), ROWS).values for inside in (False, True))
    np.testing.assert_array_equal(outside, within)


def sum_with_a_concatenation():
    b = Builder("sum")
    x = b.input(3)
    parts = [b.linear(x, 4, activation="relu") for _ in range(2)]
    return b.build(outputs=(b.add([b.concat(parts), b.linear(x, 8, activation="relu")]),))


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (multiplied(copies=True), "Received two features that"),
        (sum_with_a_concatenation(), "a sum or a product of one"),
    ],
)
def test_what_has_no_product_of_means_is_refused(network, words):
    with pytest.raises(ArchitectureError, match=words):
        nngp(network, ROWS)
    assert nngp(network, ROWS, mode="paper").lambda_min > 0
