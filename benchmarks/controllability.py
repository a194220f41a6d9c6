"""Controllability of sparse cascades against the usual ways: trained, in tiles, and in closed form.

a. One iteration of training with the fair loss, hypercube 64 in 7 layers, 5.5 million weights:
   against torch autograd with gathers and sums by index, and Adam, also fused.
b. All pairs of butterfly 256 flow through 8 layers, with fixed routing: against one einsum per
   layer over the ordered pair tensor, gathers with sums by index, and a sparse product.
c. K for unbiased routing, butterfly and hypercube 256: the same peers against the closed form.

Run it with OMP_NUM_THREADS=1, and again with 2.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from harness import arguments, compare, conditions, show, write
from torch import Tensor

from topograph.analyzers.cascades.control_training import Flow
from topograph.analyzers.cascades.reach import reaches
from topograph.analyzers.cascades.uniform_control import uniform_control
from topograph.arrays import choose_device
from topograph.graph.wiring import Sparse

RATE, EPSILON = 0.1, 1e-3


def hypercube(n: int, layers: int) -> list[Sparse]:
    """Neuron x reads x and every x with one bit flipped."""
    bits = n.bit_length() - 1
    mask = np.eye(n, dtype=bool)
    for bit in range(bits):
        mask[np.arange(n), np.arange(n) ^ (1 << bit)] = True
    return [Sparse.from_mask(mask)] * layers


def butterfly(n: int, layers: int) -> list[Sparse]:
    """Neuron x of layer l reads x and x with bit l flipped."""
    bits, masks = n.bit_length() - 1, []
    for layer in range(layers):
        mask = np.eye(n, dtype=bool)
        mask[np.arange(n), np.arange(n) ^ (1 << layer % bits)] = True
        masks.append(Sparse.from_mask(mask))
    return masks


class Autograd:
    """The trained tensors as a torch module would hold them."""

    def __init__(self, wirings: list[Sparse], *, fused: bool) -> None:
        n = wirings[0].sources
        self.one, self.other = (torch.from_numpy(part) for part in np.triu_indices(n, 1))
        self.reach = reaches(wirings, strict=False)
        masks = [layer.inputs[:, self.one] & layer.inputs[:, self.other] for layer in self.reach]
        self.closed = [torch.where(torch.from_numpy(mask), 0.0, -torch.inf) for mask in masks]
        pairs = len(self.one)
        self.routes = [torch.zeros(w.links, pairs, requires_grad=True) for w in wirings[1:]]
        self.added = [torch.zeros(w.targets, pairs + 1, requires_grad=True) for w in wirings]
        self.sources = [torch.from_numpy(w.indices.astype(np.int64)) for w in wirings[1:]]
        self.targets = [torch.from_numpy(w.rows()) for w in wirings[1:]]
        self.optimiser = torch.optim.Adam(
            [*self.routes, *self.added], lr=RATE, eps=EPSILON, fused=fused
        )
        self.inputs = n

    def control(self) -> Tensor:
        """Let control flow; return K, shape (outputs, inputs)."""
        state = self._own(0)
        for layer, route in enumerate(self.routes):
            source, target = self.sources[layer], self.targets[layer]
            weight = route.exp()
            total = torch.zeros_like(state).index_add(0, source, weight)
            message = weight / total[source] * state[source]
            state = self._own(layer + 1).index_add(0, target, message).clamp(max=1)
        zero = torch.zeros(len(state), self.inputs)
        return zero.index_add(1, self.one, state / 2).index_add(1, self.other, state / 2)

    def _own(self, layer: int) -> Tensor:
        budget = torch.from_numpy(self.reach[layer].budget).float()[:, None]
        closed = torch.nn.functional.pad(self.closed[layer], (0, 1))
        return budget * torch.softmax(self.added[layer] + closed, dim=1)[:, :-1]

    def step(self) -> Tensor:
        """Take one step with the fair loss; return K before it."""
        self.optimiser.zero_grad()
        control = self.control()
        loss = ((control - (self.inputs - 1) / self.inputs) ** 2).sum()
        loss.backward()
        self.optimiser.step()
        return control.detach()


def trained() -> dict[str, Callable[[], Any]]:
    """Return one iteration of each program, after the first ones were found equal."""
    wirings = hypercube(64, 7)
    flow = Flow(
        wirings,
        reaches(wirings, strict=False),
        fair=True,
        slack=True,
        capped=False,
        side=32,
        device=choose_device("cpu"),
        dtype="float32",
        noise=0.0,
        rng=np.random.default_rng(0),
    )

    def iteration() -> Any:
        state = flow.evaluate()
        flow.descend(state, rate=RATE, epsilon=EPSILON)
        return state.control

    fused, plain = Autograd(wirings, fused=True), Autograd(wirings, fused=False)
    for _ in range(5):
        control = iteration()
        for peer in (fused, plain):
            np.testing.assert_allclose(control, peer.step(), rtol=2e-4)
    return {"tiles, own adjoint": iteration, "torch, fused Adam": fused.step, "torch": plain.step}


def flows(wirings: list[Sparse]) -> dict[str, Callable[[], Any]]:
    """Return programs that find K with unbiased routing; those of pairs have all tensors ready."""
    device, n = choose_device("cpu"), wirings[0].sources
    reach = reaches(wirings, strict=False)
    own = [
        torch.from_numpy(r.inputs * (r.budget / r.inputs.sum(1) / (r.inputs.sum(1) - 1))[:, None])
        for r in reach
    ]
    reached = [torch.from_numpy(r.inputs) for r in reach]
    apart = 1 - torch.eye(n)

    def added(layer: int) -> Tensor:
        """Control of ordered pairs that a layer adds, shape (inputs, inputs, neurons)."""
        mask = reached[layer].float().T
        return torch.einsum("iv,jv,ij->ijv", own[layer].float().T, mask, apart)

    edges = [
        (torch.from_numpy(w.indices.astype(np.int64)), torch.from_numpy(w.rows()))
        for w in wirings[1:]
    ]
    shares = [1.0 / torch.bincount(source)[source] for source, _ in edges]

    own_control = [added(layer) for layer in range(len(wirings))]
    routes = [
        torch.zeros(n, n).index_put((source, target), share)
        for (source, target), share in zip(edges, shares, strict=True)
    ]
    with warnings.catch_warnings(action="ignore"):
        rows = [route.T.contiguous().to_sparse_csr() for route in routes]
    options: dict[str, Any] = {"fair": True, "slack": False, "capped": False, "side": 32}
    rng = np.random.default_rng(0)
    flow = Flow(wirings, reach, device=device, dtype="float32", noise=0.0, rng=rng, **options)

    def dense() -> Tensor:
        state = own_control[0]
        for route, more in zip(routes, own_control[1:], strict=True):
            state = torch.einsum("iju,uv->ijv", state, route) + more
        return state.sum(dim=1)

    def gathered() -> Tensor:
        state = own_control[0]
        for (source, target), share, more in zip(edges, shares, own_control[1:], strict=True):
            state = more.index_add(2, target, state[..., source] * share)
        return state.sum(dim=1)

    def sparse() -> Tensor:
        state = own_control[0].reshape(n * n, n).T
        for route, more in zip(rows, own_control[1:], strict=True):
            state = route @ state + more.reshape(n * n, n).T
        return state.T.reshape(n, n, n).sum(dim=1)

    def tiled() -> Any:
        return flow.evaluate().control.T

    def closed() -> Any:
        return uniform_control(wirings, strict=False, device=device)[0]

    named = {
        "closed form": closed,
        "tiles of pairs": tiled,
        "dense einsum": dense,
        "gather, index_add": gathered,
        "torch.sparse": sparse,
    }
    expected = closed()
    for program in named.values():
        np.testing.assert_allclose(program(), expected, rtol=1e-4)
    return named


def main() -> None:
    """Measure, print and write."""
    chosen = arguments(__doc__ or "")
    report: dict[str, Any] = {"conditions": conditions("numpy", "scipy", "torch")}
    rounds = chosen.rounds
    tables = {"a. an iteration of training, hypercube 64, 7 layers": trained()}
    for name, wirings in (("butterfly", butterfly(256, 8)), ("hypercube", hypercube(256, 9))):
        programs = flows(wirings)
        if name == "butterfly":
            own = programs.pop("tiles of pairs")
            peers = {key: program for key, program in programs.items() if key != "closed form"}
            tables[f"b. all pairs, {name} 256"] = {"tiles of pairs": own, **peers}
        programs.pop("tiles of pairs", None)
        tables[f"c. unbiased routing, {name} 256"] = programs
    for title, programs in tables.items():
        report[title] = compare(programs, rounds=rounds)
        show(title, report[title])
    write(chosen.output, report)


if __name__ == "__main__":
    main()
