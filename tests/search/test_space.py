from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topograph.errors import ArchitectureError, BudgetError, ShapeError
from topograph.generators import nasbench201
from topograph.search import CellSpace

NB201 = CellSpace.nasbench201()
STRING = "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"


def test_the_whole_space_lies_edge_by_edge_in_memory():
    assert NB201.cells.shape == (15_625, 6)
    assert NB201.cells.T.flags.c_contiguous
    assert not NB201.cells.flags.writeable
    assert (NB201.nodes, NB201.inputs, NB201.outputs) == (4, (0,), (3,))
    assert repr(NB201) == "CellSpace('nasbench201', 15625 cells, 4 nodes, 6 edges)"


def test_strings_come_back():
    strings = NB201.strings
    assert strings[9] == STRING
    assert len(set(strings)) == 15_625
    again = CellSpace.from_strings(strings)
    assert np.array_equal(again.cells, NB201.cells)
    assert (again.edges, again.name, again.outputs) == (NB201.edges, NB201.name, NB201.outputs)


@given(st.integers(-15_625, 15_624))
def test_one_cell_is_a_tuple_of_names(index):
    names = NB201[index]
    assert [NB201.operations.index(name) for name in names] == NB201.cells[index].tolist()
    assert nasbench201(names) == nasbench201(index % 15_625)


def test_some_cells_are_a_space():
    assert np.array_equal(NB201[3:9].cells, NB201.cells[3:9])
    assert np.array_equal(NB201[[5, 5, -1]].cells, NB201.cells[[5, 5, -1]])
    mask = NB201.count("none") == 0
    assert len(NB201[mask]) == 4**6
    assert NB201[mask].name == "nasbench201"
    assert list(NB201[3:5]) == [NB201[3], NB201[4]]
    assert len(NB201[:0]) == 0


def test_counts_of_operations_are_binomial():
    convolutions = NB201.count("nor_conv_1x1", "nor_conv_3x3")
    assert np.bincount(convolutions).tolist() == [729, 2916, 4860, 4320, 2160, 576, 64]
    with pytest.raises(ArchitectureError, match="Received 'conv'"):
        NB201.count("conv")


def test_kinds_say_what_operations_do_to_paths():
    assert NB201.kinds[9].tolist() == [1, 0, 0, 1, 0, 2]
    assert np.array_equal((NB201.kinds == 2).sum(axis=1), NB201.count(*NB201.operations[2:4]))


def test_typed_graphs_are_all_there():
    for nodes in (2, 3, 4):
        space = CellSpace.typed(nodes=nodes)
        edges = nodes * (nodes - 1) // 2
        assert sorted(map(tuple, space.cells.tolist())) == sorted(product(range(3), repeat=edges))


def test_darts_cells_read_two_different_nodes_each():
    space = CellSpace.darts()
    assert len(space) == len(np.unique(space.cells, axis=0)) == 46_080
    targets = np.array([target for _, target in space.edges])
    for node in (2, 3, 4, 5):
        assert ((space.cells[:, targets == node] > 0).sum(axis=1) == 2).all()
    assert len(CellSpace.darts(nodes=1)) == 4
    assert len(CellSpace.darts(nodes=5)) == 60 * 46_080


def test_samples_are_drawn_without_repetition():
    drawn = NB201.sample(500, rng=3)
    assert len(np.unique(drawn.cells, axis=0)) == 500
    assert np.array_equal(drawn.cells, NB201.sample(500, rng=3).cells)
    assert len(NB201.sample(15_625, rng=0)) == 15_625
    with pytest.raises(BudgetError, match="Received 15626"):
        NB201.sample(15_626, rng=0)


def test_every_cell_is_equally_likely():
    few = NB201[:6]
    rng = np.random.default_rng(0)
    drawn = np.concatenate([few.sample(2, rng=rng).cells for _ in range(1500)])
    counts = (drawn[:, None] == few.cells).all(axis=2).sum(axis=0)
    # 1,500 draws of 2 out of 6: standard deviation of each count 18.3.
    assert np.abs(counts - 500).max() < 5 * 18.3


@pytest.mark.parametrize(
    ("strings", "words"),
    [
        ([], "Received 0 strings"),
        ([STRING, "|none~0|"], "2 strings with 2 sets"),
        ([STRING, STRING.replace("none~1|+|skip", "conv~1|+|skip")], "'conv' at position 25"),
    ],
)
def test_strings_that_are_no_space_are_refused(strings, words):
    with pytest.raises(ArchitectureError, match=words):
        CellSpace.from_strings(strings)


ONE = ((0, 1),)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[0]], ("none", "conv"), ONE), "Received 'conv' at place 1"),
        (([[0]], ("none",), ((1, 0),)), "from a node to a later one"),
        (([[0]], ("none",), ()), "A cell has edges"),
        (([[0]], ("none",), ONE, (0,), (3,)), "for 2 nodes"),
        (([[0]], ("none",), ONE, (), (1,)), "has inputs and outputs"),
        (([[0]], ("none",), ONE, (0, 1), (1,)), "No edge enters an input"),
        (([[1]], ("none",), ONE, (0,), (1,)), "numbers of operations"),
        (([[0, 0]], ("none",), ONE, (0,), (1,)), "for 1 edges"),
        (([0], ("none",), ONE, (0,), (1,)), "of shape \\(1,\\)"),
        (([[0.0]], ("none",), ONE, (0,), (1,)), "float64"),
    ],
)
def test_parts_that_do_not_fit_are_refused(arguments, words):
    cells, *others = arguments
    with pytest.raises((ArchitectureError, ShapeError), match=words):
        CellSpace(np.array(cells), *others)


@pytest.mark.parametrize("index", [15_625, -15_626, 1.0, "0", None])
def test_an_index_out_of_range_is_refused(index):
    with pytest.raises(ArchitectureError, match="there are 15625 cells"):
        NB201[index]


@pytest.mark.parametrize(
    ("make", "nodes"),
    [(CellSpace.typed, 1), (CellSpace.typed, 7), (CellSpace.darts, 0), (CellSpace.darts, 6)],
)
def test_spaces_that_are_too_large_are_refused(make, nodes):
    with pytest.raises(BudgetError, match=f"Received {nodes}"):
        make(nodes=nodes)
