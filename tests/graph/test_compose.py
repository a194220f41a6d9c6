from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph import (
    Architecture,
    Builder,
    Edge,
    Identity,
    Linear,
    Node,
    parallel,
    repeat,
    serial,
)

NAMES = ("x", "h", "h_2", "y", "sum")
MERGED = {"sum": sum, "product": lambda parts: np.prod(parts, axis=0), "concat": np.concatenate}


@st.composite
def blocks(draw, ends=1):
    """An architecture from `ends` vectors of width 3 to as many, with names that will clash."""
    names = draw(st.permutations(NAMES))
    size = draw(st.integers(ends, len(names)))
    nodes, edges = [], []
    for place, name in enumerate(names[:size]):
        before = [node.name for node in nodes]
        fields = {"merge": draw(st.sampled_from(["sum", "product"]))} if place >= ends else {}
        fields["activation"] = draw(st.sampled_from([None, None, "relu"]))
        fields["normalisation"] = draw(st.sampled_from([None, None, "batch"]))
        fields["cell"] = draw(st.sampled_from([None, None, "cell", "cell_2"]))
        fields["layer"] = place if fields["cell"] and draw(st.booleans()) else None
        nodes.append(Node(name, 3, **fields))
        if place >= ends:
            sources = draw(st.lists(st.sampled_from(before), min_size=1, max_size=3))
            ops = [draw(st.sampled_from([Linear(), Identity()])) for _ in sources]
            links = enumerate(zip(sources, ops, strict=True))
            edges += [Edge(source, name, op, None, position) for position, (source, op) in links]
    chosen = st.lists(st.sampled_from(names[:size]), min_size=ends, max_size=ends, unique=True)
    return Architecture(nodes, edges, draw(chosen))


def run(architecture, weights, inputs):
    """Compute the outputs; linear maps take their matrices from `weights`, in order of the edges.

    Normalisations scale by 3, which is enough to notice that one of them is missing.
    """
    values = dict(zip(architecture.inputs, inputs, strict=True))
    for node in architecture.nodes:
        parts = [
            next(weights) @ values[edge.source] if edge.op == Linear() else values[edge.source]
            for edge in architecture.in_edges(node.name)
        ]
        if parts:
            values[node.name] = MERGED[node.merge](parts)
        if node.normalisation:
            values[node.name] = 3 * values[node.name]
        if node.activation:
            values[node.name] = np.maximum(values[node.name], 0)
    return [values[name] for name in architecture.outputs]


def matrices():
    """Yield random matrices without end, the same ones every time."""
    rng = np.random.default_rng(0)
    while True:
        yield rng.standard_normal((3, 3))


def parameters(architecture):
    """Count 12 for each linear map of three neurons, 6 for each normalisation of them."""
    linear = sum(edge.op == Linear() for edge in architecture.edges)
    return 12 * linear + 6 * sum(node.normalisation is not None for node in architecture.nodes)


def anonymous(architecture):
    """Return the architecture with its nodes and cells numbered instead of named."""
    names = {node.name: f"n{place}" for place, node in enumerate(architecture.nodes)}
    cells = {None: None}
    for node in architecture.nodes:
        cells.setdefault(node.cell, f"c{len(cells)}")
    return Architecture(
        [replace(n, name=names[n.name], cell=cells[n.cell]) for n in architecture.nodes],
        [replace(e, source=names[e.source], target=names[e.target]) for e in architecture.edges],
        [names[output] for output in architecture.outputs],
    )


PAIRS = st.integers(1, 2).flatmap(lambda ends: st.tuples(blocks(ends), blocks(ends)))
TRIPLES = st.integers(1, 2).flatmap(
    lambda ends: st.tuples(blocks(ends), blocks(ends), blocks(ends))
)


def assert_equal(left, right):
    assert len(left) == len(right)
    for one, other in zip(left, right, strict=True):
        np.testing.assert_allclose(one, other)


@given(PAIRS)
def test_serial_computes_one_after_the_other(pair):
    inputs = list(np.random.default_rng(1).standard_normal((len(pair[0].inputs), 3)))
    weights, again = matrices(), matrices()
    expected = run(pair[1], weights, run(pair[0], weights, inputs))
    assert_equal(run(serial(*pair), again, inputs), expected)


@given(PAIRS, st.sampled_from(["sum", "product", "concat"]))
def test_parallel_computes_side_by_side(pair, merge):
    inputs = list(np.random.default_rng(1).standard_normal((len(pair[0].inputs), 3)))
    weights, again = matrices(), matrices()
    found = [run(block, weights, inputs) for block in pair]
    expected = [MERGED[merge](parts) for parts in zip(*found, strict=True)]
    assert_equal(run(parallel(*pair, merge=merge), again, inputs), expected)


@given(TRIPLES)
def test_serial_is_associative_up_to_names(triple):
    a, b, c = triple
    whole = anonymous(serial(a, b, c))
    assert anonymous(serial(serial(a, b), c)) == whole
    assert anonymous(serial(a, serial(b, c))) == whole


@given(PAIRS)
def test_parameters_add_up(pair):
    total = sum(map(parameters, pair))
    assert parameters(serial(*pair)) == total
    assert parameters(parallel(*pair)) == total


