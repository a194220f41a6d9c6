import pytest

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph import (
    Activation,
    Architecture,
    Builder,
    Conv2d,
    Edge,
    Flatten,
    Full,
    GlobalPool,
    Grouped,
    Identity,
    Linear,
    Link,
    Node,
    Norm,
    Pool,
    Select,
    Zero,
)


def test_a_network_is_built_as_if_by_hand():
    b = Builder("residual")
    x = b.input(4, size=8, name="x")
    h = b.conv(x, 4, groups=2, normalisation="batch", activation="relu", name="h")
    y = b.add([x, h], name="y")
    b.linear(b.global_pool(y, name="g"), 3, bias=False, name="z")
    nodes = [
        Node("x", 4, (8, 8)),
        Node("h", 4, (8, 8), normalisation="batch", activation="relu"),
        Node("y", 4, (8, 8)),
        Node("g", 4),
        Node("z", 3),
    ]
    edges = [
        Edge("x", "h", Conv2d(3), Grouped(2)),
        Edge("x", "y", Identity(), position=0),
        Edge("h", "y", Identity(), position=1),
        Edge("y", "g", GlobalPool()),
        Edge("g", "z", Linear(False)),
    ]
    assert b.build() == Architecture(nodes, edges)
    assert b.build().name == "residual"


@pytest.fixture
def maps():
    """A builder with a map x of 3 channels and 8 x 6 pixels, and a vector v of 3 neurons."""
    b = Builder()
    b.input(3, size=(8, 6), name="x")
    b.input(3, name="v")
    return b


@pytest.mark.parametrize(
    ("method", "source", "arguments", "shape", "op"),
    [
        ("linear", "v", (7,), (7,), Linear()),
        ("conv", "x", (7,), (7, 8, 6), Conv2d(3)),
        ("pool", "x", (), (3, 4, 3), Pool("max", 2)),
        ("pool", "x", ("average",), (3, 4, 3), Pool("average", 2)),
        ("global_pool", "x", (), (3,), GlobalPool()),
        ("global_pool", "x", ("max",), (3,), GlobalPool("max")),
        ("flatten", "x", (), (144,), Flatten()),
        ("activation", "x", ("silu",), (3, 8, 6), Activation("silu")),
        ("norm", "v", (), (3,), Norm()),
        ("norm", "x", ("layer",), (3, 8, 6), Norm("layer")),
    ],
)
def test_each_method_adds_one_node_behind_one_op(maps, method, source, arguments, shape, op):
    name = getattr(maps, method)(source, *arguments, cell="c", layer=2)
    built = maps.build()
    assert built.node(name).shape == shape
    assert (built.node(name).cell, built.node(name).layer) == ("c", 2)
    assert built.in_edges(name) == (Edge(source, name, op),)


def test_convolutions_take_their_window(maps):
    name = maps.conv("x", 2, kernel=(5, 3), stride=2, bias=True)
    assert maps.build().edges == (Edge("x", name, Conv2d((5, 3), stride=2, bias=True), Full()),)
    assert maps.build().node(name).shape == (2, 4, 3)


def test_merges_infer_their_shape(maps):
    product = maps.multiply(["x", "v"])
    concat = maps.concat(["x", ("x", [2, 0]), product])
    zero = maps.node([Link("x", Zero()), Link("x", Pool("max", 2))])
    empty = maps.node([Link("x", Zero())])
    built = maps.build()
    assert built.node(product) == Node(product, 3, (8, 6), "product")
    assert built.node(concat) == Node(concat, 8, (8, 6), "concat")
    assert built.in_edges(concat)[1] == Edge("x", concat, Identity(), Select([2, 0]), 1)
    assert built.node(zero).shape == (3, 4, 3)
    assert built.node(empty).shape == (3, 8, 6)


def test_a_node_merges_any_links(maps):
    g = maps.global_pool("x")
    y = maps.node([Link("v", Linear()), Link(g), Link("v", Activation("tanh"))])
    built = maps.build()
    assert built.node(y).shape == (3,)
    assert [(e.source, e.op, e.position) for e in built.in_edges(y)] == [
        ("v", Linear(), 0),
        (g, Identity(), 1),
        ("v", Activation("tanh"), 2),
    ]


def test_a_width_is_inferred_unless_all_links_mix(maps):
    assert maps.node([Link("v", Linear()), Link("v", Identity(), Select([0, 1]))])
    assert maps.build().nodes[-1].width == 2
    with pytest.raises(ArchitectureError, match="Say `width"):
        maps.node([Link("v", Linear())])


def test_cells_hold_what_is_made_inside():
    b = Builder()
    x = b.input(2)
    with b.cell("outer"):
        h = b.linear(x, 2, layer=0)
        with b.cell("inner"):
            k = b.linear(h, 2)
        m = b.linear(k, 2, layer=1)
        n = b.linear(m, 2, cell=None)
    y = b.linear(n, 2)
    built = b.build()
    cells = [built.node(name).cell for name in (x, h, k, m, n, y)]
    assert cells == [None, "outer", "inner", "outer", None, None]


def test_a_cell_ends_with_its_block_whatever_happens():
    b = Builder()
    with pytest.raises(ArchitectureError), b.cell("cell"):
        b.linear("nowhere", 2)
    b.input(1, name="x")
    assert b.build().node("x").cell is None


def test_names_are_made_fresh():
    b = Builder()
    x = b.input(2, name="linear_1")
    names = [b.linear(x, 2) for _ in range(3)]
    assert len({x, *names}) == 4
    assert all(name.startswith("linear_") for name in names)
    with pytest.raises(ArchitectureError, match="twice"):
        b.linear(x, 2, name="linear_1")


def test_outputs_may_be_chosen():
    b = Builder()
    x = b.input(2)
    h, k = b.linear(x, 2), b.linear(x, 3)
    assert b.build().outputs == (h, k)
    assert b.build(outputs=(k, x)).outputs == (k, x)


def test_building_goes_on_after_a_build():
    b = Builder()
    x = b.input(2)
    first = b.build()
    b.linear(x, 3)
    assert (len(first.nodes), len(b.build().nodes)) == (1, 2)


def test_what_cannot_be_is_refused():
    b = Builder()
    v, x = b.input(2), b.input(2, size=4)
    with pytest.raises(ArchitectureError, match="'nowhere'"):
        b.linear("nowhere", 2)
    with pytest.raises(ArchitectureError, match="at least one link"):
        b.add([])
    with pytest.raises(ShapeError, match="reads vectors"):
        b.linear(x, 2)
    with pytest.raises(ShapeError, match="two axes"):
        b.conv(v, 2)
    with pytest.raises(ArchitectureError, match="carries an op"):
        b.node([Link(v, "linear")])
    assert len(b.build().nodes) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("width", 0), ("width", -1), ("width", 2.0), ("size", 0), ("size", 2.0), ("size", "4")],
)
def test_inputs_are_checked_when_the_architecture_is_made(field, value):
    b = Builder()
    b.input(**{"width": 2, field: value})
    with pytest.raises(ShapeError, match=r"\[counts\]"):
        b.build()
