"""A training run in progress: its parts, and how they are saved and taken up again."""

from __future__ import annotations

import platform

import numpy as np
import torch
from torch import Tensor, nn

from topograph._version import __version__
from topograph.datasets import Dataset
from topograph.errors import ArchitectureError, FormatError
from topograph.exporter.plan import Plan
from topograph.training.checkpoint import Checkpoint
from topograph.training.device import describe_device
from topograph.training.evaluation import Samples, check_fit
from topograph.training.optimisers import make_optimiser
from topograph.training.recipe import Recipe
from topograph.training.record import CURVES, TrainingRecord

__all__ = ["Run"]


class Run:
    """What changes while a module is trained on a data set.

    Parameters
    ----------
    module : torch.nn.Module
        Moved to the device and trained in place.
    data : Dataset
        Copied to the device.
    recipe : Recipe
        How to train.
    seed : int
        The seed of the run, for the record.
    order_seed : int
        Seeds the generator that shuffles the samples.
    device : torch.device
        Where to train.
    """

    def __init__(
        self,
        module: nn.Module,
        data: Dataset,
        *,
        recipe: Recipe,
        seed: int,
        order_seed: int,
        device: torch.device,
    ) -> None:
        self.module = module.to(device)
        self.data, self.recipe, self.seed, self.device = data, recipe, seed, device
        self.train = Samples.on(device, data.train_inputs, data.train_targets)
        self.test = Samples.on(device, data.test_inputs, data.test_targets)
        check_fit(module, self.train, classes=data.classes)
        self.parameters = _trainable(module)
        self.optimiser = make_optimiser(recipe, self.parameters)
        self.order = torch.Generator().manual_seed(order_seed)
        self.curves: dict[str, list[float]] = {name: [] for name in CURVES}
        self.seconds = 0.0
        self.diverged = False

    @property
    def epoch(self) -> int:
        """Number of epochs that are done."""
        return len(self.curves["train_loss"])

    @property
    def is_over(self) -> bool:
        """True once the last epoch is done or the loss is no longer finite."""
        return self.diverged or self.epoch == self.recipe.epochs

    def record(self) -> TrainingRecord:
        """Return the record of the run so far."""
        plan = getattr(self.module, "plan", None)
        if isinstance(plan, Plan):
            name, digest = plan.architecture.name, plan.architecture.digest
        else:
            name = digest = ""
        return TrainingRecord(
            name=name,
            digest=digest,
            data=self.data.name,
            data_digest=self.data.digest,
            recipe=self.recipe,
            seed=self.seed,
            **{name: tuple(values) for name, values in self.curves.items()},
            diverged=self.diverged,
            seconds=self.seconds,
            device=describe_device(self.device),
            versions={
                "python": platform.python_version(),
                "torch": str(torch.__version__),
                "topograph": __version__,
                "numpy": np.__version__,
            },
        )

    def snapshot(self) -> Checkpoint:
        """Return all that the rest of the run depends on."""
        tensors = {f"module/{name}": value for name, value in self.module.state_dict().items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            for key, value in state.items():
                if isinstance(value, Tensor):
                    tensors[f"optimiser/{index}/{key}"] = value
        tensors["random/order"] = self.order.get_state()
        tensors["random/cpu"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["random/cuda"] = torch.cuda.get_rng_state(self.device)
        return Checkpoint(tensors, self.record())

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take up the run where a checkpoint left it.

        Raises
        ------
        FormatError
            If the checkpoint belongs to another recipe, seed, data set or network.
        """
        self._check_same_run(checkpoint.record)
        try:
            self.module.load_state_dict(checkpoint.part("module"))
            self._restore_optimiser(checkpoint.part("optimiser"))
            self._restore_generators(checkpoint.part("random"))
        except (RuntimeError, TypeError, ValueError, LookupError) as error:
            raise FormatError(
                "A checkpoint continues the training of the network that wrote it. Received the "
                f"state of another one: {error!s:.300}. Choose another file, or resume=False."
            ) from error
        self.curves = {name: list(getattr(checkpoint.record, name)) for name in CURVES}
        self.seconds, self.diverged = checkpoint.record.seconds, checkpoint.record.diverged

    def _check_same_run(self, found: TrainingRecord) -> None:
        """Refuse the checkpoint of another run."""
        wanted = self.record()
        for name in ("recipe", "seed", "data_digest", "digest"):
            if getattr(found, name) != getattr(wanted, name):
                raise FormatError(
                    "A checkpoint continues the run that wrote it, with the same recipe, seed, "
                    f"data and architecture. Received another {name.replace('_', ' ')}: "
                    f"{getattr(found, name)} instead of {getattr(wanted, name)}. "
                    "Choose another file, or pass resume=False to begin anew."
                )

    def _restore_optimiser(self, tensors: dict[str, Tensor]) -> None:
        """Put the state of each parameter back; the groups follow from the recipe."""
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            index, key = name.split("/")
            shape = self.parameters[int(index)].shape
            if tensor.ndim > 0 and tensor.shape != shape:
                raise ValueError(f"{name} has the shape {tuple(tensor.shape)}, not {tuple(shape)}")
            state.setdefault(int(index), {})[key] = tensor
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})

    def _restore_generators(self, states: dict[str, Tensor]) -> None:
        """Put the generators back; dropout on a GPU goes on only on a GPU."""
        self.order.set_state(states["order"])
        torch.set_rng_state(states["cpu"])
        if self.device.type == "cuda" and "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"], self.device)


def _trainable(module: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that ask for a gradient, at least one."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not parameters:
        raise ArchitectureError(
            "Training moves parameters, so a module needs some that ask for a gradient. "
            "Received a module without any. Add a trainable layer, or unfreeze one."
        )
    return parameters
