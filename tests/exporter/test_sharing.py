from __future__ import annotations

import copy
import pickle
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import nn

from tests.exporter import naive
from tests.exporter.samples import inputs, outputs, skipping_cell, unsettled
from tests.strategies import architectures
from topograph.exporter import compile, network, sharing, to_module, to_source
from topograph.exporter.norms import moments
from topograph.generators import dense_cnn, densenet
from topograph.graph import Builder


@pytest.fixture
def always(monkeypatch):
    """Let everything share that can."""
    monkeypatch.setattr(sharing, "WORTH_A_CALL", 0)


@pytest.fixture
def taken(monkeypatch):
    """Feature maps whose statistics were taken."""
    maps = []

    def noted(x):
        maps.append(x)
        return moments(x)

    monkeypatch.setattr(network, "moments", noted)
    return maps


def kinds(architecture):
    return [step.kind for step in compile(architecture).steps]


def readers(*, size=64, normalisation="batch", cells=1):
    """Concatenations of the same three feature maps, in several orders."""
    b = Builder()
    ends = []
    for cell in range(cells):
        image = b.input(3, size=size, name=f"image_{cell}")
        maps = [b.conv(image, 4, name=f"{name}_{cell}") for name in "abc"]
        for place in range(4):
            joined = b.concat(
                [maps[place % 3], maps[(place + 1) % 3], (maps[(place + 2) % 3], [3, 0])],
                name=f"joined_{cell}_{place}",
                normalisation=normalisation,
            )
            ends.append(joined)
    return b.build(outputs=tuple(ends))


def test_normalisations_that_read_the_same_maps_share():
    architecture = readers()
    plan = compile(architecture)
    assert sorted(plan.statistics) == [f"joined_0_{place}_norm_channels" for place in range(4)]
    assert plan.statistics["joined_0_1_norm_channels"] == (*range(8), 11, 8)
    for step in plan.steps:
        if step.kind == "moments":
            assert step.node in ("a_0", "b_0", "c_0")
    assert [step.kind for step in plan.steps].count("moments") == 3


def test_what_spares_little_is_left_alone():
    assert "norm" not in kinds(readers(size=8))
    assert "norm" not in kinds(readers(normalisation="layer"))


def test_a_map_with_one_reader_is_left_alone(monkeypatch):
    monkeypatch.setattr(sharing, "WORTH_A_CALL", 1)
    b = Builder()
    image = b.input(3, size=8, name="image")
    parts = [b.conv(image, 4, name=name) for name in "ab"]
    b.concat(parts, name="first", normalisation="batch")
    b.concat([(image, [0, 2]), image], name="second", normalisation="batch")
    plan = compile(b.build(outputs=("first", "second")))
    assert plan.statistics == {"second_norm_channels": (0, 2, 0, 1, 2)}


def test_each_cell_decides_for_itself():
    b = Builder()
    for name, size in (("large", 64), ("small", 4)):
        image = b.input(8, size=size, name=name)
        for place in range(3):
            b.concat([image], name=f"{name}_{place}", normalisation="batch")
    ends = tuple(f"{name}_{place}" for name in ("large", "small") for place in range(3))
    plan = compile(b.build(outputs=ends))
    assert sorted(plan.statistics) == [f"large_{place}_norm_channels" for place in range(3)]


def test_networks_that_are_known_to_share():
    cnn = dense_cnn((32,), 8, candidates=90, rng=0)
    assert kinds(cnn).count("norm") == 7
    deep = densenet(121)
    concatenated = sum(node.merge == "concat" for node in deep.nodes)
    assert concatenated / 2 < kinds(deep).count("norm") <= concatenated


def plain_twin(architecture, own):
    """The written program, which shares nothing, with the same weights."""
    names = {}
    exec(to_source(architecture), names)
    twin = names["Network"]().to(next(own.parameters()).dtype)
    twin.load_state_dict(own.state_dict())
    return twin


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("make", [skipping_cell, readers], ids=["cell", "readers"])
def test_a_network_that_shares_trains_like_one_that_does_not(make, dtype, always):
    architecture = make()
    own = unsettled(to_module(architecture, rng=0).to(dtype))
    twin = plain_twin(architecture, own)
    given_inputs = [x.to(dtype) for x in inputs(architecture)]
    found = []
    for module in (own, twin):
        results = outputs(module, given_inputs)
        sum((y**2).sum() for y in results).backward()
        found.append([*results, *(p.grad for p in module.parameters())])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
    for key, value in twin.state_dict().items():
        torch.testing.assert_close(own.state_dict()[key], value, rtol=1e-5, atol=1e-6)
    own.load_state_dict(twin.state_dict())
    for module in (own, twin):
        module.eval()
    results = zip(outputs(own, given_inputs), outputs(twin, given_inputs), strict=True)
    assert all(torch.equal(a, b) for a, b in results)


