from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from topograph.errors import BudgetError
from topograph.exporter import to_module
from topograph.exporter.initialise import INITS, fans
from topograph.graph import Builder, Conv2d, Grouped, Linear, Link, OneToOne, Sparse

WIDE = 200


def network(op, wiring, init, *, size=(), sources=WIDE, targets=WIDE):
    b = Builder()
    x = b.input(sources, size=size, name="x")
    b.node([Link(x, op, wiring)], width=targets, name="y")
    return to_module(b.build(), init=init, rng=0)


CASES = {  # op, wiring, size, fan-in, fan-out
    "linear": (Linear(), None, (), WIDE, WIDE),
    "conv": (Conv2d(3, bias=True), None, (4, 4), 9 * WIDE, 9 * WIDE),
    "grouped": (Linear(), Grouped(2), (), WIDE / 2, WIDE / 2),
    "grouped conv": (Conv2d(3, bias=True), Grouped(4), (4, 4), 9 * WIDE / 4, 9 * WIDE / 4),
    "depthwise": (Conv2d(5, bias=True), OneToOne(), (4, 4), 25, 25),
}


@pytest.mark.parametrize("init", [name for name in INITS if name != "orthogonal"])
@pytest.mark.parametrize("case", CASES)
def test_variances(case, init):
    op, wiring, size, fan_in, fan_out = CASES[case]
    layer = network(op, wiring, init, size=size).y
    kind = init.rpartition("_")[2]
    groups = {"grouped": 2, "grouped conv": 4, "depthwise": WIDE}.get(case, 1)
    variance = {
        "default": 1 / (3 * fan_in),
        "dense_xavier": 2 / (fan_in + fan_out) / groups,
        "kaiming": 2 / fan_in,
        "skip": 2 / (fan_in + fan_out),
        "sparse_xavier": 2 / (fan_in + fan_out),
        "xavier": 2 / (fan_in + fan_out),
    }[init.removesuffix("_normal").removesuffix("_uniform")]
    assert layer.weight.var().item() == pytest.approx(variance, rel=0.1)
    assert layer.weight.mean().item() == pytest.approx(0, abs=0.05 * variance**0.5)
    if kind != "normal":
        assert layer.weight.abs().max() <= (3 * variance) ** 0.5 * 1.0001
    if init == "default":
        assert layer.bias.abs().max() <= fan_in**-0.5
        assert layer.bias.var().item() == pytest.approx(1 / (3 * fan_in), rel=0.4)
    else:
        assert not layer.bias.any()


def test_sparse_links_use_the_fans_of_their_own_ends():
    # Target 0 reads 2 sources of 1000, target 1 all of them; half of its links are constant.
    mask = np.zeros((2, 1000), bool)
    mask[0, :2] = mask[1] = True
    constant = np.zeros_like(mask)
    constant[1, 500:] = True
    wiring = Sparse.from_mask(mask, constant=constant)
    layer = network(Linear(), wiring, "kaiming_normal", sources=1000, targets=2).y
    assert layer.weight.shape == (502,)
    assert layer.weight[2:].var().item() == pytest.approx(2 / 1000, rel=0.2)
    fan_in, fan_out = fans(layer)
    assert fan_in.tolist() == [2, 2, *[1000] * 500]
    assert fan_out.tolist() == [2, 2, 2, 2, *[1] * 498]


def test_an_output_without_links_has_no_default_bias():
    mask = np.array([[False, False], [True, False]])
    layer = network(Linear(), Sparse.from_mask(mask), "default", sources=2, targets=2).y
    assert layer.bias[0] == 0
    assert layer.bias[1] != 0


def test_the_law_of_sparse_kernels_counts_taps():
    mask = np.ones((50, 10), bool)
    layer = network(
        Conv2d(3), Sparse.from_mask(mask), "xavier_uniform", size=(4, 4), sources=10, targets=50
    ).y
    assert layer.weight.var().item() == pytest.approx(2 / (90 + 450), rel=0.1)


@pytest.mark.parametrize("case", CASES)
def test_orthogonal_blocks(case):
    op, wiring, size, *_ = CASES[case]
    layer = network(op, wiring, "orthogonal", size=size).y
    groups = getattr(layer, "groups", 1)
    blocks = layer.weight.detach().view(groups, len(layer.weight) // groups, -1)
    products = blocks @ blocks.mT
    identity = torch.eye(blocks.shape[1]).expand_as(products)
    torch.testing.assert_close(products, identity, atol=1e-4, rtol=0)


def test_orthogonal_links_one_to_one_are_signs():
    layer = network(Linear(), OneToOne(), "orthogonal").y
    assert layer.weight.abs().tolist() == pytest.approx([1] * WIDE)


def test_orthogonal_sparse_links_are_refused():
    with pytest.raises(BudgetError, match="wired in full"):
        network(Linear(), Sparse.from_mask(np.eye(WIDE, dtype=bool)), "orthogonal")


def test_unknown_laws_are_refused():
    with pytest.raises(BudgetError, match="'lecun'"):
        network(Linear(), None, "lecun")
    with pytest.raises(BudgetError, match="Received ReLU"):
        fans(nn.ReLU())


def test_one_more_layer_leaves_the_others_as_they_are():
    b = Builder()
    x = b.input(3, name="x")
    short = b.linear(x, 4, name="a")
    first = to_module(b.build(), rng=5)
    b.linear(short, 2, name="b")
    second = to_module(b.build(), rng=5)
    assert torch.equal(first.a.weight, second.a.weight)


def test_an_uncalled_normalisation_begins_neutral():
    b = Builder()
    b.norm(b.input(3, name="x"), name="y")
    layer = to_module(b.build(), rng=0).y
    assert layer.weight.tolist() == [1, 1, 1]
    assert layer.bias.tolist() == [0, 0, 0]
