"""The descent by which the factors of a cascade approach matrices."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi

import torch
from torch import Tensor
from tqdm import tqdm

from topograph.search.factors import Factors


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
