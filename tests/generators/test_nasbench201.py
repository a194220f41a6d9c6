from __future__ import annotations

import numpy as np
import pytest

import topograph as tg
from tests.generators.conformance import agrees_with_torch, learns
from topograph.analyzers import cost
from topograph.errors import ArchitectureError
from topograph.generators import nasbench201, nasbench201_network
from topograph.generators._cell_code import EDGES, OPERATIONS, official_order
from topograph.graph import Activation, Conv2d, Identity, Pool, Zero

CHAIN = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|avg_pool_3x3~2|"
EVERY = "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
DEAD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
SPARE = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|none~2|"


def operation(architecture, source, target):
    """Read the operation between two sums back from the graph."""
    for edge in architecture.in_edges(f"cell_{target}"):
        if edge.source == f"cell_{source}":
            return {Zero: "none", Identity: "skip_connect", Pool: "avg_pool_3x3"}[type(edge.op)]
        if edge.source == f"cell_conv_{source}_{target}":
            (convolution,) = architecture.in_edges(edge.source)
            (relu,) = architecture.in_edges(convolution.source)
            assert (relu.source, relu.op) == (f"cell_{source}", Activation("relu"))
            assert isinstance(convolution.op, Conv2d)
            side = convolution.op.kernel[0]
            return f"nor_conv_{side}x{side}"
    raise AssertionError((source, target))


@pytest.mark.parametrize("index", range(0, 15_625, 977))
def test_a_cell_can_be_read_back(index):
    cell = nasbench201(index, channels=4, size=5)
    found = [OPERATIONS.index(operation(cell, *edge)) for edge in EDGES]
    assert found == official_order()[index].tolist()
    assert (cell.inputs, cell.outputs) == (("cell_0",), ("cell_3",))
    assert [len(layers) for layers in cell.cells.values()] == [3]
    assert {node.shape for node in cell.nodes} == {(4, 5, 5)}


# 1x1 and 3x3 convolutions, on live and on dead edges: parameters as published for the network.
@pytest.mark.parametrize(
    ("cell", "millions"),
    [(DEAD, 0.073306), (CHAIN, 0.344346), (EVERY, 0.372346), (SPARE, 0.559386), (1, 0.802426)],
)
def test_parameters_are_the_published_ones(cell, millions):
    assert cost(nasbench201_network(cell)).parameters == round(millions * 1e6)


@pytest.mark.data
def test_parameters_are_those_of_the_table(data_folder):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(data_folder / "nasbench201" / "nasbench201.csv.gz")
    assert np.array_equal(table[[f"op_{s}{t}" for s, t in EDGES]], official_order())
    for index in range(0, 15_625, 1953):
        found = cost(nasbench201_network(index)).parameters
        assert found == round(table.params_M_cifar10[index] * 1e6)


def test_operations_differ_from_the_published_ones_by_three_per_normalised_value():
    # 35.81952 and 4.36224 million FLOPs per convolution of the cell, as published.
    bare = cost(nasbench201_network(DEAD))
    for name, millions in (("nor_conv_3x3", 35.81952), ("nor_conv_1x1", 4.36224)):
        found = cost(nasbench201_network(("none",) * 5 + (name,)))
        counted = found.macs - bare.macs + 3 * (found.normalised - bare.normalised)
        assert counted == round(millions * 1e6)


@pytest.mark.parametrize("cell", [CHAIN, EVERY, DEAD])
def test_costs_are_those_of_torch(cell):
    assert agrees_with_torch(nasbench201_network(cell, channels=4, repeats=1, image=(3, 8, 8)))


@pytest.mark.parametrize("cell", [CHAIN, EVERY])
def test_networks_learn(cell):
    network = nasbench201_network(cell, channels=4, repeats=1, classes=3, image=(3, 8, 8))
    assert learns(network, classes=3)


def test_the_cell_computes_what_it_says():
    import torch
    from torch.nn.functional import avg_pool2d, batch_norm, conv2d

    network = tg.to_module(nasbench201(CHAIN, channels=3, size=6), rng=0).double().train()
    images = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(1)).double()
    first, second = (p for p in network.parameters() if p.ndim == 4)
    x = batch_norm(conv2d(images.relu(), first, padding=1), None, None, training=True)
    x = batch_norm(conv2d(x.relu(), second), None, None, training=True)
    expected = avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    torch.testing.assert_close(network(images), expected)


def test_stages_double_the_channels_and_halve_the_maps():
    network = nasbench201_network(EVERY, channels=8, repeats=2, image=(3, 16, 12))
    shapes = [layers[-1].shape for layers in network.cells.values()]
    first, second, third = (8, 16, 12), (16, 8, 6), (32, 4, 3)
    assert shapes == [first, first, second, second, second, third, third, third]
    assert list(network.cells) == [
        "cell_1_1", "cell_1_2", "reduction_1", "cell_2_1", "cell_2_2", "reduction_2",
        "cell_3_1", "cell_3_2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"image": (3, 30, 32)}, "multiples of 4.*Received 30 x 32"),
        ({"channels": 0}, "channels must be"),
        ({"repeats": 1.5}, "repeats must be"),
        ({"classes": 0}, "classes must be"),
    ],
)
def test_bad_networks_are_refused(arguments, words):
    with pytest.raises(ArchitectureError, match=words):
        nasbench201_network(CHAIN, **arguments)


def test_bad_cells_are_refused():
    with pytest.raises(ArchitectureError, match="'conv_3x3' at position 1 "):
        nasbench201(CHAIN.replace("nor_conv_3x3", "conv_3x3"))
    with pytest.raises(ArchitectureError, match="size must be"):
        nasbench201(CHAIN, size=0)


def test_a_supernet_is_the_sum_of_its_operations():
    choices = [("skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")] + [("none",)] * 5
    choices[3] = ("skip_connect",)
    cell = nasbench201(choices, channels=2, size=4)
    assert cost(cell).parameters == 2 * 2 * (1 + 9) + 2 * 4
    whole = nasbench201_network([OPERATIONS] * 6, channels=4, repeats=1)
    each = [
        cost(nasbench201_network([number] * 6, channels=4, repeats=1)).parameters
        for number in range(5)
    ]
    assert cost(whole).parameters - each[0] == sum(each) - 5 * each[0]


def test_a_supernet_of_one_operation_per_edge_is_the_cell():
    cell = ("nor_conv_3x3", "none", "skip_connect", "avg_pool_3x3", "nor_conv_1x1", "none")
    assert nasbench201([(name,) for name in cell]) == nasbench201(cell)
    assert nasbench201([("none", "none"), *cell[1:]]) == nasbench201(["none", *cell[1:]])


def test_an_edge_of_a_supernet_without_operations_is_refused():
    with pytest.raises(ArchitectureError, match="at least one operation"):
        nasbench201([(), *[("none",)] * 5])
    with pytest.raises(ArchitectureError, match="position 1"):
        nasbench201([("none", "skip_connect"), ("none", "conv"), *[("none",)] * 4])
