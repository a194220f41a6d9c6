"""All layerwise singular values of random-skip perceptrons on a batch, against the usual ways.

The first has width 8, depth 32, 10 candidates and 784 inputs; its batch of 100 has 3,200 Jacobians.
Others are shallow or wide. Every program begins with the weights of the layers and the slopes of
their activations, and returns all singular values; it forms the Jacobians as its authors would. Run
it with OMP_NUM_THREADS=1, and again with 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from harness import arguments, compare, conditions, show, write
from numpy.typing import NDArray

from topograph.analyzers import isometry
from topograph.exporter import probe, to_module
from topograph.exporter.matrices import matrix
from topograph.exporter.watch import watch
from topograph.generators import dense_mlp

NETWORKS = ((8, 32, 10, 100), (8, 4, 20, 100), (32, 32, 60, 100), (128, 8, 100, 50))
"""Width, depth, candidates and the samples of a batch."""

Floats = NDArray[np.float64]
Layers = list[tuple[Floats, Floats]]
"""Of each layer its weights (outputs, inputs) and its slopes (batch, outputs)."""


def layers(width: int, depth: int, candidates: int, samples: int) -> Layers:
    """Return weights and slopes of all layers, and raise unless a probe gives their products."""
    network = to_module(dense_mlp(width, depth, candidates=candidates, rng=0), rng=0)
    batch = torch.rand(samples, 784, generator=torch.Generator().manual_seed(0))
    found = [
        (matrix(one.layer).detach().double().numpy(), one.slope.double().numpy())
        for one in watch(network, (batch,)).values()
    ]
    for (weight, slope), jacobian in zip(found, probe(network, batch).values(), strict=True):
        np.testing.assert_array_equal(slope[..., None] * weight, jacobian)
    return found


def ours(found: Layers) -> list[Floats]:
    """Gram matrices from the factors and their eigenvalues, an SVD where that is not enough."""
    result = isometry([(slope, weight) for weight, slope in found])
    return list(result.singular_values.values())


def from_products(found: Layers) -> list[Floats]:
    """The same from the Jacobians themselves."""
    result = isometry([slope[..., None] * weight for weight, slope in found])
    return list(result.singular_values.values())


def published(found: Layers) -> list[Floats]:
    """As the released program: diagonal matrices filled entry by entry, an SVD with vectors."""
    spectra = []
    for weight, slope in found:
        weights = torch.from_numpy(weight).unsqueeze(0).repeat(len(slope), 1, 1)
        slopes = torch.from_numpy(slope)
        diagonal = torch.zeros(*slopes.shape, slopes.shape[1], dtype=torch.float64)
        for i in range(slopes.shape[0]):
            for j in range(slopes.shape[1]):
                diagonal[i, j, j] = slopes[i, j]
        _, values, _ = torch.linalg.svd(torch.matmul(diagonal, weights), full_matrices=False)
        spectra.append(values.numpy())
    return spectra


def sample_by_sample(found: Layers) -> list[Floats]:
    """One SVD after the other."""
    return [
        np.array(
            [torch.linalg.svd(torch.diag(d) @ w, full_matrices=False)[1].numpy() for d in slopes]
        )
        for w, slopes in ((torch.from_numpy(w), torch.from_numpy(s)) for w, s in found)
    ]


def numpy_batched(found: Layers) -> list[Floats]:
    """NumPy's batched SVD without vectors."""
    return [np.linalg.svd(slope[..., None] * weight, compute_uv=False) for weight, slope in found]


def torch_batched(found: Layers) -> list[Floats]:
    """Singular values by torch."""
    pairs = [(torch.from_numpy(weight), torch.from_numpy(slope)) for weight, slope in found]
    return [torch.linalg.svdvals(s[..., None] * w).numpy() for w, s in pairs]


def programs(found: Layers) -> dict[str, Callable[[], Any]]:
    """Return the programs, after checking that their results are equal."""
    named = {
        "isometry, from factors": ours,
        "isometry, from Jacobians": from_products,
        "sample by sample, torch.linalg.svd": sample_by_sample,
        "published form: filled by loops, SVD": published,
        "numpy.linalg.svd, batched": numpy_batched,
        "torch.linalg.svdvals, batched": torch_batched,
    }
    reference = numpy_batched(found)
    for program in named.values():
        spectra = program(found)
        for values, expected in zip(spectra, reference, strict=True):
            np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(values.mean(), expected.mean(), rtol=1e-10)
    return {name: lambda program=program: program(found) for name, program in named.items()}


def main() -> None:
    """Measure, print and write."""
    chosen = arguments(__doc__ or "")
    report: dict[str, Any] = {"conditions": conditions("numpy", "torch")}
    for width, depth, candidates, samples in NETWORKS:
        title = f"width {width}, depth {depth}, {candidates} candidates, {samples} samples"
        found = layers(width, depth, candidates, samples)
        report[title] = compare(programs(found), rounds=chosen.rounds)
        show(title, report[title], peer="numpy.linalg.svd, batched")
    write(chosen.output, report)


if __name__ == "__main__":
    main()
