import json
from copy import deepcopy
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import architectures
from topograph.errors import ArchitectureError, FormatError, ShapeError, TopographError
from topograph.graph import OPS, Builder, Linear, Link, Node, Pool, Select, Sparse
from topograph.graph.decode import READERS, from_document
from topograph.graph.records import VERSION, to_document
from topograph.graph.wiring import WIRINGS


@pytest.fixture
def document():
    """A document with a pooling (edge 0), a selection (edge 1) and a sparse linear map (edge 3)."""
    b = Builder("small")
    x = b.input(3, size=4, name="x")
    p = b.node([Link(x, Pool("max", 2))], name="p")
    b.node([Link(x, Pool("max", 2), Select([0]))], name="s")
    g = b.global_pool(p, name="g")
    sparse = Sparse([0, 1, 3], [2, 0, 1], 3, constant=[True, False, False])
    b.node([Link(g, Linear(), sparse)], width=2, name="y")
    return to_document(b.build())


def put(document, path, value):
    """Return a copy of a document in which the value at a path of keys is another."""
    changed = deepcopy(document)
    *way, last = path
    inner = changed
    for key in way:
        inner = inner[key]
    inner[last] = value
    return changed


def name_of(path):
    """Write a path as messages do."""
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in path).removeprefix(".")


@given(architectures())
def test_round_trip(architecture):
    again = from_document(json.loads(json.dumps(to_document(architecture))))
    assert again == architecture
    assert (again.name, again.digest) == (architecture.name, architecture.digest)
    assert hash(again) == hash(architecture)


def test_every_field_of_every_part_has_a_reader():
    parts = (Node, *OPS, *WIRINGS)
    assert {field.name for part in parts for field in fields(part)} == READERS.keys()


@pytest.mark.parametrize("path", [["name"], ["nodes", 0, "name"], ["edges", 0, "source"]])
@pytest.mark.parametrize("value", [None, 3, True, ["x"], {}])
def test_text_is_text(document, path, value):
    with pytest.raises(FormatError, match="must be text") as caught:
        from_document(put(document, path, value))
    assert name_of(path) in str(caught.value)


COUNTS = [
    ["nodes", 3, "width"],
    ["nodes", 0, "size", 1],
    ["nodes", 1, "layer"],
    ["edges", 2, "position"],
    ["edges", 0, "op", "kernel", 0],
    ["edges", 1, "wiring", "channels", 0],
    ["edges", 3, "wiring", "indptr", 1],
    ["edges", 3, "wiring", "indices", 2],
    ["edges", 3, "wiring", "sources"],
]


@pytest.mark.parametrize("path", COUNTS, ids=name_of)
@pytest.mark.parametrize("value", [True, 1.0, "1", -1, 2**31, 10**60, [1], float("nan")])
def test_counts_are_whole_numbers(document, path, value):
    with pytest.raises(FormatError, match="whole number") as caught:
        from_document(put(document, path, value))
    assert name_of(path) in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["nodes"], "xy"),
        (["nodes"], {"0": {}}),
        (["nodes", 0], [1, 2]),
        (["edges"], None),
        (["edges", 0], "x -> p"),
        (["edges", 0, "op"], "linear"),
        (["edges", 0, "op"], {"type": "teleport"}),
        (["edges", 0, "op"], {"type": ["pool"]}),
        (["edges", 0, "op", "kernel"], 2),
        (["edges", 0, "op", "kernel"], [2, 2, 2]),
        (["edges", 0, "op", "kernel"], "22"),
        (["edges", 0, "op", "include_padding"], 1),
        (["edges", 0, "wiring"], None),
        (["outputs"], "y"),
        (["outputs"], []),
        (["outputs", 0], 0),
        (["nodes", 0, "size"], 4),
        (["nodes", 0, "merge"], None),
        (["nodes", 0, "cell"], 3),
    ],
)
def test_a_broken_form_is_refused_by_its_place(document, path, value):
    with pytest.raises(FormatError) as caught:
        from_document(put(document, path, value))
    assert name_of(path) in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"), [("kernel", [0, 2]), ("padding", [2, 2]), ("kind", "median")]
)
def test_what_an_op_refuses_is_refused_by_its_place(document, field, value):
    with pytest.raises(FormatError, match=r"The place is edges\[0\]\.op\."):
        from_document(put(document, ["edges", 0, "op", field], value))


