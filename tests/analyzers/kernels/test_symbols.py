from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.analyzers.kernels.dags import KINDS, PAIRS, network
from topograph.analyzers.kernels.ledger import Ledger, paths_by_depth
from topograph.analyzers.kernels.reading import read
from topograph.analyzers.kernels.symbols import symbols
from topograph.errors import ArchitectureError

CELLS = np.array(list(itertools.product(range(3), repeat=6)))


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_cells_as_arrays_are_those_read_from_architectures(mode):
    found = symbols(CELLS, PAIRS, KINDS, mode, None, "exact")
    networks = [
        network([(*pair, KINDS[kind]) for pair, kind in zip(PAIRS, cell, strict=True)], width=1)
        for cell in CELLS
    ]
    read_one_by_one = symbols(networks, None, KINDS, mode, None, "exact")
    same: dict = {}
    for place, other_place in zip(found.place, read_one_by_one.place, strict=True):
        mine, other = found.outputs[place], read_one_by_one.outputs[other_place]
        assert same.setdefault(mine, other) == other
        assert [term[1:] for term in sorted(mine, key=lambda t: t[1:])] == [
            term[1:] for term in sorted(other, key=lambda t: t[1:])
        ]
    assert found.ledger.steps == read_one_by_one.ledger.steps
    assert found.paths() == read_one_by_one.paths()


@pytest.mark.parametrize(("mode", "outputs"), [("paper", 66), ("exact", 78)])
def test_distinct_outputs_of_the_space(mode, outputs):
    found = symbols(CELLS, PAIRS, KINDS, mode, None, "exact").outputs
    assert len(found) == len(set(found)) == outputs


def test_without_homogeneity_there_are_eight_evaluations():
    assert symbols(CELLS, PAIRS, KINDS, "paper", "elu", "exact").ledger.steps == 8


def test_op_numbers_may_share_a_kind():
    kinds = ("linear", "zero", "linear")
    found = symbols([[0], [1], [2]], [(0, 1)], kinds, "exact", None, "exact")
    assert found.place[0] == found.place[2] != found.place[1]
    assert found.paths() == (1, 0, 1)


def test_many_edges():
    edges = [(s, t) for t in range(1, 12) for s in range(t)]
    cells = np.ones((2, len(edges)), dtype=int)
    found = symbols(cells, edges, KINDS, "paper", None, "exact")
    assert found.paths() == (2**10, 2**10)
    expected = network([(*edge, "skip") for edge in edges], width=1)
    assert Ledger("paper").output(read(expected)) == found.outputs[0]
    assert sum(paths_by_depth(read(expected)).values()) == 2**10


@pytest.mark.parametrize(
    ("cells", "edges", "kinds"),
    [
        ([[0, 1]], [(0, 1)], KINDS),
        ([[3]], [(0, 1)], KINDS),
        ([[-1]], [(0, 1)], KINDS),
        ([[0.5]], [(0, 1)], KINDS),
        ([0, 1], [(0, 1)], KINDS),
        (np.zeros((0, 1), dtype=int), [(0, 1)], KINDS),
        ([[0]], [(0, 1)], ("none",)),
        ([[0]], [(0, 1)], ()),
    ],
)
def test_cells_that_do_not_fit_are_refused(cells, edges, kinds):
    with pytest.raises(ArchitectureError, match="Let rows, edges and kinds agree"):
        symbols(cells, edges, kinds, "exact", None, "exact")


def test_cycles_and_other_things_are_refused():
    with pytest.raises(ArchitectureError, match="has no cycle"):
        symbols([[0]], [(1, 1)], KINDS, "exact", None, "exact")
    with pytest.raises(ArchitectureError, match="Say `edges="):
        symbols(CELLS, None, KINDS, "exact", None, "exact")


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_a_node_that_nothing_enters_brings_nothing(mode):
    kinds = np.array(list(itertools.product(range(3), repeat=2)))
    found = symbols(kinds, [(0, 2), (1, 2)], KINDS, mode, None, "exact")
    alone = symbols(kinds[:, :1], [(0, 2)], KINDS, mode, None, "exact")
    assert [found.outputs[one] for one in found.place] == [
        alone.outputs[one] for one in alone.place
    ]
    assert found.paths() == alone.paths()
