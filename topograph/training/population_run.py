"""The training run of a population in progress: one run, and the curves of each network."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from math import nan
from typing import Any

import torch
from torch import Tensor, nn

from topograph.datasets import Dataset
from topograph.errors import FormatError
from topograph.exporter.population import Population
from topograph.training.checkpoint import Checkpoint
from topograph.training.evaluation import NUMBERS_AT_ONCE, Samples
from topograph.training.recipe import Recipe
from topograph.training.record import CURVES, TrainingRecord
from topograph.training.run import Run

__all__ = ["PopulationRun"]


class MeanOutput(nn.Module):
    """A population as one classifier, which gives the mean of the outputs of its networks."""

    def __init__(self, population: Population) -> None:
        super().__init__()
        self.population = population

    def each(self, inputs: Tensor) -> Tensor:
        """Return the outputs of each network, in the precision of the weights."""
        outputs: Tensor = self.population(inputs.to(self.population.weight.dtype))
        return outputs

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the mean output, shape (batch, classes)."""
        return self.each(inputs).mean(dim=0)


class PopulationRun:
    """What changes while a population is trained on a data set.

    Parameters
    ----------
    population : Population
        Moved to the device and trained in place.
    data, recipe, seed, order_seed, device
        As in `topograph.training.run.Run`.

    Attributes
    ----------
    joint : Run
        The run of the population as one module. Its curves are means over the networks that have
        not diverged.
    curves : Tensor of shape (epochs, 4, networks)
        Those of `topograph.training.record.CURVES`, in float64.
    """

    def __init__(
        self,
        population: Population,
        data: Dataset,
        *,
        recipe: Recipe,
        seed: int,
        order_seed: int,
        device: torch.device,
    ) -> None:
        self.population = population
        self.module = MeanOutput(population)
        self.joint = Run(
            self.module, data, recipe=recipe, seed=seed, order_seed=order_seed, device=device
        )
        self.curves = torch.empty(0, len(CURVES), len(population), dtype=torch.float64)

    def score(self, samples: Samples) -> tuple[Tensor, Tensor]:
        """Sum the cross-entropies (nats) of each network over samples, and count its hits."""
        outputs = self.module.each(samples.inputs).mT
        classes = samples.targets.expand(len(outputs), 1, -1)
        losses = -outputs.log_softmax(dim=1).gather(1, classes).sum(dim=(1, 2))
        # The indices of max, since argmax takes four times as long on a CPU.
        hits = (outputs.detach().max(dim=1).indices == samples.targets).sum(dim=1)
        return losses, hits

    @torch.no_grad()
    def evaluate(self) -> Tensor:
        """Return mean cross-entropy (nats) and accuracy on the test part, shape (2, networks)."""
        samples = self.joint.test
        chunk = max(1, NUMBERS_AT_ONCE // samples.inputs[0].numel())
        parts = zip(
            *(torch.split(part, chunk) for part in (samples.inputs, samples.targets)), strict=True
        )
        scores = [torch.stack(self.score(Samples(*part))).double() for part in parts]
        return torch.stack(scores).sum(dim=0).cpu() / len(samples)

    def note(self, train: Tensor, test: Tensor) -> None:
        """Add an epoch to the curves: loss and accuracy in training, and after it."""
        epoch = torch.cat([train, test])
        self.curves = torch.cat([self.curves, epoch[None]])
        lost = self.lost_at() > 0
        means = epoch[:, ~lost].mean(dim=1).tolist()
        for curve, value in zip(self.joint.curves.values(), means, strict=True):
            curve.append(value)
        self.joint.diverged = bool(lost.all())

    def is_due(self, epoch: int) -> bool:
        """True if the recipe evaluates after this epoch, counted from 1."""
        recipe = self.joint.recipe
        return epoch % recipe.evaluate_every == 0 or epoch == recipe.epochs

    def lost_at(self) -> Tensor:
        """Return the first epoch whose loss is not finite, by network; 0 if there is none."""
        train_loss, _, test_loss, _ = self.curves.isfinite().unbind(dim=1)
        skipped = [not self.is_due(epoch) for epoch in range(1, len(self.curves) + 1)]
        sound = train_loss & (test_loss | torch.tensor(skipped, dtype=torch.bool)[:, None])
        before = sound.int().cumprod(dim=0).sum(dim=0)
        return torch.where(before < len(sound), before + 1, 0)

    def records(self) -> list[TrainingRecord]:
        """Return the record of each network so far."""
        common = self.joint.record()
        common = replace(common, seconds=common.seconds / len(self.population))
        found = []
        for member, lost in enumerate(self.lost_at().tolist()):
            curves = self.curves[: lost or None, :, member].clone()
            if lost:
                curves[-1, 2:] = nan
            architecture = self.population.architectures[member]
            own: dict[str, Any] = dict(zip(CURVES, map(tuple, curves.T.tolist()), strict=True))
            own |= {"name": architecture.name, "digest": architecture.digest}
            found.append(replace(common, diverged=lost > 0, **own))
        return found

    def snapshot(self) -> Checkpoint:
        """Return all that the rest of the run depends on."""
        checkpoint = self.joint.snapshot()
        own = {"members/curves": self.curves, "members/digest": self._digest()}
        return Checkpoint(checkpoint.tensors | own, checkpoint.record)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take up the run where a checkpoint left it.

        Raises
        ------
        FormatError
            If the checkpoint belongs to another recipe, seed, data set or population.
        """
        own = checkpoint.part("members")
        if "digest" not in own or not torch.equal(own["digest"], self._digest()):
            raise FormatError(
                "A checkpoint continues the training of the population that wrote it, with the "
                "same networks in the same order. Received that of other networks. "
                "Choose another file, or pass resume=False to begin anew."
            )
        self.joint.restore(checkpoint)
        self.curves = own["curves"]

    def _digest(self) -> Tensor:
        """Hash of the networks, as bytes."""
        joined = "".join(architecture.digest for architecture in self.population.architectures)
        return torch.tensor(list(sha256(joined.encode()).digest()), dtype=torch.uint8)
