import pytest
from hypothesis import given

from tests.graph.chains import chain, chains
from tests.strategies import architectures
from topograph.generators import densenet, mobilenet_v2, resnet, vgg
from topograph.graph import Activation, Builder, Conv2d, Identity, Link, Norm, Pool, Zero
from topograph.graph.additions import additions, main_edges


def ends(builder):
    return [(a.source, a.target, a.channels, a.projected) for a in additions(builder.build())]


def block(widths=(4, 4), size=8):
    """A map and what convolutions of these widths make of it."""
    b = Builder()
    x = h = b.input(4, size=size, name="x")
    for width in widths:
        h = b.conv(h, width, normalisation="batch")
    return b, x, h


@given(chains())
def test_each_block_of_a_chain_has_its_addition(blocks):
    found = additions(chain(blocks))
    width = blocks[0][0]
    expected = []
    for number, widths in enumerate(blocks):
        if len(widths) > 1:
            expected.append((f"sum_{number}", width, width != widths[-1], len(widths)))
        width = widths[-1]
    assert [(a.target, a.channels, a.projected, len(a.layers)) for a in found] == expected


@given(architectures())
def test_an_addition_is_what_it_says(architecture):
    order = [node.name for node in architecture.nodes]
    for found in additions(architecture):
        target = architecture.node(found.target)
        assert target.merge == "sum"
        assert (found.route[0].target, found.route[-1].source) == (found.target, found.source)
        assert sum(edge.op.mixes for edge in found.route) == found.projected
        assert all(edge.op.mixes and edge not in found.route for edge in found.layers)
        assert len(found.layers) >= 2
        assert 1 <= found.channels <= architecture.node(found.source).width
        assert order.index(found.source) < order.index(found.target)


@pytest.mark.parametrize(
    ("network", "number", "projected"),
    [
        (lambda: resnet(18, image=(3, 32, 32)), 8, 3),
        (lambda: resnet(50, image=(3, 32, 32)), 16, 4),
        (lambda: mobilenet_v2(), 10, 0),
        (lambda: vgg(11), 0, 0),
        (lambda: densenet(121), 0, 0),
    ],
)
def test_families_have_the_additions_that_they_should(network, number, projected):
    found = additions(network())
    assert len(found) == number
    assert sum(addition.projected for addition in found) == projected


def test_a_skip_over_one_layer_passes_over_nothing():
    b, x, h = block((4,))
    b.add([x, h])
    assert ends(b) == []


def test_what_carries_channels_does_not_end_a_skip():
    b, x, h = block()
    kept = b.norm(b.activation(x, "relu"))
    b.node([Link(h), Link(kept, Pool("average", 3, stride=1, padding=1))], name="y")
    assert ends(b) == [("x", "y", 4, False)]


def test_the_nearest_map_that_the_layers_read_is_the_source():
    b = Builder()
    x = b.input(4, size=8, name="x")
    a = b.norm(x, activation="relu", name="a")
    h = b.conv(b.conv(a, 4), 4)
    b.add([h, a], name="y")
    assert ends(b) == [("a", "y", 4, False)]


def test_a_preactivated_block_carries_its_bare_input():
    b = Builder()
    x = b.input(4, size=8, name="x")
    h = b.conv(b.conv(b.norm(x, activation="relu"), 4), 4)
    b.add([h, x], name="y")
    assert ends(b) == [("x", "y", 4, False)]


@pytest.mark.parametrize(("kernel", "number"), [(1, 1), (3, 0)])
def test_a_projection_looks_at_no_neighbouring_pixel(kernel, number):
    b, x, h = block((6, 8))
    b.node([Link(h), Link(x, Conv2d(kernel))], name="y")
    found = ends(b)
    assert len(found) == number
    assert found in ([], [("x", "y", 4, True)])


def test_a_pooled_projection_is_a_projection():
    b, x, _ = block(())
    h = b.conv(b.conv(x, 6, stride=2), 8)
    b.add([h, b.conv(b.pool(x, "average"), 8, kernel=1)], name="y")
    assert ends(b) == [("x", "y", 4, True)]


def test_a_shortcut_filled_up_with_zeros_carries_what_is_there():
    b, x, _ = block(())
    h = b.conv(b.conv(x, 6, stride=2), 8)
    small = b.node([Link(x, Pool("average", 1, stride=2))])
    filled = b.node([Link(small), Link(small, Zero())], merge="concat")
    b.add([h, filled], name="y")
    assert ends(b) == [("x", "y", 4, False)]


def test_channels_carried_twice_count_once():
    b, x, h = block()
    b.add([h, b.concat([(x, [0, 1, 1, 0])])], name="y")
    assert ends(b) == [("x", "y", 2, False)]


def test_a_layer_that_reads_a_concatenation_is_no_projection():
    # The pooled branch of an Inception block, merged by a 1 x 1 convolution.
    b, x, h = block((4, 4))
    b.node([Link(x), Link(b.concat([h, b.conv(x, 2)]), Conv2d(1))], name="y")
    assert ends(b) == [("x", "y", 4, False)]


def test_factors_that_scale_channels_are_not_passed_over():
    b, x, h = block((6, 6))
    gate = b.linear(b.linear(b.global_pool(h), 2, activation="relu"), 6, activation="sigmoid")
    b.add([b.conv(b.multiply([h, gate]), 4, kernel=1), x], name="y")
    network = b.build()
    (found,) = additions(network)
    assert len(found.layers) == 3
    assert all(isinstance(edge.op, Conv2d) for edge in found.layers)


def test_sums_whose_edges_mix_have_layers_of_their_own():
    b = Builder()
    x = b.input(4, name="x")
    h = b.linear(x, 6)
    y = b.linear(h, 4, name="y")
    network = b.build()
    (edge,) = network.in_edges(y)
    found = additions(network.with_edge(type(edge)("x", "y", Identity())))
    assert [(a.source, a.target, len(a.layers)) for a in found] == [("x", "y", 2)]


def test_main_edges_leave_out_zeros_and_factors():
    b = Builder()
    x = b.input(4, size=3, name="x")
    gate = b.global_pool(x, name="gate")
    product = b.multiply([x, gate], name="product")
    both = b.node([Link(product, Norm()), Link(x, Zero()), Link(x, Activation())], name="both")
    network = b.build()
    assert [e.source for e in main_edges(network, network.node(product))] == ["x"]
    assert [e.source for e in main_edges(network, network.node(both))] == ["product", "x"]
