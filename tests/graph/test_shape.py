import pytest

from topograph.errors import ShapeError
from topograph.graph import (
    Activation,
    Conv2d,
    Edge,
    Flatten,
    Full,
    GlobalPool,
    Grouped,
    Identity,
    Linear,
    Node,
    Norm,
    OneToOne,
    Pool,
    Select,
    Sparse,
    Zero,
    shape,
)
from topograph.graph.draft import Draft

VECTOR, MAP = Node("v", 4), Node("m", 4, (6, 6))
CHANNELWISE = [Zero(), Identity(), Pool("max"), GlobalPool(), Flatten(), Norm(), Activation()]


def faults(rule, node, *links):
    """Return the messages of one rule for a node that reads from the vector and the map."""
    edges = [
        Edge(link[0], node.name, *link[1:], *[None] * (3 - len(link)), position)
        for position, link in enumerate(links)
    ]
    violations = list(rule(Draft.of([VECTOR, MAP, node], edges, [node.name])))
    assert all(violation.error is ShapeError for violation in violations)
    return [violation.message for violation in violations]


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        (("m", Linear()), "reads vectors"),
        (("v", Conv2d()), "two axes"),
        (("v", Pool("max")), "two axes"),
        (("m", Conv2d(9, padding=0)), "must fit"),
        (("m", Pool("average", 7)), "must fit"),
    ],
)
def test_ops_act_on_the_sizes_that_they_can(link, fault):
    (message,) = faults(shape.op_sizes, Node("y", 4), link)
    assert fault in message
    assert f"{link[0]} -> y[0]" in message


def test_every_op_acts_on_some_size():
    for op in CHANNELWISE:
        assert faults(shape.op_sizes, Node("y", 4), ("m", op)) == []
    assert faults(shape.op_sizes, Node("y", 4), ("v", Linear()), ("m", Conv2d())) == []


@pytest.mark.parametrize("channels", [[], [4], [0, 1, 2, 3, 4], [2**31 - 1]])
def test_selections_name_channels_of_the_source(channels):
    sound = ("m", Identity(), Select([3, 0, 3]))
    assert faults(shape.selections, Node("y", 4), sound) == []
    broken = ("v", Identity(), Select(channels))
    (message,) = faults(shape.selections, Node("y", 4), sound, broken)
    assert "from 0 to 3" in message
    assert "v -> y[1]" in message


@pytest.mark.parametrize("op", CHANNELWISE, ids=str)
def test_ops_that_keep_channels_apart_are_wired_one_to_one_or_select(op):
    for wiring in (Full(), Grouped(2), Sparse([0, 1], [0], 4)):
        assert len(faults(shape.wirings, Node("y", 4), ("m", op, wiring))) == 1
    assert faults(shape.wirings, Node("y", 4), ("m", op, OneToOne())) == []
    refused = faults(shape.wirings, Node("y", 4), ("m", op, Select([0])))
    assert len(refused) == (type(op) is Flatten)


@pytest.mark.parametrize(
    ("wiring", "width"),
    [
        (OneToOne(), 5),
        (Grouped(3), 6),
        (Grouped(4), 6),
        (Sparse([0, 1], [0], 4), 2),
        (Sparse([0, 1, 1], [0], 3), 2),
    ],
)
def test_wirings_of_mixing_ops_fit_both_ends(wiring, width):
    for link in (("v", Linear(), wiring), ("m", Conv2d(), wiring)):
        assert len(faults(shape.wirings, Node("y", width), link)) == 1


@pytest.mark.parametrize(
    ("wiring", "width"),
    [
        (Full(), 7),
        (OneToOne(), 4),
        (Grouped(2), 6),
        (Select([0]), 7),
        (Sparse([0, 1, 1], [0], 4), 2),
    ],
)
def test_fitting_wirings_pass(wiring, width):
    for link in (("v", Linear(), wiring), ("m", Conv2d(), wiring)):
        assert faults(shape.wirings, Node("y", width), link) == []


@pytest.mark.parametrize(
    ("node", "links"),
    [
        (Node("y", 4), [("v", Identity()), ("m", GlobalPool()), ("v", Linear())]),
        (Node("y", 2), [("v", Identity(), Select([3, 3])), ("m", GlobalPool(), Select([0, 1]))]),
        (Node("y", 5, (6, 6)), [("m", Conv2d(3)), ("m", Conv2d(1))]),
        (Node("y", 4, (3, 3)), [("m", Pool("max")), ("m", Zero()), ("v", Zero())]),
        (Node("y", 144), [("m", Flatten())]),
        (Node("y", 8, (), "concat"), [("v", Identity()), ("m", GlobalPool())]),
        (
            Node("y", 9, (6, 6), "concat"),
            [("m", Identity()), ("v", Zero()), ("m", Norm(), Select([1]))],
        ),
        (Node("y", 4, (6, 6), "product"), [("m", Identity()), ("v", Activation())]),
        (Node("y", 4, (6, 6), "product"), [("m", GlobalPool(keep=True)), ("m", Identity())]),
        (Node("y", 4, (), "product"), [("v", Identity()), ("v", Linear())]),
        (Node("y", 4, (6, 6), "concat"), []),
    ],
)
def test_fitting_merges_pass(node, links):
    assert faults(shape.merges, node, *links) == []


@pytest.mark.parametrize(
    ("node", "links"),
    [
        (Node("y", 3), [("v", Identity())]),
        (Node("y", 4), [("v", Identity()), ("m", Identity())]),
        (Node("y", 4, (6, 6)), [("m", Identity()), ("v", Identity())]),
        (Node("y", 4, (6, 6)), [("m", Conv2d(3, stride=2))]),
        (Node("y", 5), [("v", Zero())]),
        (Node("y", 143), [("m", Flatten())]),
        (Node("y", 7, (), "concat"), [("v", Identity()), ("m", GlobalPool())]),
        (Node("y", 8, (), "concat"), [("v", Identity()), ("m", Identity())]),
        (Node("y", 8, (), "concat"), [("v", Identity()), ("v", Linear())]),
        (Node("y", 4, (6, 6), "product"), [("v", Identity()), ("v", Identity())]),
        (Node("y", 4, (6, 6), "product"), [("m", Identity()), ("m", Pool("max"))]),
        (Node("y", 5, (6, 6), "product"), [("m", Identity()), ("v", Identity())]),
    ],
)
def test_merges_that_do_not_fit_are_refused_by_their_node(node, links):
    (message,) = faults(shape.merges, node, *links)
    assert "The node is 'y'." in message
