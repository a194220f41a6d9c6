"""Sparse cascades of 1024 neurons, forward and backward, against the usual ways to compute them.

A batch of 256 in float32: the output of the cascade, and the gradients of its weights and of the
batch. A dense layer is shown beside it: it computes another function, the one that the cascade
stands in for. Run it with OMP_NUM_THREADS=1, and again with 2.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from harness import arguments, compare, conditions, show, write
from torch import Tensor, nn

from topograph.exporter import to_module
from topograph.generators import cascades
from topograph.graph import Architecture

NEURONS, BATCH = 1024, 256


def made() -> list[Architecture]:
    """Return the cascades."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Four layers of a hypercube do not join all pairs.
        hypercube = cascades.hypercube(NEURONS, 4)
    return [
        cascades.butterfly(NEURONS, 10),
        hypercube,
        cascades.biregular(NEURONS, 16, layers=4, rng=0),
        cascades.clos(NEURONS, routers=(32, 32, 32)),
        cascades.monarch(NEURONS),
    ]


def programs(cascade: Architecture) -> dict[str, Callable[[], Any]]:
    """Return the programs, after checking that all but the dense layer agree."""
    network = to_module(cascade, init="sparse_xavier_normal", rng=0)
    x = torch.randn(BATCH, NEURONS, generator=torch.Generator().manual_seed(0), requires_grad=True)
    layers = list(network.children())
    full = [layer.dense().detach().requires_grad_() for layer in layers]
    masks = [(weight != 0).float() for weight in full]
    rows = [weight.detach().to_sparse_csr().requires_grad_() for weight in full]

    def masked() -> Tensor:
        y = x
        for weight, mask in zip(full, masks, strict=True):
            y = F.linear(y, weight * mask)
        return y

    def torch_sparse() -> Tensor:
        y = x.t()
        for weight in rows:
            y = torch.sparse.mm(weight, y)
        return y.t()

    forwards: dict[str, Callable[[], Tensor]] = {
        "to_module": lambda: network(x),
        "masked dense": masked,
        "torch.sparse, CSR": torch_sparse,
    }
    for forward in forwards.values():
        torch.testing.assert_close(forward(), network(x), rtol=1e-3, atol=1e-4)
    dense = nn.Linear(NEURONS, NEURONS, bias=False)
    forwards["one nn.Linear (another function)"] = lambda: dense(x)
    weights: dict[str, list[Tensor]] = {
        "to_module": list(network.parameters()),
        "masked dense": full,
        "torch.sparse, CSR": rows,
        "one nn.Linear (another function)": list(dense.parameters()),
    }
    g = torch.randn(BATCH, NEURONS, generator=torch.Generator().manual_seed(1))
    return {
        name: lambda forward=forward, wanted=(x, *weights[name]): torch.autograd.grad(
            forward(), wanted, g
        )
        for name, forward in forwards.items()
    }


def main() -> None:
    """Measure, print and write."""
    chosen = arguments(__doc__ or "")
    found: dict[str, Any] = {"conditions": conditions("numpy", "scipy", "torch")}
    for cascade in made():
        figures = compare(programs(cascade), rounds=chosen.rounds)
        show(cascade.name, figures, peer="masked dense")
        found[cascade.name] = figures
    write(chosen.output, found)


if __name__ == "__main__":
    main()
