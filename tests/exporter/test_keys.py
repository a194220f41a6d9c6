from __future__ import annotations

from keyword import iskeyword

from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.strategies import architectures
from topograph.exporter import Network, compile
from topograph.exporter.keys import RESERVED, Names
from topograph.graph import Builder, Identity, Linear, Link


def test_the_attributes_of_torch_modules_are_reserved():
    b = Builder()
    b.input(1)
    network = Network(compile(b.build()))
    attributes = {name for name in dir(network) if not name.startswith("_")}
    assert attributes - {"inplace"} <= RESERVED
    assert set(dir(nn.Module())) & {"type", "train", "float"} <= RESERVED


@given(architectures())
def test_keys_are_unique_and_usable(architecture):
    plan = compile(architecture)
    keys = [*plan.layers, *plan.channels]
    assert len(set(keys)) == len(keys)
    assert not any(key in RESERVED or iskeyword(key) or key.startswith("_") for key in keys)
    nodes = {node.name for node in architecture.nodes}
    assert all(plan.owners[key] == key for key in nodes & set(keys))
    assert all(key.isidentifier() for key in keys)


def test_keys_of_nodes_that_clash():
    b = Builder()
    x = b.input(2, name="x")
    two = [Link(x, Linear()), Link(x, Identity()), Link(x, Linear())]
    b.node(two, width=2, name="h", normalisation="batch")
    for name in ("h_0", "h_norm", "type", "type_", "class", "_modules"):
        b.linear(x, 2, name=name)
    assert list(compile(b.build()).layers) == [
        *("h_0_", "h_2", "h_norm_"),
        *("h_0", "h_norm", "type__", "type_", "class_", "node_modules"),
    ]


@given(st.lists(st.sampled_from(["a", "a_", "_a", "node_a", "train", "if"])))
def test_no_name_is_given_twice(wanted):
    names = Names([])
    given_names = [names.give(name) for name in wanted]
    assert len(set(given_names)) == len(given_names)
