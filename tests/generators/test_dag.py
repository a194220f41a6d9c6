from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import ArchitectureError
from topograph.exporter import to_module
from topograph.generators import EDGE_KINDS, dag
from topograph.graph import Architecture, Zero

PAIRS = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
CELLS = st.tuples(*[st.sampled_from(EDGE_KINDS)] * 6)


def forward(module, edges, x):
    """Evaluate a graph edge by edge with the weights of its module."""
    values = {0: x}
    for node in range(1, 4):
        values[node] = torch.zeros_like(x)
        for source, target, kind in edges:
            if target == node and kind == "skip":
                values[node] = values[node] + values[source]
            elif target == node and kind == "linear":
                layer = module.get_submodule(f"linear_{source}_{target}")
                values[node] = values[node] + torch.relu(layer(values[source]))
    return values[3]


@given(CELLS, st.integers(0, 5))
def test_modules_compute_the_sums_of_their_edges(kinds, seed):
    edges = [(*pair, kind) for pair, kind in zip(PAIRS, kinds, strict=True)]
    module = to_module(dag(edges, width=5), rng=seed)
    x = torch.randn(3, 5, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(module(x), forward(module, edges, x))
    linear = kinds.count("linear")
    assert sum(p.numel() for p in module.parameters()) == linear * (5 * 5 + 5)


def test_stem_and_readout():
    network = dag([(0, 1, "linear")], width=8, inputs=12, classes=3, activation="tanh")
    assert [node.name for node in network.nodes] == [
        "input", "node_0", "linear_0_1", "node_1", "readout",
    ]  # fmt: skip
    assert network.node("node_0").activation == "tanh"
    assert network.node("readout").activation is None
    assert to_module(network, rng=0)(torch.zeros(2, 12)).shape == (2, 3)


def test_networks_train():
    network = to_module(dag([(0, 1, "linear"), (0, 1, "skip")], classes=2, width=6), rng=0)
    loss = torch.nn.functional.cross_entropy(network(torch.ones(4, 6)), torch.zeros(4).long())
    loss.backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_parallel_edges_have_weights_of_their_own():
    network = dag([(0, 1, "linear"), (0, 1, "linear"), (0, 1, "skip"), (0, 1, "skip")], width=3)
    assert [node.name for node in network.nodes] == [
        "node_0", "linear_0_1", "linear_0_1_1", "node_1",
    ]  # fmt: skip
    assert len(network.in_edges("node_1")) == 4


def test_a_node_that_nothing_reaches_is_zero():
    network = dag([(0, 2, "skip"), (1, 2, "linear")], width=3)
    assert isinstance(network.in_edges("node_1")[0].op, Zero)
    x = torch.ones(1, 3)
    bias = to_module(network, rng=0, init="kaiming_normal")(x)
    torch.testing.assert_close(bias, x)


def test_graphs_are_values():
    edges = [(0, 1, "linear"), (1, 2, "skip")]
    assert dag(edges) == dag(tuple(edges)) == dag(iter(edges))
    numbers = np.arange(3)
    assert dag([(numbers[0], numbers[1], "linear"), (1, 2, "skip")]) == dag(edges)
    assert isinstance(dag([(3, 40, "linear")]), Architecture)
    assert dag([(3, 40, "linear")]).name == "dag(3-40linear)"


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ([], "Received no edge"),
        ([(0, 1)], "is a triple"),
        ([(0, "b", "skip")], "is a triple"),
        ([(0, 1, "conv")], "Received 'conv' from 0 to 1"),
        ([(0, 1, ["skip"])], "is one of zero, skip, linear"),
        ([(1, 0, "skip")], "no cycle.*from 1 to 0"),
        ([(1, 1, "skip")], "no cycle"),
        ([(-1, 1, "skip")], "from -1 to 1"),
    ],
)
def test_what_is_no_graph_is_refused(edges, words):
    with pytest.raises(ArchitectureError, match=words):
        dag(edges)


@pytest.mark.parametrize(
    "options", [{"width": 0}, {"classes": 0}, {"inputs": 1.5}, {"activation": "swoosh"}]
)
def test_numbers_and_words_out_of_range_are_refused(options):
    with pytest.raises(ArchitectureError):
        dag([(0, 1, "linear")], **options)
