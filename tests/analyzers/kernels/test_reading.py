from __future__ import annotations

import numpy as np
import pytest

from topograph.analyzers import nngp
from topograph.analyzers.kernels.reading import read, role
from topograph.errors import ArchitectureError
from topograph.generators import dag, resnet
from topograph.graph import Architecture, Builder, Conv2d, Edge, Identity, Linear, Node, Zero
from topograph.graph.builder import Link
from topograph.graph.ops import OPS
from topograph.graph.wiring import Grouped, Select


def layer(**fields):
    b = Builder()
    x = b.input(4)
    b.linear(x, 4, **fields)
    return b.build()


def test_every_op_has_a_role():
    for op in OPS:
        assert role.dispatch(op) is not role.dispatch(object), op


def test_a_graph_is_read_step_by_step():
    program = read(dag([(0, 1, "linear"), (1, 2, "zero"), (0, 2, "skip"), (1, 2, "linear")]))
    assert [(step.kept, step.mixed) for step in program] == [
        ((), (0,)),
        ((1,), ()),
        ((), (2,)),
        ((0, 3), ()),
    ]
    assert [step.activation and step.activation.name for step in program] == [
        "relu", None, "relu", None,
    ]  # fmt: skip


def test_what_does_not_lead_to_the_output_is_not_read():
    b = Builder()
    x = b.input(3)
    b.norm(x, name="aside")
    y = b.linear(x, 3, name="kept")
    network = b.build(outputs=(y,))
    assert len(read(network)) == 1


def test_activations_are_replaced():
    program = read(dag([(0, 1, "linear")]), activation="tanh")
    assert program[0].activation.name == "tanh"


def test_a_lone_activation_is_that_of_its_node():
    b = Builder()
    b.activation(b.linear(b.input(4), 4), "relu")
    split = nngp(b.build(), np.eye(3))
    np.testing.assert_array_equal(split.values, nngp(layer(activation="relu"), np.eye(3)).values)


def test_activations_in_front_of_linear_maps_have_no_products_of_means():
    # x -> W x, then twice x + W relu(x): every sum is one of Gaussians.
    b = Builder()
    x = b.linear(b.input(4), 4)
    for _ in range(2):
        active = b.activation(x, "relu")
        x = b.node([Link(x), Link(active, Linear())], width=4)
    rows = np.array([[1.0, 0.0], [0.6, 0.8]])
    exact, paper = (nngp(b.build(), rows, mode=mode) for mode in ("exact", "paper"))
    np.testing.assert_allclose(exact.values, paper.values, rtol=1e-15)
    assert exact.diagonal == pytest.approx([4, 4])


def test_several_linear_maps_under_one_activation():
    b = Builder()
    x = b.input(4)
    b.node([Link(x, Linear()), Link(x, Linear())], width=4, activation="relu")
    assert nngp(b.build(), np.eye(2)).diagonal == pytest.approx([2, 2])


def test_convolutions_are_read_by_their_connectivity():
    network = resnet(18, classes=10, image=(3, 32, 32))
    with pytest.raises(ArchitectureError, match="batch normalisation in node 'stem'"):
        nngp(network, np.eye(2))
    found = nngp(network, np.eye(2), mode="paper", operations="connectivity")
    assert found.paths == 2**8
    assert 0 < found.lambda_min < found.diagonal[0]


def branches():
    """A linear map and its own activation, added."""
    b = Builder()
    x = b.linear(b.input(4), 4)
    b.add([x, b.activation(x, "relu")])
    return b.build()


def skipped():
    """An input added in front of an activation."""
    b = Builder()
    x = b.input(4)
    b.node([Link(x), Link(x, Linear())], width=4, activation="relu")
    return b.build()


@pytest.mark.parametrize("network", [branches(), skipped()])
def test_dependent_features_are_refused_in_exact_mode_alone(network):
    with pytest.raises(ArchitectureError, match="mode='paper'"):
        nngp(network, np.eye(2))
    assert nngp(network, np.eye(2), mode="paper").paths == 2


def gated():
    b = Builder()
    x = b.input(4)
    b.node([Link(x), Link(x, Linear())], merge="product", width=4)
    return b.build()


def grouped():
    b = Builder()
    x = b.input(4)
    both = b.concat([b.linear(x, 4, activation="relu"), x])
    b.node([Link(both, Linear(), Grouped(2))], width=4)
    return b.build()


def two_inputs():
    b = Builder()
    b.add([b.input(4), b.input(4)])
    return b.build()


def mapped(op, **fields):
    nodes = [Node("x", 4, (4, 4)), Node("y", 4, (4, 4), **fields)]
    return Architecture(nodes, [Edge("x", "y", op)])


def test_concatenations_know_the_shares_of_their_parts():
    b = Builder()
    x = b.input(4)
    b.concat([b.linear(x, 2), x], activation="relu")
    *_, last = read(b.build())
    assert (last.kept, last.merge, last.activation.name) == ((1, 0), "concat", "relu")
    assert last.shares == pytest.approx((1 / 3, 2 / 3))


def selecting(*, alike=True):
    """A layer beside some neurons of another, or of the input."""
    b = Builder()
    x = b.input(4)
    first = b.linear(x, 6, activation="relu")
    parts = [Link(first), Link(first if alike else x, Identity(), Select([0, 2, 3]))]
    b.linear(b.node(parts, merge="concat"), 2)
    return b.build()


def test_selected_neurons_count_by_their_number():
    *_, joined, _ = read(selecting())
    assert joined.kept == (1, 1)
    assert joined.shares == pytest.approx((2 / 3, 1 / 3))


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (selecting(alike=False), "the wiring Select"),
        (gated(), "a linear map or a zero on the way into node .*, a product node"),
        (grouped(), "a grouped map of a concatenation"),
        (two_inputs(), "one input.*Received 2"),
        (layer(normalisation="batch"), "batch normalisation in node"),
        (mapped(Conv2d()), "Conv2d on the edge"),
        (mapped(Zero(), normalisation="layer"), "layer normalisation"),
        (Architecture([Node("x", 4, activation="relu")]), "input 'x' with a normalisation or an"),
    ],
)
def test_what_has_no_kernel_is_refused_by_name(network, words):
    with pytest.raises(ArchitectureError, match=words):
        read(network)


def test_an_input_alone_is_its_own_kernel():
    found = nngp(Architecture([Node("x", 4)]), np.eye(3))
    np.testing.assert_array_equal(found.values, np.eye(3))
    assert found.paths == 1


def test_unknown_readings_are_refused():
    with pytest.raises(ArchitectureError, match="Received 'loose'"):
        read(mapped(Identity()), operations="loose")
