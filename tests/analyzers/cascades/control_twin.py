"""A torch twin of the trained tensors of controllability, over the full tensors of pairs."""

from __future__ import annotations

import numpy as np
import torch

from tests.analyzers.cascades.pair_tensors import control, matrix
from topograph.analyzers.cascades.control_training import Flow
from topograph.analyzers.cascades.pair_tiles import tiles
from topograph.analyzers.cascades.reach import reaches
from topograph.arrays import choose_device


def flow_of(layers, *, fair=True, slack=True, capped=False, side=3, strict=False, noise=0.5, rng=0):
    """Make the trained tensors of a cascade."""
    return Flow(
        layers,
        reaches(layers, strict=strict),
        fair=fair,
        slack=slack,
        capped=capped,
        side=side,
        device=choose_device("cpu"),
        dtype="float64",
        noise=noise,
        rng=np.random.default_rng(rng),
    )


class Twin:
    """The same logits as leaves of torch, and the loss by dense tensors."""

    def __init__(self, flow, layers, *, side=3, strict=False):
        self.flow, self.layers, self.strict = flow, layers, strict
        self.reach = reaches(layers, strict=strict)
        self.tiles = list(tiles(self.reach, side))
        self.links = [tile.links(layers) for tile in self.tiles]
        self.routes = [[_leaf(route.weight) for route in b.routes] for b in flow.blocks]
        self.added = [[_leaf(added.weight) for added in b.added] for b in flow.blocks]
        self.slack = [_leaf(unused.weight) for unused in flow.unused]

    def leaves(self):
        """All leaves, the routes first."""
        routes, added = ([x for block in part for x in block] for part in (self.routes, self.added))
        return [*routes, *added, *self.slack]

    def loss(self):
        """Return the loss, and K of shape (outputs, inputs)."""
        n = self.layers[0].sources
        routes = [torch.zeros(w.targets, w.sources, n, n).double() for w in self.layers[1:]]
        added = [torch.full((w.targets, n, n), -torch.inf).double() for w in self.layers]
        for tile, links, own, more in zip(
            self.tiles, self.links, self.routes, self.added, strict=True
        ):
            one, other = torch.from_numpy(tile.one), torch.from_numpy(tile.other)
            for layer, (sources, targets) in enumerate(links):
                at = torch.from_numpy(tile.live[layer + 1][targets])[:, None]
                start = torch.from_numpy(tile.live[layer][sources])[:, None]
                for i, j in ((one, other), (other, one)):
                    logits = own[layer].reshape(len(sources), len(tile.one))
                    routes[layer] = routes[layer].index_put((at, start, i, j), logits)
            for layer, live in enumerate(tile.live):
                at = torch.from_numpy(live)[:, None]
                for i, j in ((one, other), (other, one)):
                    added[layer] = added[layer].index_put((at, i, j), more[layer])
        states = control(self.layers, routes, added, strict=self.strict, slack=self.slack)
        k = matrix(states[-1])
        if self.flow.fair:
            loss = ((k - (n - 1) / n) ** 2).sum()
        else:
            loss = ((k.sum(dim=1) - (n - 1)) ** 2).sum()
        if self.flow.capped:
            for state, layer in zip(states, self.reach, strict=True):
                cap = torch.from_numpy(np.maximum(layer.inputs.sum(axis=1) - 1.0, 0))
                loss = loss + (state.sum(dim=(1, 2)) / 2 - cap).clamp(min=0).square().sum()
        return loss, k


def _leaf(weight):
    """Logits of weights as a leaf; those of closed pairs are -inf and get no slope."""
    with np.errstate(divide="ignore"):
        return torch.from_numpy(np.log(weight)).requires_grad_()
