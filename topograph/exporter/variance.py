"""How variances pass through a network at initialisation: measured, layer by layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from topograph._checks import whole
from topograph.analyzers.cascades.variance import VariancePropagation
from topograph.errors import ArchitectureError, BudgetError
from topograph.exporter.network import to_module
from topograph.rng import as_generator

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

__all__ = ["measured_variance"]


def measured_variance(
    architecture: Architecture,
    *,
    init: str = "sparse_xavier_normal",
    batch: int = 256,
    draws: int = 1,
    rng: np.random.Generator | int | None = None,
) -> VariancePropagation:
    """Measure what `topograph.analyzers.variance_propagation` predicts.

    Inputs, and gradients at the outputs, are drawn from the standard normal distribution, in
    float64; mean squares are taken over batch, neurons and draws of the weights.

    Parameters
    ----------
    architecture : Architecture
        A chain of layers from one input: each node has one edge into it, as in a cascade.
        Activations and normalisations are part of what is measured.
    init : str
        A law of `topograph.to_module`.
    batch : int
        Samples for each draw of the weights.
    draws : int
        How often the weights are drawn.
    rng : Generator, int or None
        Source of weights, inputs and gradients.

    Returns
    -------
    VariancePropagation

    Raises
    ------
    ArchitectureError
        If the architecture is no chain.
    BudgetError
        If a number is no count, or the law is unknown.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.cascades.butterfly(256, 8)
    >>> found = measured_variance(network, init="dense_xavier_normal", rng=0)
    >>> 0.9 < found.forward[1] / (2 / 256) < 1.1  # the density
    True
    """
    _check_chain(architecture)
    for name, value in (("batch", batch), ("draws", draws)):
        whole(name, value, minimum=1, error=BudgetError, because="it counts samples")
    found = [
        _once(architecture, init, batch, stream) for stream in as_generator(rng).spawn(int(draws))
    ]
    forward, backward = (np.mean(squares, axis=0) for squares in zip(*found, strict=True))
    layers = tuple(range(len(architecture.nodes)))
    return VariancePropagation(layers, tuple(forward.tolist()), tuple(backward.tolist()))


def _once(
    architecture: Architecture, init: str, batch: int, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Mean squares of activities and of gradients for one draw of the weights."""
    first, *layers = architecture.nodes
    watched = replace(architecture, outputs=tuple(layer.name for layer in layers))
    network = to_module(watched, init=init, rng=rng).double()
    x = torch.from_numpy(rng.standard_normal((batch, *first.shape))).requires_grad_()
    made = network(x)
    maps: list[Tensor] = [x, *(made if isinstance(made, tuple) else (made,))]
    g = torch.from_numpy(rng.standard_normal((batch, *layers[-1].shape)))
    gradients = torch.autograd.grad(maps[-1], maps, g)
    return [_square(values) for values in maps], [_square(values) for values in gradients]


def _square(values: Tensor) -> float:
    return float(values.detach().square().mean())


def _check_chain(architecture: Architecture) -> None:
    """Raise unless the nodes follow one another."""
    nodes = architecture.nodes
    names = [node.name for node in nodes]
    sources = [[edge.source for edge in architecture.in_edges(name)] for name in names]
    if len(nodes) < 2 or sources != [[], *([name] for name in names[:-1])]:
        raise ArchitectureError(
            "Variances are followed through a chain of layers, in which each reads the one before. "
            f"Received {architecture!r}. Give a cascade, or cut a chain out of the network."
        )
