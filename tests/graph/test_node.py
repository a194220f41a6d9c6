import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from topograph.graph import MERGES, Node


def test_a_node_needs_a_name_and_a_width():
    assert Node("x", 3) == Node(
        name="x",
        width=3,
        size=(),
        merge="sum",
        normalisation=None,
        activation=None,
        cell=None,
        layer=None,
    )
    assert Node("x", 3).merge in MERGES


def test_the_shape_is_that_of_a_tensor_without_its_batch():
    assert Node("x", 3).shape == (3,)
    assert Node("x", 3, (4, 5)).shape == (3, 4, 5)


def test_nodes_are_frozen_values():
    node = Node("x", 3, (4, 5), "concat", "batch", "relu", "cell", 2)
    assert pickle.loads(pickle.dumps(node)) == node
    assert hash(node) == hash(pickle.loads(pickle.dumps(node)))
    for field in fields(node):
        with pytest.raises(FrozenInstanceError):
            setattr(node, field.name, None)
    assert not hasattr(node, "__dict__")