SPARSE = [
    ("value", float("nan")),
    ("value", float("inf")),
    ("value", 10**400),
    ("value", True),
    ("value", "1"),
    ("constant", [1, 0, 0]),
    ("constant", [True]),
    ("constant", True),
    ("indptr", [0, 3, 1]),
    ("indptr", []),
    ("indices", [0, 1, 3]),
    ("indices", [0, 0, 0]),
]


@pytest.mark.parametrize(("field", "value"), SPARSE)
def test_a_broken_sparse_wiring_is_refused(document, field, value):
    with pytest.raises(FormatError, match=r"edges\[3\]\.wiring"):
        from_document(put(document, ["edges", 3, "wiring", field], value))


def test_numbers_too_long_to_be_written_are_described(document):
    for path in (["version"], ["nodes", 0, "width"], ["nodes", 0, "size"]):
        with pytest.raises(FormatError, match="16610 bits"):
            from_document(put(document, path, 10**5000))
    with pytest.raises(FormatError, match="16610 bits"):
        from_document(put(document, ["name"], [10**5000]))


@pytest.mark.parametrize("path", [[], ["nodes", 0], ["edges", 0], ["edges", 0, "op"]], ids=name_of)
def test_keys_are_neither_missing_nor_added(document, path):
    inner = document
    for key in path:
        inner = inner[key]
    for key in list(inner):
        value = inner.pop(key)
        with pytest.raises(FormatError):
            from_document(document)
        inner[key] = value
    from_document(document)
    inner["colour"] = "red"
    with pytest.raises(FormatError, match="'colour'"):
        from_document(document)


@pytest.mark.parametrize("value", [None, [], "architecture", {}, {"format": "onnx"}])
def test_what_is_no_document_is_refused(value):
    with pytest.raises(FormatError, match=r"topograph\.architecture"):
        from_document(value)


def test_a_later_version_asks_for_an_upgrade(document):
    with pytest.raises(FormatError, match=rf"reads version {VERSION} .*Upgrade topograph"):
        from_document(put(document, ["version"], VERSION + 1))


@pytest.mark.parametrize("version", [None, True, 0, -1, 1.0, "1"])
def test_a_version_is_a_number(document, version):
    with pytest.raises(FormatError, match="version must be"):
        from_document(put(document, ["version"], version))


def test_a_broken_rule_is_raised_as_that_rule(document):
    with pytest.raises(ArchitectureError, match=r"\[names\]"):
        from_document(put(document, ["nodes", 1, "name"], "x"))
    with pytest.raises(ShapeError, match=r"\[counts\]"):
        from_document(put(document, ["nodes", 0, "width"], 0))
    back = {**document["edges"][3], "source": "y", "target": "g", "position": 1}
    with pytest.raises(ArchitectureError, match=r"\[acyclic\].* -> "):
        from_document({**document, "edges": [*document["edges"], back]})


def test_nodes_and_edges_may_come_in_any_order(document):
    shuffled = {key: document[key][::-1] for key in ("nodes", "edges")}
    again = from_document({**document, **shuffled})
    assert {node.name for node in again.nodes} == {"x", "p", "s", "g", "y"}
    assert again.inputs == ("x",)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.just([]),
    st.just({}),
)


@given(architectures(max_nodes=2), st.data())
def test_any_value_in_any_place_is_read_or_refused(architecture, data):
    document = to_document(architecture)
    inner = document
    while True:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.booleans()):
            break
        inner = inner[key]
    inner[key] = data.draw(LEAVES)
    try:
        read = from_document(document)
    except TopographError:
        return
    assert from_document(to_document(read)) == read
