from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from topograph.errors import FormatError
from topograph.training import Recipe, TrainingRecord
from topograph.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint


@pytest.fixture
def checkpoint() -> Checkpoint:
    shared = torch.rand(3, 4)
    tensors = {
        "module/weight": shared,
        "module/tied": shared,
        "module/transposed": torch.rand(3, 4).T,
        "module/count": torch.tensor(3),
        "optimiser/0/step": torch.tensor(5.0),
        "random/order": torch.Generator().get_state(),
    }
    curves = {"train_loss": (1.0,), "train_accuracy": (0.5,), "test_loss": (float("nan"),)}
    record = TrainingRecord(
        data="points", recipe=Recipe(epochs=2), seed=0, test_accuracy=(0.25,), **curves
    )
    return Checkpoint(tensors, record)


def test_a_checkpoint_comes_back_bit_by_bit(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "run.safetensors"
    write_checkpoint(path, checkpoint)
    found = read_checkpoint(path)
    assert found.record == checkpoint.record
    assert found.tensors.keys() == checkpoint.tensors.keys()
    for name, tensor in checkpoint.tensors.items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name], tensor)
    assert os.listdir(path.parent) == [path.name]


def test_parts_are_named_without_their_prefix(checkpoint: Checkpoint) -> None:
    assert checkpoint.part("random").keys() == {"order"}
    assert checkpoint.part("optimiser").keys() == {"0/step"}


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_a_failure_leaves_the_checkpoint_before_it(
    failure: type[BaseException],
    checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "run.safetensors"
    write_checkpoint(path, checkpoint)
    before = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", fail)
    checkpoint.tensors["module/weight"].zero_()
    with pytest.raises(failure):
        write_checkpoint(path, checkpoint)
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == before


def test_every_cut_of_a_checkpoint_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    write_checkpoint(path, checkpoint)
    content = path.read_bytes()
    for length in range(0, len(content), 97):
        path.write_bytes(content[:length])
        with pytest.raises(FormatError, match=r"run\.safetensors.*resume=False"):
            read_checkpoint(path)


@pytest.mark.parametrize(
    "labels",
    [
        None,
        {"format": "topograph.weights", "version": "1"},
        {"format": "topograph.checkpoint", "version": "2", "record": "{}"},
        {"format": "topograph.checkpoint", "version": "1"},
        {"format": "topograph.checkpoint", "version": "1", "record": "{}"},
    ],
)
def test_other_safetensors_files_are_refused(labels: dict[str, str] | None, tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "other", metadata=labels)
    with pytest.raises(FormatError, match="which is none"):
        read_checkpoint(tmp_path / "other")


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="which is none"):
        read_checkpoint(tmp_path)
