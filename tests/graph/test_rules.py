import pytest
from hypothesis import given, settings

from tests.strategies import architectures
from topograph.errors import ArchitectureError, ShapeError
from topograph.graph import (
    RULES,
    Architecture,
    Conv2d,
    Edge,
    Grouped,
    Identity,
    Linear,
    Node,
    OneToOne,
    Select,
    check,
)

X, Y = Node("x", 2), Node("y", 2)
LINEAR, IDENTITY = Edge("x", "y", Linear()), Edge("x", "y", Identity())

# Parts that break one rule and no other.
BROKEN = {
    "names": ([X, X], [], ["x"]),
    "counts": ([Node("x", 0)], [], ["x"]),
    "words": ([Node("x", 2, activation="softplus")], [], ["x"]),
    "places": ([Node("x", 2, layer=0)], [], ["x"]),
    "endpoints": ([X], [], ["y"]),
    "positions": ([X, Y], [Edge("x", "y", Linear(), position=1)], ["y"]),
    "acyclic": ([X, Y], [LINEAR, Edge("y", "x", Linear())], ["y"]),
    "op_sizes": ([X, Y], [Edge("x", "y", Conv2d())], ["y"]),
    "selections": ([X, Y], [Edge("x", "y", Identity(), Select([0, 2]))], ["y"]),
    "wirings": ([X, Y], [Edge("x", "y", Linear(), Grouped(3))], ["y"]),
    "merges": ([X, Node("y", 3)], [IDENTITY], ["y"]),
}


def test_every_rule_has_a_text_and_an_example():
    assert BROKEN.keys() == RULES.keys()
    assert all(text.endswith(".") for text in RULES.values())


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_fires_on_its_example_alone(rule):
    found = check(*BROKEN[rule])
    assert [violation.rule for violation in found] == [rule]
    assert found[0].message.count(". ") >= 2
    with pytest.raises(found[0].error, match=rf"^\[{rule}\] ") as caught:
        Architecture(*BROKEN[rule])
    assert type(caught.value) in (ArchitectureError, ShapeError)


@settings(max_examples=50)
@given(architectures())
def test_no_rule_fires_on_a_valid_architecture(architecture):
    assert check(architecture.nodes, architecture.edges, architecture.outputs) == []


def test_every_violation_is_listed():
    nodes = [Node("x", 0), Node("y", 2, merge="mean"), Node("0", 1)]
    found = check(nodes, [Edge("x", "z", Linear())], ["y", "y"])
    assert [violation.rule for violation in found] == [
        "names",
        "counts",
        "words",
        "endpoints",
        "endpoints",
    ]
    with pytest.raises(ArchitectureError, match=r"\(4 more violations follow\.\)"):
        Architecture(nodes, [Edge("x", "z", Linear())], ["y", "y"])


def test_shapes_are_asked_only_where_the_structure_stands():
    edges = [Edge("x", "y", Conv2d(), OneToOne(), 3)]
    assert [violation.rule for violation in check([X, Node("y", 3)], edges, ["y"])] == ["positions"]
