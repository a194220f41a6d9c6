import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.errors import ArchitectureError, ShapeError, TopographError
from topograph.graph import Architecture, Builder, Conv2d, Edge, Identity, Linear, Node, Select


def block():
    """x -> h -> y with a skip, and a concatenation of all three."""
    b = Builder()
    x = b.input(2, name="x")
    h = b.linear(x, 2, name="h")
    y = b.add([x, h], name="y")
    b.concat([x, (h, [1]), y], name="c")
    return b.build()


def test_a_new_edge_enters_last():
    longer = block().with_edge(Edge("h", "y", Linear()))
    assert [(e.source, e.position) for e in longer.in_edges("y")] == [("x", 0), ("h", 1), ("h", 2)]
    with pytest.raises(ArchitectureError, match=r"\[endpoints\]"):
        block().with_edge(Edge("h", "z", Linear()))
    with pytest.raises(ArchitectureError, match=r"\[acyclic\]"):
        block().with_edge(Edge("y", "h", Linear()))
    with pytest.raises(ShapeError, match=r"\[merges\]"):
        block().with_edge(Edge("x", "c", Identity()))


def test_the_edges_behind_a_lost_one_move_up_and_a_concatenation_narrows():
    a = block()
    less = a.without(a.in_edges("c")[1])
    assert [(e.source, e.position) for e in less.in_edges("c")] == [("x", 0), ("y", 1)]
    assert (a.node("c").width, less.node("c").width) == (5, 4)
    assert less.without(less.in_edges("c")[0]).node("c").width == 2


def test_a_node_goes_with_its_edges():
    less = block().without("h")
    assert [node.name for node in less.nodes] == ["x", "y", "c"]
    assert less.node("c").width == 4
    assert [str(edge) for edge in less.edges] == ["x -> y[0]", "x -> c[0]", "y -> c[1]"]


def test_an_output_that_goes_leaves_the_others():
    a = Architecture(block().nodes, block().edges, ("y", "c"))
    assert a.without("c").outputs == ("y",)
    assert block().without("c").outputs == ("y",)


def test_the_last_part_of_a_concatenation_stays():
    a = Architecture([Node("x", 1), Node("c", 1, merge="concat")], [Edge("x", "c", Identity())])
    with pytest.raises(ShapeError, match=r"\[counts\]"):
        a.without(a.edges[0])
    with pytest.raises(ArchitectureError, match="no node"):
        a.without("c").without("x")


def test_fields_are_replaced():
    a = block()
    assert a.replace("h", activation="relu").node("h") == Node("h", 2, activation="relu")
    skip = a.in_edges("y")[0]
    changed = a.replace(skip, wiring=Select([1, 0]))
    assert changed.in_edges("y")[0] == Edge("x", "y", Identity(), Select([1, 0]))
    assert changed.in_edges("y")[1] == a.in_edges("y")[1]
    with pytest.raises(ShapeError, match=r"\[merges\]"):
        a.replace("h", width=3)


def test_nothing_happens_to_the_architecture_itself():
    a = block()
    a.without("h"), a.replace("h", activation="relu"), a.with_edge(Edge("h", "y", Linear()))
    assert a == block()
    assert a.digest == block().digest


def test_the_label_stays():
    named = block().renamed("label")
    edge = named.edges[0]
    edits = [named.without("c"), named.replace(edge, op=Linear(False)), named.with_edge(edge)]
    assert [edited.name for edited in edits] == ["label"] * 3


def test_edits_name_what_is_there():
    a = block()
    for edit in (a.without, a.replace):
        with pytest.raises(ArchitectureError, match="'z'"):
            edit("z")
        with pytest.raises(ArchitectureError, match="an edge that is there"):
            edit(Edge("x", "y", Conv2d()))
    with pytest.raises(ArchitectureError, match="'size_'.*Use one of these"):
        a.replace("h", size_=(2, 2))
    with pytest.raises(ArchitectureError, match="'kernel'"):
        a.replace(a.edges[0], kernel=3)
    with pytest.raises(ArchitectureError, match=r"\[names\]"):
        a.replace("h", name="y")


@settings(max_examples=50)
@given(architectures(), st.data())
def test_renaming_there_and_back_changes_nothing(architecture, data):
    name = data.draw(st.sampled_from([node.name for node in architecture.nodes]))
    renamed = architecture.replace(name, name="entirely_new")
    assert renamed != architecture
    assert renamed.replace("entirely_new", name=name) == architecture


@settings(max_examples=50)
@given(architectures(), st.data())
def test_an_edge_taken_from_a_sum_and_put_back_changes_nothing(architecture, data):
    sums = [n.name for n in architecture.nodes if n.merge == "sum"]
    last = [architecture.in_edges(name)[-1] for name in sums if architecture.in_edges(name)[1:]]
    assume(last)
    edge = data.draw(st.sampled_from(last))
    assert architecture.without(edge).with_edge(edge) == architecture


@settings(max_examples=50)
@given(architectures(), st.data())
def test_what_is_gone_is_gone(architecture, data):
    name = data.draw(st.sampled_from([node.name for node in architecture.nodes]))
    try:
        less = architecture.without(name)
    except TopographError:
        return
    assert name not in [node.name for node in less.nodes]
    assert all(name not in (edge.source, edge.target) for edge in less.edges)
    gone = {*architecture.in_edges(name), *architecture.out_edges(name)}
    assert len(less.edges) == len(architecture.edges) - len(gone)


def test_a_new_op_takes_its_own_natural_wiring():
    a = block()
    edge = a.in_edges("h")[0]
    assert a.replace(edge, op=Identity()).in_edges("h")[0] == Edge("x", "h", Identity())
    part = a.in_edges("c")[1]
    assert a.replace(part, source="y").in_edges("c")[1].wiring == part.wiring
