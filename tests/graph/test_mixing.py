from hypothesis import given, settings

from tests.strategies import architectures
from topograph.exporter import to_module
from topograph.graph import Builder, Conv2d, Linear, Link
from topograph.graph.mixing import mixing_edges, weight_shape


@settings(max_examples=60)
@given(architectures())
def test_each_linear_map_and_convolution_has_one_name(architecture):
    found = list(mixing_edges(architecture).values())
    assert found == [edge for edge in architecture.edges if isinstance(edge.op, Linear | Conv2d)]


def test_several_maps_into_one_node_are_told_apart():
    b = Builder()
    x = b.input(3, name="x")
    b.node([Link(x, Linear()), Link(x), Link(x, Linear())], name="y", width=3)
    b.linear("y", 2, name="z")
    assert list(mixing_edges(b.build())) == ["y[0]", "y[2]", "z"]


@settings(max_examples=60)
@given(architectures())
def test_shapes_are_those_of_the_weights_in_torch(architecture):
    network = to_module(architecture, rng=0)
    for edge in mixing_edges(architecture).values():
        weight = network.get_submodule(network.plan.keys[edge.target, edge.position]).weight
        shape = weight_shape(architecture, edge)
        assert tuple(weight.shape[: len(shape)]) == shape
        assert all(extent <= 9 for extent in weight.shape[len(shape) :])
