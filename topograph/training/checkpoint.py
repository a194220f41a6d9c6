"""Half-finished training in a file: one safetensors file that carries its record, never pickle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from topograph._atomic import replacing
from topograph.errors import FormatError
from topograph.training.record import TrainingRecord

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]

FORMAT = "topograph.checkpoint"
VERSION = "1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that the rest of a training run depends on.

    Attributes
    ----------
    tensors : dict of str to Tensor
        Weights, optimiser state and generator states, under slash-separated names.
    record : TrainingRecord
        What is trained, and the curves so far.
    """

    tensors: dict[str, torch.Tensor]
    record: TrainingRecord

    def part(self, name: str) -> dict[str, torch.Tensor]:
        """Return the tensors under ``name/``, named by the rest of their names."""
        start = f"{name}/"
        return {
            key.removeprefix(start): tensor
            for key, tensor in self.tensors.items()
            if key.startswith(start)
        }


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, completely or not at all.

    It is written under a temporary name in the same folder and then takes the place of whatever
    was there, so an interruption leaves the checkpoint before it intact.
    """
    # Copies, since safetensors refuses tensors that share memory, as tied weights do.
    tensors = {
        name: tensor.detach().to("cpu", copy=True).contiguous()
        for name, tensor in checkpoint.tensors.items()
    }
    labels = {"format": FORMAT, "version": VERSION, "record": checkpoint.record.to_json()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_bytes(save(tensors, metadata=labels))


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    FormatError
        If the file is damaged, cut off, or no checkpoint of this version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            labels = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if (labels.get("format"), labels.get("version")) != (FORMAT, VERSION):
            raise ValueError(f"its labels do not say {FORMAT} {VERSION}")
        record = TrainingRecord.from_json(labels["record"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise FormatError(
            f"A checkpoint is a safetensors file that fit wrote, version {VERSION}. Received "
            f"{str(path)!r}, which is none ({type(error).__name__}: {error!s:.200}). "
            "Remove it, or pass resume=False to begin anew."
        ) from error
    return Checkpoint(tensors, record)
