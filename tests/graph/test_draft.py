import pytest

from topograph.errors import ArchitectureError, ShapeError
from topograph.graph import Edge, Linear, Node, Violation
from topograph.graph.draft import Draft, check_types

X, Y = Node("x", 1), Node("y", 1)
FIRST, SECOND = Edge("x", "y", Linear()), Edge("x", "y", Linear(False), position=1)


def test_a_draft_is_indexed_whether_or_not_it_is_sound():
    stray = Edge("y", "z", Linear())
    draft = Draft.of(iter([X, Y]), iter([SECOND, stray, FIRST]), ["z"])
    assert draft.nodes == (X, Y)
    assert draft.edges == (SECOND, stray, FIRST)
    assert draft.outputs == ("z",)
    assert draft.by_name == {"x": X, "y": Y}
    assert draft.entering == {"x": [], "y": [SECOND, FIRST], "z": [stray]}


@pytest.mark.parametrize(
    ("nodes", "edges", "outputs"),
    [
        (["x"], [], []),
        ([X, None], [], []),
        ([X, FIRST], [], []),
        ([X], [("x", "y")], []),
        ([X], [Y], []),
        ([X], [], [0]),
        ([X], [], [["x"]]),
        ([Node(["x"], 1)], [], []),
        ([X], [Edge(["x"], "y", Linear())], []),
        ([X], [Edge("x", None, Linear())], []),
    ],
)
def test_what_is_no_part_is_refused(nodes, edges, outputs):
    with pytest.raises(ArchitectureError, match="consists of"):
        check_types(nodes, edges, outputs)
    with pytest.raises(ArchitectureError, match="consists of"):
        Draft.of(nodes, edges, outputs)


def test_parts_pass():
    check_types([X, Y], [FIRST, SECOND], ["y"])
    check_types([], [], [])


def test_a_violation_raises_as_a_fault_of_the_architecture_unless_it_says_otherwise():
    assert Violation("names", "message").error is ArchitectureError
    assert Violation("merges", "message", ShapeError).error is ShapeError
