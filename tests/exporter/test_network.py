from __future__ import annotations

import copy
import io
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import nn

import topograph as tg
from tests.exporter import naive
from tests.exporter.samples import inputs, outputs, skipping_cell, unsettled
from tests.strategies import architectures
from topograph.errors import ShapeError
from topograph.exporter import Network, to_module
from topograph.graph import (
    Activation,
    Builder,
    Conv2d,
    GlobalPool,
    Identity,
    Linear,
    Link,
    Sparse,
    Zero,
)


@settings(max_examples=60)
@given(architectures())
def test_parameters_are_those_of_the_links(architecture):
    network = to_module(architecture, rng=0)
    assert sum(p.numel() for p in network.parameters()) == naive.parameters(architecture)


@settings(max_examples=100)
@given(architectures())
def test_the_naive_evaluation_agrees(architecture):
    network = unsettled(to_module(architecture, rng=0).double())
    given_inputs = inputs(architecture)
    for training in (False, True):
        network.train(training)
        found = outputs(network, given_inputs)
        for y, expected in zip(
            found, naive.evaluate(architecture, network, given_inputs), strict=True
        ):
            torch.testing.assert_close(y, expected, rtol=1e-7, atol=1e-9, equal_nan=True)


KINKED = ("relu", "relu6", "leaky_relu", "hardswish")


def without_kinks(architecture):
    """Put tanh in place of activations, and means in place of maxima, that have a kink."""
    for node in architecture.nodes:
        if node.activation in KINKED:
            architecture = architecture.replace(node.name, activation="tanh")
    for edge in architecture.edges:
        if getattr(edge.op, "kind", "") in KINKED:
            architecture = architecture.replace(edge, op=Activation("tanh"), wiring=edge.wiring)
        elif getattr(edge.op, "kind", "") == "max":
            smooth = copy.copy(edge.op)
            object.__setattr__(smooth, "kind", "average")
            architecture = architecture.replace(edge, op=smooth, wiring=edge.wiring)
    return architecture


@settings(max_examples=60)
@given(architectures())
def test_gradients_agree_with_those_of_the_naive_evaluation(architecture):
    # At a kink the derivative hangs on the last bit, which the order of a sum decides.
    architecture = without_kinks(architecture)
    network = unsettled(to_module(architecture, rng=0).double()).eval()
    given_inputs = inputs(architecture)
    weights = list(network.parameters())
    roads = [outputs(network, given_inputs), naive.evaluate(architecture, network, given_inputs)]
    gradients = []
    for found in roads:
        total = sum((torch.tanh(y) ** 2).sum() for y in found) + 0 * sum(w.sum() for w in weights)
        gradients.append(torch.autograd.grad(total, weights) if weights else ())
    for own, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(own, expected, rtol=1e-5, atol=1e-7, equal_nan=True)


def test_a_copy_and_a_pickle_compute_the_same():
    architecture = skipping_cell()
    network = to_module(architecture, rng=0).double().eval()
    expected = network(*inputs(architecture))
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert torch.equal(twin(*inputs(architecture)), expected)
        assert twin.plan == network.plan
        with torch.no_grad():
            twin.logits.bias += 1
        assert not torch.equal(twin(*inputs(architecture)), expected)
        assert torch.equal(network(*inputs(architecture)), expected)


def test_a_layer_can_be_replaced():
    architecture = skipping_cell()
    network = to_module(architecture, rng=0).double().eval()
    network.logits = nn.Identity()
    assert network(*inputs(architecture)).shape == (3, 4)


def test_several_inputs_and_outputs_keep_their_order():
    b = Builder()
    left, right = b.input(2, name="left"), b.input(2, name="right")
    gate = b.multiply([left, right], name="gate")
    network = to_module(b.build(outputs=(gate, left)))
    ones, twos = torch.ones(1, 2), torch.full((1, 2), 2.0)
    product, first = network(ones, twos)
    assert product.tolist() == [[2, 2]]
    assert first is ones


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_inputs_is_refused(count):
    b = Builder()
    b.add([b.input(2, name="left"), b.input(2, name="right")])
    with pytest.raises(ShapeError, match="here left, right"):
        to_module(b.build())(*[torch.ones(1, 2)] * count)


def test_parallel_edges_count_twice():
    b = Builder()
    x = b.input(2, name="x")
    b.add([x, x])
    assert to_module(b.build())(torch.ones(1, 2)).tolist() == [[2, 2]]


@pytest.mark.parametrize("keep", [False, True])
def test_a_vector_or_a_single_pixel_gates_the_channels_of_a_map(keep):
    b = Builder()
    x = b.input(3, size=4, name="x")
    gate = b.node([Link(x, GlobalPool(keep=keep))], activation="sigmoid", name="gate")
    b.multiply([gate, x, gate], name="y")
    image = torch.rand(2, 3, 4, 4)
    expected = image * image.mean((2, 3), keepdim=True).sigmoid() ** 2
    torch.testing.assert_close(to_module(b.build())(image), expected)


def test_zeros_cost_nothing_in_a_sum_and_still_have_a_shape_alone():
    b = Builder()
    x = b.input(2, size=3, name="x")
    kept = b.node([Link(x), Link(x, Zero())], name="kept")
    empty = b.node([Link(x, Zero()), Link(x, Zero())], name="empty")
    network = to_module(b.build(outputs=(kept, empty)))
    image = torch.full((4, 2, 3, 3), float("nan"))
    first, second = network(image)
    assert first is image
    assert second.shape == image.shape
    assert not second.any()


