"""What every family of image classifiers is held to: torch's own counts, and a step of training."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

import topograph as tg
from topograph.graph import Architecture


def counted_by_torch(architecture: Architecture) -> tuple[int, int]:
    """Return parameters and multiply-accumulates as torch finds them, without any memory."""
    with torch.device("meta"):
        network = tg.to_module(architecture).eval()
        inputs = [torch.empty(1, *architecture.node(name).shape) for name in architecture.inputs]
    with FlopCounterMode(display=False) as counter:
        network(*inputs)
    return sum(p.numel() for p in network.parameters()), counter.get_total_flops() // 2


def agrees_with_torch(architecture: Architecture) -> bool:
    """Tell whether counted parameters and multiply-accumulates are those of torch."""
    found = tg.analyzers.cost(architecture)
    return (found.parameters, found.macs) == counted_by_torch(architecture)


def learns(architecture: Architecture, *, classes: int) -> bool:
    """Take one small step on four images; tell whether all gradients are finite and the loss fell.

    The loss is compared on the same images, as the network is evaluated while training.
    """
    generator = torch.Generator().manual_seed(0)
    (name,) = architecture.inputs
    images = torch.randn(4, *architecture.node(name).shape, generator=generator)
    labels = torch.arange(4) % classes
    network = tg.to_module(architecture, rng=0).train()
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-3)
    before = torch.nn.functional.cross_entropy(network(images), labels)
    before.backward()
    finite = all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    optimiser.step()
    after = torch.nn.functional.cross_entropy(network(images), labels)
    return finite and bool(after < before)
