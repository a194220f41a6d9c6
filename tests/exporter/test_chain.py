from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given

from tests.exporter.families import families, uneven
from topograph.errors import ArchitectureError
from topograph.exporter.chain import check_alike, read_chain
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Architecture, Builder, Linear, Select

NETWORK = dense_mlp(3, 4, candidates=2, inputs=5, classes=2, rng=0)


def test_a_perceptron_is_read_layer_by_layer() -> None:
    chain = read_chain(NETWORK)
    assert (chain.inputs, chain.widths, chain.activation) == (5, (3, 3, 3, 2), "elu")
    assert chain.reads[0].tolist() == [0, 1, 2]
    assert chain.reads[1].tolist()[:3] == [3, 4, 5]
    assert set(chain.reads[1].tolist()[3:]) < {0, 1, 2}


def test_selections_repetitions_and_nested_concatenations_are_followed() -> None:
    chain = read_chain(uneven(1))
    assert [reads.tolist() for reads in chain.reads] == [
        [0, 1, 2, 3, 4],
        [5, 6, 1, 3],
        [4, 4, 0, 7, 8, 9, 10, 5, 6, 6],
    ]


@given(families())
def test_what_a_layer_reads_are_its_links_in_the_channel_graph(
    networks: list[Architecture],
) -> None:
    for network in networks:
        chain, graph = read_chain(network), network.channel_graph()
        matrix = graph.adjacency.toarray()
        starts = chain.inputs + np.cumsum(chain.widths)[:-1]
        for start, width, reads in zip(starts, chain.widths[1:], chain.reads, strict=True):
            for target in range(start, start + width):
                assert np.flatnonzero(matrix[:, target]).tolist() == sorted(reads + chain.inputs)


def two_inputs() -> Architecture:
    b = Builder()
    b.linear(b.concat([b.input(2), b.input(3)]), 2)
    return b.build()


def no_bias() -> Architecture:
    b = Builder()
    b.linear(b.linear(b.input(2), 3, bias=False, name="h"), 2)
    return b.build()


def input_read_twice() -> Architecture:
    b = Builder()
    x = b.input(2, name="x")
    b.linear(x, 3, name="h")
    b.linear(x, 3, name="g")
    return b.build()


def input_in_a_concatenation() -> Architecture:
    b = Builder()
    x = b.input(2, name="x")
    b.linear(b.concat([b.linear(x, 3), x], name="c"), 3)
    return b.build()


def two_outputs() -> Architecture:
    b = Builder()
    h = b.linear(b.input(2), 3)
    b.linear(h, 3)
    b.linear(h, 3)
    return b.build()


def single_layer() -> Architecture:
    b = Builder()
    b.linear(b.input(2), 3)
    return b.build()


STRANGERS: dict[str, tuple[Callable[[], Architecture], str]] = {
    "a map": (lambda: dense_cnn((2,), 2, candidates=0), "image is a map"),
    "two inputs": (two_inputs, "not exactly one input"),
    "a norm": (
        lambda: NETWORK.replace("layer_1", normalisation="batch"),
        "layer_1 is normalised",
    ),
    "an activated input": (
        lambda: NETWORK.replace("input", activation="relu"),
        "the input has an activation",
    ),
    "an activated concatenation": (
        lambda: NETWORK.replace("concat_2", activation="relu"),
        "concat_2 has an activation",
    ),
    "two activations": (
        lambda: NETWORK.replace("layer_1", activation="relu"),
        "layer_0 and layer_1 differ in activation",
    ),
    "an activated output": (
        lambda: NETWORK.replace("classifier", activation="elu"),
        "classifier, has an activation",
    ),
    "no bias": (no_bias, "h is not a single full linear map with a bias"),
    "a selection": (
        lambda: NETWORK.replace(NETWORK.in_edges("layer_1")[0], wiring=Select([2, 1, 0])),
        "layer_1 is not a single full linear map",
    ),
    "two maps into a layer": (
        lambda: NETWORK.with_edge(type(NETWORK.edges[0])("layer_0", "layer_2", Linear())),
        "layer_2 is not a single full linear map",
    ),
    "the input twice": (input_read_twice, "g reads x"),
    "the input in a concatenation": (input_in_a_concatenation, "x -> c.1. does not carry"),
    "two outputs": (two_outputs, "and not the last layer"),
    "one layer": (single_layer, "fewer than two layers"),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_networks_of_another_kind_are_refused_by_the_first_fault(case: str) -> None:
    build, fault = STRANGERS[case]
    with pytest.raises(ArchitectureError, match=fault) as caught:
        read_chain(build())
    assert "to_module" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"inputs": 6}, "the inputs 5 in network 0 and 6 in network 1"),
        ({"width": 4}, r"the widths \(3, 3, 3, 2\) in network 0 and \(4, 4, 4, 2\) in network 1"),
        ({"depth": 3}, r"and \(3, 3, 2\) in network 1"),
        ({"classes": 3}, r"and \(3, 3, 3, 3\) in network 1"),
        ({"activation": "relu"}, "the activation elu in network 0 and relu in network 1"),
    ],
)
def test_the_first_difference_of_two_networks_is_named(
    change: dict[str, object], words: str
) -> None:
    usual = {"width": 3, "depth": 4, "candidates": 2, "inputs": 5, "classes": 2}
    other = dense_mlp(**{**usual, **change})  # type: ignore[arg-type]
    with pytest.raises(ArchitectureError, match=words):
        check_alike([read_chain(NETWORK), read_chain(other)])


def test_no_network_is_no_population() -> None:
    with pytest.raises(ArchitectureError, match="Give at least one"):
        check_alike([])