@settings(max_examples=60, deadline=None)
@given(architectures())
def test_the_naive_evaluation_agrees(architecture):
    with patch.object(sharing, "WORTH_A_CALL", -np.inf):
        own = unsettled(to_module(architecture, rng=0).double())
    given_inputs = inputs(architecture)
    expected = naive.evaluate(architecture, own, given_inputs)
    for y, other in zip(outputs(own, given_inputs), expected, strict=True):
        torch.testing.assert_close(y, other, rtol=1e-7, atol=1e-9, equal_nan=True)


def test_statistics_are_taken_once_and_in_training_alone(always, taken):
    architecture = readers(size=8)
    own = to_module(architecture, rng=0).double()
    own(*inputs(architecture))
    assert len(taken) == 3
    own.eval()(*inputs(architecture))
    assert len(taken) == 3


def test_layers_that_were_replaced_or_frozen(always):
    architecture = skipping_cell()
    own = unsettled(to_module(architecture, rng=0).double())
    twin = plain_twin(architecture, own)
    for module in (own, twin):
        module.c_in_norm = nn.Identity()
        module.d_in_norm.eval()
    given_inputs = inputs(architecture)
    assert torch.equal(own(*given_inputs), twin(*given_inputs))
    assert torch.equal(own.d_in_norm.running_mean, twin.d_in_norm.running_mean)
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(copy.deepcopy(own)).eval()
    assert torch.equal(converted(*given_inputs), own.eval()(*given_inputs))


def test_hooks_see_the_normalisation(always):
    own = to_module(skipping_cell(), rng=0).double()
    seen = []
    own.e_in_norm.register_forward_hook(lambda layer, given, result: seen.append(given[0].shape))
    own(*inputs(skipping_cell()))
    assert [tuple(shape) for shape in seen] == [(3, 9, 8, 8)]


def test_copies_and_pickles_share_too(always, taken):
    own = to_module(skipping_cell(), rng=0).double()
    twins = [copy.deepcopy(own), pickle.loads(pickle.dumps(own))]
    for twin in twins:
        twin(*inputs(skipping_cell()))
    assert len(taken) == 2 * kinds(skipping_cell()).count("moments") > 0


def test_other_types_and_other_devices(always):
    own = to_module(skipping_cell(), rng=0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.isfinite(own(torch.rand(2, 3, 8, 8))).all()
    half = own.to(torch.bfloat16)
    assert half(torch.rand(2, 3, 8, 8, dtype=torch.bfloat16)).dtype == torch.bfloat16
    with torch.device("meta"):
        counted = to_module(skipping_cell())
        assert counted(torch.empty(2, 3, 8, 8)).shape == (2, 5)


def test_an_ensemble_by_vmap(always):
    architecture = skipping_cell()
    members = [to_module(architecture, rng=seed).double() for seed in range(3)]
    stacked = torch.func.stack_module_state(members)
    [x] = inputs(architecture)

    def member(weights, buffers):
        return torch.func.functional_call(members[0], (weights, buffers), (x,))

    def loss(weights, buffers):
        return (member(weights, buffers) ** 2).sum()

    found = torch.func.vmap(member)(*stacked)
    slopes = torch.func.vmap(torch.func.grad(loss))(*stacked)
    for place, single in enumerate(members):
        alone = single(x)
        torch.testing.assert_close(found[place], alone)
        (alone**2).sum().backward()
        for name, weight in single.named_parameters():
            torch.testing.assert_close(slopes[name][place], weight.grad)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_compiled_and_exported_programs_share_nothing(always):
    architecture = skipping_cell()
    own = to_module(architecture, rng=0).double()
    compiled = torch.compile(copy.deepcopy(own), fullgraph=True, backend="aot_eager")
    exported = torch.export.export(copy.deepcopy(own), tuple(inputs(architecture))).module()
    expected = own(*inputs(architecture))
    torch.testing.assert_close(compiled(*inputs(architecture)), expected)
    torch.testing.assert_close(exported(*inputs(architecture)), expected)
