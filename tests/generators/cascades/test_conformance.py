"""What every family of cascades is held to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import topograph as tg
from tests.generators.cascades.samples import FAMILIES, edges, masks, paths, wirings
from topograph.generators import cascades
from topograph.graph import Architecture, Linear, Sparse
from topograph.graph.files import from_json, to_json


@pytest.fixture(params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


def constants(cascade):
    """Count the constant links into each neuron, layer by layer."""
    return [
        np.bincount(w.rows(), np.zeros(w.links) if w.constant is None else w.constant, w.targets)
        for w in wirings(cascade)
    ]


def test_every_family_is_tried():
    tried = {name.partition(",")[0] for name in FAMILIES}
    assert tried == set(cascades.__all__) - {"from_masks", "sparsify"}


@pytest.mark.parametrize("options", [{}, {"skip": True}, {"diagonal": True}])
def test_the_contract(family, options):
    cascade = family(**options)
    assert isinstance(cascade, Architecture)
    first, *layers = cascade.nodes
    assert (first.name, first.cell) == ("input", None)
    assert cascade.inputs == ("input",)
    assert cascade.outputs == (layers[-1].name,)
    assert [node.layer for node in layers] == list(range(len(layers)))
    assert {node.cell for node in layers} == {"cascade"}
    assert cascade.cells["cascade"] == tuple(layers)
    for before, node in zip(cascade.nodes, layers, strict=False):
        (edge,) = cascade.in_edges(node.name)
        assert edge.source == before.name
        assert edge.op == Linear(bias=False)
        assert isinstance(edge.wiring, Sparse)
        assert edge.wiring.value == 1
        assert (node.size, node.merge, node.normalisation, node.activation) == (
            (),
            "sum",
            None,
            None,
        )


def test_every_output_depends_on_every_input(family):
    assert paths(family()).all()


def test_counts_agree(family):
    cascade = family(skip=True)
    assert edges(cascade) == sum(w.links for w in wirings(cascade))
    trainable = sum(w.trainable for w in wirings(cascade))
    assert tg.analyzers.cost(cascade).parameters == trainable
    assert sum(p.numel() for p in tg.to_module(cascade).parameters()) == trainable


def test_a_skip_is_one_constant_link_per_neuron(family):
    plain, skipping = family(), family(skip=True)
    for before, after in zip(masks(plain), masks(skipping), strict=True):
        np.testing.assert_array_equal(before, after)
    fixed = constants(skipping)
    assert all((count == 1).all() for count in fixed)
    neurons = sum(w.targets for w in wirings(plain))
    carried = sum(count.sum() for count in constants(plain))
    found = tg.analyzers.cost(plain).parameters - tg.analyzers.cost(skipping).parameters
    assert found == neurons - carried


def test_a_diagonal_is_a_last_layer(family):
    plain, longer = family(skip=True), family(skip=True, diagonal=True)
    *layers, last = wirings(longer)
    assert layers == wirings(plain)
    np.testing.assert_array_equal(masks(longer)[-1], np.eye(last.targets, dtype=bool))
    assert last.trainable == last.targets


def test_masks_make_it_again(family):
    cascade = family(skip=True)
    flags = [np.zeros_like(mask) for mask in masks(cascade)]
    for flag, wiring in zip(flags, wirings(cascade), strict=True):
        flag[wiring.rows(), wiring.indices] = wiring.constant
    again = cascades.from_masks(masks(cascade), constant=flags)
    assert again == cascade


def test_files_keep_it(family):
    cascade = family(skip=True)
    assert from_json(to_json(cascade)) == cascade


def test_the_same_seed_makes_the_same(family):
    assert family() == family()


def test_torch_multiplies_the_matrices(family):
    cascade = family(skip=True, diagonal=True)
    network = tg.to_module(cascade, rng=0).double()
    product = torch.eye(cascade.nodes[0].width, dtype=torch.float64)
    for layer in network.children():
        product = layer.dense() @ product
    x = torch.randn(
        5, len(product.T), dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    torch.testing.assert_close(network(x), x @ product.T)