@given(PAIRS)
def test_ends_and_cells_are_those_of_the_parts(pair):
    for composed in (serial(*pair), parallel(*pair)):
        assert len(composed.inputs) == len(pair[0].inputs)
        assert len(composed.outputs) == len(pair[1].outputs)
        layers = [len(cell) for part in pair for cell in part.cells.values()]
        assert [len(cell) for cell in composed.cells.values()] == layers


@given(blocks())
def test_one_part_comes_back(block):
    assert serial(block) == parallel(block) == repeat(block, 1) == block
    assert serial(block, name="new").name == parallel(block, name="new").name == "new"


@settings(max_examples=50)
@given(blocks(), st.integers(2, 4))
def test_repeat_is_serial_of_copies(block, times):
    assert repeat(block, times) == serial(*[block] * times)
    assert parameters(repeat(block, times)) == times * parameters(block)


@given(PAIRS)
def test_names_are_deterministic_and_the_first_keeps_its_own(pair):
    composed = serial(*pair)
    assert composed.digest == serial(*pair).digest
    assert composed.nodes[: len(pair[0].nodes)] == pair[0].nodes


def layer(width=3, **fields):
    b = Builder()
    b.linear(b.input(3, name="x", **fields), width, name="y")
    return b.build()


def test_a_plain_input_vanishes():
    twice = serial(layer(), layer(), name="two layers")
    assert twice.name == "two layers"
    assert twice.nodes == (Node("x", 3), Node("y", 3), Node("y_2", 3))
    assert twice.edges == (Edge("x", "y", Linear()), Edge("y", "y_2", Linear()))


@pytest.mark.parametrize(
    ("field", "value"), [("activation", "relu"), ("normalisation", "batch"), ("cell", "c")]
)
def test_an_input_with_a_part_of_its_own_stays_behind_an_identity(field, value):
    fields = {field: value}
    twice = serial(layer(), layer(**fields))
    assert twice.nodes[2] == Node("x_2", 3, **fields)
    assert twice.in_edges("x_2") == (Edge("y", "x_2", Identity()),)
    both = parallel(layer(**fields), layer())
    assert both.nodes[:2] == (Node("x", 3), Node("x_2", 3, **fields))


def test_suffixes_count_on_and_avoid_names_that_are_there():
    block = Architecture(
        [Node("x", 1), Node("h", 1), Node("h_2", 1)],
        [Edge("x", "h", Linear()), Edge("h", "h_2", Linear())],
    )
    names = [node.name for node in repeat(block, 3).nodes]
    assert names == ["x", "h", "h_2", "h_3", "h_2_2", "h_4", "h_2_3"]


def test_cells_are_told_apart():
    b = Builder()
    x = b.input(3, name="x")
    with b.cell("cell"):
        b.linear(x, 3, name="y", layer=0)
    thrice = repeat(b.build(), 3)
    assert {cell: [n.name for n in layers] for cell, layers in thrice.cells.items()} == {
        "cell": ["y"],
        "cell_2": ["y_2"],
        "cell_3": ["y_3"],
    }


def test_parallel_merges_each_output_by_itself():
    b = Builder()
    x = b.input(2, name="x")
    two = (b.linear(x, 3, name="p"), b.linear(x, 1, name="q"))
    split = b.build(outputs=two)
    both = parallel(split, split, merge="concat", name="both")
    assert both.name == "both"
    assert both.inputs == ("x",)
    assert [(both.node(n).name, both.node(n).width) for n in both.outputs] == [
        ("concat", 6),
        ("concat_2", 2),
    ]
    assert [edge.source for edge in both.in_edges("concat")] == ["p", "p_2"]


def test_a_skip_is_a_block_in_parallel_to_nothing():
    residual = parallel(Architecture([Node("x", 3)]), layer())
    assert residual.in_edges("sum") == (
        Edge("x", "sum", Identity()),
        Edge("y", "sum", Identity(), position=1),
    )


def test_a_product_takes_gates():
    b = Builder()
    x = b.input(3, size=4, name="x")
    b.global_pool(x, name="gate")
    gated = parallel(Architecture([Node("x", 3, (4, 4))]), b.build(), merge="product")
    assert gated.node("product").shape == (3, 4, 4)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match=r"\(4,\).*\(3,\)"):
        serial(layer(4), layer())
    with pytest.raises(ShapeError, match="Parts fit together"):
        serial(layer(), Architecture([Node("x", 3), Node("z", 3)]))
    with pytest.raises(ShapeError, match="Parts fit together"):
        parallel(layer(), Architecture([Node("x", 3, (1, 1))]))
    with pytest.raises(ShapeError, match=r"\[merges\]"):
        parallel(layer(), layer(4))
    with pytest.raises(ShapeError, match="as many"):
        parallel(layer(), replace(layer(), outputs=("x", "y")))


def test_nothing_and_unknown_merges_are_refused():
    for compose in (serial, parallel):
        with pytest.raises(ArchitectureError, match="at least one"):
            compose()
    with pytest.raises(ArchitectureError, match="max"):
        parallel(layer(), layer(), merge="max")


@pytest.mark.parametrize("times", [0, -1, 1.0, True, "2", None])
def test_repeat_counts(times):
    with pytest.raises(ArchitectureError, match="times must be a whole number"):
        repeat(layer(), times)
