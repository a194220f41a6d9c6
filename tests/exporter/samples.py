"""Inputs and small architectures for the tests of the exporter."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from topograph.graph import Architecture, Builder


def inputs(architecture: Architecture, *, batch: int = 3, seed: int = 0) -> list[Tensor]:
    """Uniform numbers in [-1, 1] for each input, float64."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(batch, *architecture.node(name).shape) for name in architecture.inputs]
    return [
        torch.empty(shape, dtype=torch.float64).uniform_(-1, 1, generator=generator)
        for shape in shapes
    ]


def outputs(module: nn.Module, given: list[Tensor]) -> list[Tensor]:
    """The outputs of a module as a list."""
    found = module(*given)
    return [found] if isinstance(found, Tensor) else list(found)


def unsettled(module: nn.Module, *, seed: int = 0) -> nn.Module:
    """Draw scales, shifts and running statistics, so that no normalisation is neutral."""
    generator = torch.Generator().manual_seed(seed)
    for layer in module.children():
        if isinstance(layer, nn.LayerNorm | nn.GroupNorm | nn.modules.batchnorm._BatchNorm):
            for tensor in [*layer.parameters(), *layer.buffers()]:
                if tensor.is_floating_point():
                    tensor.data.uniform_(0.5, 1.5, generator=generator)
    return module


def skipping_cell(*, size: int = 8, width: int = 4) -> Architecture:
    """A cell in which concatenations select from several layers, with normalisation before."""
    b = Builder("skipping cell")
    image = b.input(3, size=size, name="image")
    with b.cell("cell"):
        layers = [b.conv(image, width, name="a")]
        picks = [[], [[0, 2]], [[1, 0], [3]], [[2], [0, 1], [0, 3]]]
        for name, chosen in zip("bcde", picks, strict=True):
            parts = [layers[-1], *zip(layers, chosen, strict=False)]
            fields = {"normalisation": "batch", "activation": "relu"}
            joined = b.concat(parts, name=f"{name}_in", **fields)
            layers.append(b.conv(joined, width, name=name))
    b.linear(b.global_pool(layers[-1], name="pooled"), 5, name="logits")
    return b.build()
