import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.analyzers import cost
from topograph.errors import ArchitectureError
from topograph.generators import dense_cnn, dense_mlp

counts = st.integers(1, 5)


@given(counts, st.integers(2, 9), st.integers(0, 20), counts, counts)
def test_parameters_of_mlps_have_a_closed_form(width, depth, candidates, inputs, classes):
    network = dense_mlp(width, depth, candidates=candidates, inputs=inputs, classes=classes, rng=0)
    reads = [inputs] + [width + min(width * (i - 1), candidates) for i in range(1, depth)]
    makes = [width] * (depth - 1) + [classes]
    expected = sum((read + 1) * make for read, make in zip(reads, makes, strict=True))
    assert cost(network).parameters == expected


@given(st.lists(counts, min_size=1, max_size=3), st.integers(2, 6), st.integers(0, 20))
def test_parameters_of_cnns_have_a_closed_form(widths, depth, candidates):
    network = dense_cnn(widths, depth, candidates=candidates, image=(3, 16, 16), rng=0)
    before, expected = 3, 0
    for place, width in enumerate(widths):
        expected += 9 * before * width + (2 * before if place else 0)
        for i in range(1, depth):
            read = width + min(width * (i - 1), candidates)
            expected += 9 * read * width + 2 * read
        before = width
    assert cost(network).parameters == expected + 2 * before + 10 * before + 10


@pytest.mark.parametrize(
    ("depth", "candidates", "parameters", "giga_flops"),
    [
        (20, (90, 170, 300), 11_891_370, 3.6332),
        (20, (50, 100, 150), 8_146_242, 2.5372),
        (12, (60, 130, 170), 5_019_894, 1.5921),
        (11, (70, 140, 180), 4_691_430, 1.5126),
        (9, (70, 140, 200), 3_824_062, 1.1981),
    ],
)
def test_published_networks(depth, candidates, parameters, giga_flops):
    # Table 1 of Bhardwaj, Li and Marculescu (2021).
    found = cost(dense_cnn((32, 64, 128), depth, candidates=candidates, rng=0))
    assert found.parameters == parameters
    assert found.flops / 1e9 == pytest.approx(giga_flops, abs=5e-5)


@given(st.integers(0, 3))
def test_the_same_seed_gives_the_same_network(seed):
    one = dense_cnn((3, 4), 5, candidates=4, rng=seed)
    assert one == dense_cnn((3, 4), 5, candidates=4, rng=seed)
    assert one.digest == dense_cnn((3, 4), 5, candidates=4, rng=np.random.default_rng(seed)).digest


def test_cells_draw_from_streams_of_their_own():
    one = dense_cnn((4, 4), 6, candidates=3, rng=5)
    longer = dense_cnn((4, 4, 4), 6, candidates=3, rng=5)
    wider = dense_cnn((4, 4), 6, candidates=(9, 3), rng=5)
    names = [f"cell_2_concat_{i}" for i in range(1, 6)]
    for name in names:
        assert one.in_edges(name) == longer.in_edges(name) == wider.in_edges(name)


def test_all_candidates_give_the_complete_cell():
    network = dense_mlp(3, 5, candidates=100, rng=0)
    for i in range(2, 4):
        assert network.node(f"concat_{i}").width == 3 * i


def test_maps_are_halved_between_cells():
    network = dense_cnn((2, 3, 4), 3, candidates=1, image=(1, 28, 20), rng=0)
    sizes = [layers[0].size for layers in network.cells.values()]
    assert sizes == [(28, 20), (14, 10), (7, 5)]


def test_separable_layers_are_expansion_blocks():
    network = dense_cnn((4,), 3, candidates=2, separable=True, rng=0)
    wide = 6 * network.node("cell_1_concat_2").width
    assert network.node("cell_1_layer_2_expand").width == wide
    found = {part.node: part.parameters for part in cost(network).by_node}
    assert found["cell_1_layer_2_filter"] == 9 * wide + 2 * wide
    assert found["cell_1_layer_2"] == 4 * wide


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"width": 0}, "width must be a whole number at least 1"),
        ({"depth": 1}, "depth must be"),
        ({"candidates": -1}, "candidates must be .*Received -1"),
        ({"candidates": 2.5}, "candidates must be .*Received 2.5"),
        ({"candidates": True}, "candidates must be"),
        ({"inputs": 0}, "inputs must be"),
        ({"activation": "rleu"}, "activation of a node is one of .*Received 'rleu'"),
    ],
)
def test_bad_mlps_are_refused(arguments, words):
    good = {"width": 4, "depth": 4, "candidates": 2}
    merged = {**good, **arguments}
    with pytest.raises(ArchitectureError, match=words):
        dense_mlp(merged.pop("width"), merged.pop("depth"), **merged)


@pytest.mark.parametrize(
    ("widths", "depth", "arguments", "words"),
    [
        ((), 4, {"candidates": 1}, "at least one cell"),
        ((4, 4), 4, {"candidates": (1,)}, "candidates for each"),
        ((4, 0), 4, {"candidates": 1}, "width must be"),
        ((4,), 1, {"candidates": 1}, "cell_depth must be"),
        ((4,), 4, {"candidates": 1.0}, "candidates must be"),
        ((4,), 4, {"candidates": 1, "image": (3, 32)}, "three axes"),
        ((4,), 4, {"candidates": 1, "image": (3, 0, 32)}, "image must be"),
    ],
)
def test_bad_cnns_are_refused(widths, depth, arguments, words):
    with pytest.raises(ArchitectureError, match=words):
        dense_cnn(widths, depth, **arguments)
