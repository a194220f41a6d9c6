from __future__ import annotations

import os

import pytest
import torch
from hypothesis import given, settings
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from tests.exporter.samples import inputs, skipping_cell
from tests.strategies import architectures
from topograph.errors import FormatError
from topograph.exporter import load_weights, save_weights, to_module


@settings(max_examples=30)
@given(architectures())
def test_weights_come_back(tmp_path_factory, architecture):
    path = tmp_path_factory.mktemp("weights") / "network.safetensors"
    network, twin = to_module(architecture, rng=0), to_module(architecture, rng=1)
    save_weights(network, path)
    load_weights(twin, path)
    pairs = zip(network.state_dict().items(), twin.state_dict().items(), strict=True)
    assert all(own[0] == other[0] and torch.equal(own[1], other[1]) for own, other in pairs)


def test_outputs_come_back(tmp_path):
    architecture = skipping_cell()
    network, twin = (to_module(architecture, rng=seed).double().eval() for seed in (0, 1))
    save_weights(network, tmp_path / "w")
    load_weights(twin, str(tmp_path / "w"))
    assert torch.equal(network(*inputs(architecture)), twin(*inputs(architecture)))


def test_the_file_carries_the_digest(tmp_path):
    save_weights(to_module(skipping_cell(), rng=0), tmp_path / "w")
    with safe_open(tmp_path / "w", framework="pt") as file:
        assert file.metadata() == {"topograph.digest": skipping_cell().digest}


def test_another_architecture_is_refused_unless_asked_for(tmp_path):
    architecture = skipping_cell()
    other = to_module(architecture.replace("logits", activation="relu"), rng=1)
    network = to_module(architecture, rng=0)
    save_weights(network, tmp_path / "w")
    with pytest.raises(FormatError, match="belongs to one architecture"):
        load_weights(other, tmp_path / "w")
    load_weights(other, tmp_path / "w", strict=False)
    assert torch.equal(other.a.weight, network.a.weight)


def test_a_module_without_digest_is_taken_by_its_names(tmp_path):
    plain, twin = nn.Linear(3, 2), nn.Linear(3, 2)
    save_weights(plain, tmp_path / "w")
    load_weights(twin, tmp_path / "w")
    assert torch.equal(plain.weight, twin.weight)


@pytest.mark.parametrize(
    ("tensors", "fault"),
    [
        ({"weight": torch.ones(2, 3)}, "lacks bias"),
        ({"weight": torch.ones(2, 3), "bias": torch.ones(2), "more": torch.ones(1)}, "also holds"),
        (
            {"weight": torch.ones(3, 2), "bias": torch.ones(2)},
            r"weight \(3, 2\) instead of \(2, 3\)",
        ),
    ],
)
def test_other_names_and_shapes_are_refused(tmp_path, tensors, fault):
    save_file(tensors, tmp_path / "w")
    layer = nn.Linear(3, 2)
    before = layer.weight.clone()
    for strict in (True, False):
        with pytest.raises(FormatError, match=fault):
            load_weights(layer, tmp_path / "w", strict=strict)
    assert torch.equal(layer.weight, before)


def test_many_missing_names_are_counted(tmp_path):
    save_file({"x": torch.ones(1)}, tmp_path / "w")
    with pytest.raises(FormatError, match="and .* more"):
        load_weights(to_module(skipping_cell(), rng=0), tmp_path / "w")


def test_every_truncation_is_refused(tmp_path):
    path = tmp_path / "w"
    save_weights(nn.Linear(3, 2), path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError, match="complete safetensors file"):
            load_weights(nn.Linear(3, 2), path)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "w").write_text("weights")
    with pytest.raises(FormatError, match="of another kind"):
        load_weights(nn.Linear(3, 2), tmp_path / "w")
    with pytest.raises(FileNotFoundError):
        load_weights(nn.Linear(3, 2), tmp_path / "nowhere")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "w"
    save_weights(nn.Linear(3, 2), path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_weights(nn.Linear(3, 2), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["w"]
