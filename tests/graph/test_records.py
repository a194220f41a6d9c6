import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings

from tests.strategies import architectures
from topograph.graph import (
    OPS,
    Architecture,
    Builder,
    Conv2d,
    Edge,
    GlobalPool,
    Identity,
    Linear,
    Node,
    Pool,
    Select,
    Sparse,
)
from topograph.graph.records import (
    OP_TYPES,
    WIRING_TYPES,
    edge_record,
    node_record,
    part_record,
    to_document,
)
from topograph.graph.wiring import WIRINGS


def test_a_document_holds_everything():
    b = Builder("label")
    b.linear(b.input(2, name="x"), 1, name="y", activation="relu")
    assert to_document(b.build()) == {
        "format": "topograph.architecture",
        "version": 1,
        "name": "label",
        "nodes": [
            {
                "name": name,
                "width": width,
                "size": [],
                "merge": "sum",
                "normalisation": None,
                "activation": activation,
                "cell": None,
                "layer": None,
            }
            for name, width, activation in (("x", 2, None), ("y", 1, "relu"))
        ],
        "edges": [
            {
                "source": "x",
                "target": "y",
                "position": 0,
                "op": {"type": "linear", "bias": True},
                "wiring": {"type": "full"},
            }
        ],
        "outputs": ["y"],
    }


def is_plain(value):
    if type(value) is dict:
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(is_plain, value))
    return value is None or type(value) in (str, int, float, bool)


@settings(max_examples=50)
@given(architectures())
def test_documents_are_plain_and_survive_json(architecture):
    document = to_document(architecture)
    assert is_plain(document)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_numpy_numbers_become_plain():
    node = Node("x", np.int64(3), (np.int32(4), 5), cell="c", layer=np.int8(2))
    assert is_plain(node_record(node))
    assert node_record(node)["size"] == [4, 5]


def test_types_are_told_apart_by_name():
    assert list(OP_TYPES.values()) == list(OPS)
    assert list(WIRING_TYPES.values()) == list(WIRINGS)
    assert part_record(Pool("max"))["type"] == "pool"
    assert part_record(GlobalPool("max"))["type"] == "globalpool"


def test_parts_keep_every_field():
    for part in (Conv2d(3), Pool("max"), Select([1]), Sparse([0, 1], [0], 1, constant=[True])):
        assert part_record(part).keys() == {"type", *(field.name for field in fields(part))}
    record = edge_record(Edge("x", "y", Identity(), Select([2, 0]), 3))
    assert record["wiring"] == {"type": "select", "channels": [2, 0]}
    assert record["position"] == 3


CHANGES = {
    "width": 3,
    "merge": "concat",
    "normalisation": "layer",
    "activation": "tanh",
    "cell": "other",
    "layer": 7,
}


@pytest.mark.parametrize("field", CHANGES)
def test_the_digest_hears_every_field_of_a_node(field):
    node = Node("x", 2, (), "sum", "batch", "relu", "cell", 0)
    changed = replace(node, **{field: CHANGES[field]})
    assert Architecture([node]).digest != Architecture([changed]).digest


def test_the_digest_hears_the_op_the_wiring_and_the_outputs():
    nodes = [Node("x", 2), Node("h", 2), Node("y", 2)]
    links = [
        Edge("x", "y", Linear()),
        Edge("x", "y", Linear(False)),
        Edge("h", "y", Linear()),
        Edge("x", "y", Identity()),
        Edge("x", "y", Linear(), Select([0, 1])),
        Edge("x", "y", Linear(), Select([1, 0])),
        Edge("x", "y", Linear(), Sparse([0, 2, 4], [0, 1, 0, 1], 2)),
    ]
    made = [Architecture(nodes, [link]) for link in links]
    chosen = [("y",), ("y", "x"), ("x", "y")]
    made += [Architecture(nodes, links[:1], outputs) for outputs in chosen]
    made.append(Architecture([nodes[1], nodes[0], nodes[2]], links[:1]))
    assert len({architecture.digest for architecture in made}) == len(made)
