"""The descent by which the factors of a cascade approach matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, pi

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from topograph._checks import whole
from topograph.errors import BudgetError
from topograph.graph.wiring import Sparse
from topograph.rng import as_generator
from topograph.search.factors import Factors, initial_weights
from topograph.training.device import choose_device


def trials(
    wirings: Sequence[Sparse],
    goal: NDArray[np.float64],
    *,
    seeds: int,
    device: str,
    rng: np.random.Generator | int | None,
) -> tuple[Factors, Tensor, Tensor]:
    """Return factors on a device, initial weights of every trial, and the target of every trial."""
    whole("seeds", seeds, minimum=1, error=BudgetError, because="each is trained")
    place = choose_device(device)
    start = initial_weights(wirings, len(goal) * seeds, as_generator(rng))
    repeated = torch.from_numpy(goal).to(place, torch.float32).repeat_interleave(seeds, dim=0)
    return Factors(wirings, place), torch.from_numpy(start).to(place), repeated


def descend(
    factors: Factors,
    weights: Tensor,
    goal: Tensor,
    loss: Callable[[Tensor], Tensor],
    *,
    steps: int,
    rate: float,
    progress: bool,
) -> int:
    """Train the weights in place by Adam; return how many steps were taken.

    `loss` turns the gaps (trials, outputs, inputs) into one number per trial; trials do not
    influence each other. The rate falls to 0 as a cosine.
    """
    whole("steps", steps, error=BudgetError, because="they are steps of the optimiser")
    weights.requires_grad_(factors.trainable > 0)
    if not factors.trainable:
        return 0
    optimiser = torch.optim.Adam([weights], lr=rate, fused=goal.device.type in ("cpu", "cuda"))
    with tqdm(total=steps, desc="reconstruction", disable=not progress) as bar:
        for step in range(steps):
            try:
                optimiser.param_groups[0]["lr"] = rate * (1 + cos(pi * step / steps)) / 2
                losses = loss(factors.product(weights) - goal)
                (weights.grad,) = torch.autograd.grad(losses.sum(), weights)
                optimiser.step()
            except KeyboardInterrupt:
                return step
            bar.update()
            if step % 100 == 0:
                bar.set_postfix(error=f"{float(losses.detach().mean()):.4g}", refresh=False)
    return steps