def test_nothing_is_computed_for_nodes_without_influence():
    b = Builder()
    x = b.input(2, name="x")
    y = b.linear(x, 2, name="y")
    b.linear(x, 2, name="idle")
    network = to_module(b.build(outputs=(y,)))
    calls = []
    network.idle.register_forward_hook(lambda *_: calls.append(1))
    network(torch.ones(1, 2))
    assert calls == []
    assert {"idle.weight", "idle.bias"} <= set(network.state_dict())


def test_constant_links_do_not_train():
    b = Builder()
    x = b.input(3, name="x")
    mask = np.array([[True, True, False], [False, True, True]])
    constant = np.array([[True, False, False], [False, False, True]])
    wiring = Sparse.from_mask(mask, constant=constant, value=0.5)
    b.node([Link(x, Linear(bias=False), wiring)], width=2, name="y")
    network = to_module(b.build(), rng=0)
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    before = network.y.dense().clone()
    network(torch.ones(4, 3)).sum().backward()
    optimiser.step()
    change = network.y.dense() - before
    assert network.y.weight.shape == (2,)
    assert change.ne(0).tolist() == (mask & ~constant).tolist()
    assert before[constant].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    "make", [skipping_cell, lambda: tg.generators.dense_mlp(4, 6, candidates=5, inputs=6, rng=0)]
)
def test_gradients_reach_every_weight(make):
    architecture = make()
    network = to_module(architecture, rng=0).double()
    (network(*inputs(architecture)) ** 2).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_the_same_seed_gives_the_same_bits():
    states = [to_module(skipping_cell(), rng=7).state_dict() for _ in range(2)]
    other = to_module(skipping_cell(), rng=8).state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["a.weight"], other["a.weight"])


def test_a_generator_advances_and_none_is_fresh():
    rng = np.random.default_rng(0)
    for source in (rng, None):
        first, second = (to_module(skipping_cell(), rng=source).a.weight for _ in range(2))
        assert not torch.equal(first, second)


def test_the_random_state_of_torch_is_left_alone():
    before = torch.random.get_rng_state()
    to_module(skipping_cell(), rng=0)
    to_module(skipping_cell())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_meta_device_infers_shapes_without_weights():
    with torch.device("meta"):
        network = to_module(skipping_cell())
        found = network(torch.empty(2, 3, 8, 8))
    assert all(tensor.is_meta for tensor in [*network.parameters(), *network.buffers()])
    assert found.is_meta
    assert found.shape == (2, 5)


@settings(max_examples=40)
@given(architectures())
def test_every_architecture_runs_on_the_meta_device(architecture):
    with torch.device("meta"):
        network = to_module(architecture)
        found = outputs(network, [torch.empty(x.shape) for x in inputs(architecture)])
    shapes = [(3, *architecture.node(name).shape) for name in architecture.outputs]
    assert [tuple(y.shape) for y in found] == shapes


def test_half_precision_converts_everything():
    network = to_module(skipping_cell(), rng=0).to(torch.bfloat16)
    assert network(torch.ones(2, 3, 8, 8, dtype=torch.bfloat16)).dtype == torch.bfloat16


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torch_export_with_a_dynamic_batch():
    architecture = skipping_cell()
    network = to_module(architecture, rng=0).double().eval()
    program = torch.export.export(
        network, tuple(inputs(architecture)), dynamic_shapes=(({0: torch.export.Dim("batch")},),)
    )
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    again = torch.export.load(file).module()
    given_inputs = inputs(architecture, batch=7)
    torch.testing.assert_close(again(*given_inputs), network(*given_inputs))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("training", [False, True])
def test_torch_compile_as_one_graph(training):
    architecture = skipping_cell()
    network = to_module(architecture, rng=0).double().train(training)
    compiled = torch.compile(copy.deepcopy(network), fullgraph=True, backend="aot_eager")
    given_inputs = inputs(architecture)
    torch.testing.assert_close(compiled(*given_inputs), network(*given_inputs))


@pytest.mark.slow
def test_distributed_data_parallel_of_one_rank(tmp_path):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/rendezvous", rank=0, world_size=1
    )
    try:
        architecture = skipping_cell()
        network = to_module(architecture, rng=0).double()
        expected = copy.deepcopy(network)
        parallel = nn.parallel.DistributedDataParallel(network)
        for module in (parallel, expected):
            module(*inputs(architecture)).sum().backward()
        for own, other in zip(network.parameters(), expected.parameters(), strict=True):
            assert torch.equal(own.grad, other.grad)
    finally:
        torch.distributed.destroy_process_group()


def test_the_front_door_is_the_same_function():
    assert tg.to_module is to_module
    assert isinstance(to_module(skipping_cell()), Network)


def test_identity_costs_nothing():
    b = Builder()
    x = b.input(2, name="x")
    for _ in range(5):
        x = b.node([Link(x, Identity())])
    network = to_module(b.build())
    given_input = torch.ones(1, 2)
    assert network(given_input) is given_input
    assert network.plan.steps == ()


def test_a_depthwise_kernel_reads_its_own_channel():
    b = Builder()
    x = b.input(3, size=4, name="x")
    b.node([Link(x, Conv2d(1), tg.graph.OneToOne())], width=3, name="y")
    network = to_module(b.build(), rng=0)
    image = torch.rand(2, 3, 4, 4)
    expected = image * network.y.weight.view(3, 1, 1)
    torch.testing.assert_close(network(image), expected)
