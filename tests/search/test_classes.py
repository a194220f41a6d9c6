from __future__ import annotations

from itertools import combinations, pairwise

import networkx
import numpy as np
import pytest

from topograph.errors import BudgetError
from topograph.search import CellSpace, canonical_strings, cell_classes
from topograph.search.space import KINDS

NB201, TYPED = CellSpace.nasbench201(), CellSpace.typed()


@pytest.mark.parametrize(
    ("space", "by", "count"),
    [
        (NB201, "labelled", 9445),
        (NB201, "isomorphism", 8765),
        (NB201, "string", 6466),
        (NB201, "function", 4930),
        (TYPED, "labelled", 291),
        (TYPED, "isomorphism", 261),
        (TYPED, "function", 78),
    ],
)
def test_numbers_of_classes(space, by, count):
    classes = cell_classes(space, by=by)
    assert len(np.unique(classes)) == classes.max() + 1 == count
    assert classes[0] == 0


def live_graph(space, index):
    """The live part of a cell as a labelled graph."""
    edges = zip(space.edges, space[index], strict=True)
    graph = networkx.DiGraph()
    graph.add_nodes_from([0, space.nodes - 1])
    graph.add_edges_from((s, t, {"op": op}) for (s, t), op in edges if op != "none")
    first, last = 0, space.nodes - 1
    ways = (networkx.descendants(graph, first) | {first}) & (
        networkx.ancestors(graph, last) | {last}
    )
    live = graph.subgraph(ways | {first, last} if networkx.has_path(graph, first, last) else ())
    for node in live:
        graph.nodes[node]["role"] = {first: "in", last: "out"}.get(node, "inner")
    return live


def isomorphic(first, second):
    """Whether graphs agree, inputs and outputs kept."""
    return networkx.is_isomorphic(
        first,
        second,
        node_match=lambda a, b: a["role"] == b["role"],
        edge_match=lambda a, b: a["op"] == b["op"],
    )


def test_all_typed_classes_are_those_of_networkx():
    classes = cell_classes(TYPED)
    graphs = [live_graph(TYPED, index) for index in range(len(TYPED))]
    found: dict[tuple, list[int]] = {}
    for index, graph in enumerate(graphs):
        key = tuple(sorted(op for *_, op in graph.edges(data="op")))
        group = found.setdefault(key, [])
        same = [other for other in group if isomorphic(graph, graphs[other])]
        assert [int(classes[other]) for other in same] == [int(classes[index])] * len(same)
        if not same:
            group.append(index)
    assert sum(map(len, found.values())) == 261


def test_a_sample_of_pairs_agrees_with_networkx():
    space = NB201.sample(600, rng=2)
    classes = cell_classes(space)
    graphs = [live_graph(space, index) for index in range(len(space))]
    keys = [sorted(op for *_, op in graph.edges(data="op")) for graph in graphs]
    same = 0
    for first, second in combinations(range(len(space)), 2):
        equal = classes[first] == classes[second]
        if keys[first] == keys[second]:
            assert isomorphic(graphs[first], graphs[second]) == equal
            same += equal
        else:
            assert not equal
    assert same > 10


def test_coarser_ways_join_classes():
    found = [cell_classes(NB201, by=by) for by in ("labelled", "isomorphism", "function")]
    for fine, coarse in pairwise(found):
        assert len(np.unique(np.stack([fine, coarse]), axis=1).T) == fine.max() + 1


def function(space, index, node):
    """What a node computes, as a sorted tuple of nested atoms."""
    if node == 0:
        return ("input",)
    atoms = []
    for (source, target), op in zip(space.edges, space[index], strict=True):
        value = function(space, index, source) if target == node and KINDS[op] else ()
        atoms += value if op == "skip_connect" or not value else [f"{op}({'+'.join(value)})"]
    return tuple(sorted(atoms))


def test_functions_agree_with_a_plain_recursion():
    for space in (NB201.sample(2500, rng=4), TYPED):
        written = [function(space, index, space.nodes - 1) for index in range(len(space))]
        classes = cell_classes(space, by="function").tolist()
        assert (
            len(set(written)) == len(set(classes)) == len(set(zip(written, classes, strict=True)))
        )


def test_canonical_strings_are_recursive_sums():
    cells = [
        ("nor_conv_3x3", "skip_connect", "avg_pool_3x3", "none", "none", "skip_connect"),
        ("none",) * 6,
        ("skip_connect", "nor_conv_1x1", "skip_connect", "none", "none", "nor_conv_3x3"),
    ]
    numbers = [[NB201.operations.index(op) for op in cell] for cell in cells]
    space = CellSpace(np.array(numbers), NB201.operations, NB201.edges)
    assert canonical_strings(space) == [
        "#+#+((0)@nor_conv_3x3)@avg_pool_3x3+0",
        "#+#+#",
        "#+#+((0)@nor_conv_1x1+0)@nor_conv_3x3",
    ]


@pytest.mark.data
def test_canonical_strings_are_those_of_the_benchmark(data_folder):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(data_folder / "nasbench201" / "nasbench201.csv.gz")
    assert canonical_strings(NB201) == table.unique_str.tolist()
    assert NB201.strings == table.arch_str.tolist()


@pytest.mark.data
def test_cells_of_one_function_are_about_equally_accurate(data_folder):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(data_folder / "nasbench201" / "nasbench201.csv.gz")
    groups = table.cifar10_test.groupby(cell_classes(NB201, by="function"))
    within = (table.cifar10_test - groups.transform("mean")).std()
    assert within < 0.1 * table.cifar10_test.std()


def test_outputs_of_several_nodes():
    darts = CellSpace.darts(nodes=2)
    strings = canonical_strings(darts)
    assert all(string.count(",") == 1 for string in strings)
    assert len(set(strings)) == len(darts) == cell_classes(darts, by="labelled").max() + 1
    # Exchanging two inner nodes that read the inputs alone joins cells.
    assert cell_classes(darts).max() + 1 < len(darts)


def test_classes_of_no_cells():
    for by in ("labelled", "isomorphism", "function", "string"):
        assert cell_classes(NB201[:0], by=by).shape == (0,)


def test_unknown_ways_are_refused():
    with pytest.raises(BudgetError, match="Received 'graph'"):
        cell_classes(NB201, by="graph")


def test_cells_beyond_one_integer_are_refused():
    edges = tuple((s, t) for t in range(1, 13) for s in range(t))
    space = CellSpace(np.zeros((1, 78), dtype=int), ("none", "linear"), edges, outputs=(12,))
    with pytest.raises(BudgetError, match="78 edges with 2 operations"):
        cell_classes(space, by="labelled")
    assert cell_classes(space, by="function").tolist() == [0]
