"""How well a module classifies, and whether it fits the data at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from topograph.errors import ShapeError

__all__ = ["Samples", "check_fit", "evaluate"]

NUMBERS_AT_ONCE = 2**20
"""Input numbers that an evaluation passes through the module together: 4 MiB of float32."""


@dataclass(frozen=True, slots=True)
class Samples:
    """One part of a data set on a device: inputs (samples, width, *size) and their classes."""

    inputs: Tensor
    targets: Tensor

    @classmethod
    def on(
        cls, device: torch.device, inputs: NDArray[np.float32], targets: NDArray[np.int64]
    ) -> Samples:
        """Copy arrays to a device."""
        return cls(torch.tensor(inputs, device=device), torch.tensor(targets, device=device))

    def __len__(self) -> int:
        return len(self.targets)


def evaluate(module: nn.Module, samples: Samples) -> tuple[float, float]:
    """Return mean cross-entropy (nats) and accuracy in evaluation mode, in which it stays."""
    module.eval()
    chunk = max(1, NUMBERS_AT_ONCE // samples.inputs[0].numel())
    with torch.no_grad():
        outputs = torch.cat([module(inputs) for inputs in torch.split(samples.inputs, chunk)])
        loss = cross_entropy(outputs, samples.targets)
        hits = outputs.argmax(dim=1) == samples.targets
    return loss.item(), hits.double().mean().item()


def check_fit(module: nn.Module, samples: Samples, *, classes: int) -> None:
    """Refuse a module that does not turn samples of this shape into one output per class.

    Raises
    ------
    ShapeError
        If two samples do not pass, or give something else than a matrix (samples, classes).
    """
    probe = samples.inputs[:2]
    shape = tuple(probe.shape[1:])
    rule = (
        f"A module that is trained on this data reads batches of samples of shape {shape} and "
        f"gives {classes} outputs for each, one per class."
    )
    module.eval()
    try:
        with torch.no_grad():
            outputs = module(probe)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ShapeError(
            f"{rule} Received a module that refuses them: {error!s:.300}. "
            "Flatten the data for a perceptron (data.flatten()), or build the module for the shape."
        ) from error
    found = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
    if found != (len(probe), classes):
        raise ShapeError(
            f"{rule} Received {found} from {len(probe)} samples. Build it with classes={classes}."
        )
