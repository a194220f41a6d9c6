"""Controllability over the full tensors of pairs, by torch: a second road, slow and plain."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from hypothesis import strategies as st

from topograph.graph.wiring import Sparse


@st.composite
def wirings(draw, *, inputs=(2, 7), widths=(1, 6), depth=(1, 4)):
    """Random cascades in which every neuron reads something, with random constant links."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    sizes = [draw(st.integers(*inputs))]
    sizes += [draw(st.integers(*widths)) for _ in range(draw(st.integers(*depth)))]
    found = []
    for before, after in pairwise(sizes):
        mask = rng.random((after, before)) < rng.uniform(0.2, 0.9)
        mask[np.arange(after), rng.integers(before, size=after)] = True
        constant = mask & (rng.random(mask.shape) < 0.3)
        found.append(Sparse.from_mask(mask, constant=constant))
    return found


def reach_by_products(layers):
    """Return which inputs reach each neuron, from products of masks."""
    product = np.eye(layers[0].sources)
    found = []
    for wiring in layers:
        product = dense(wiring) @ product
        found.append(product > 0)
    return found


def dense(wiring):
    """Return the mask of a wiring as floats."""
    mask = np.zeros((wiring.targets, wiring.sources))
    mask[wiring.rows(), wiring.indices] = 1
    return mask


def mixable(layers, *, strict):
    """Return for each layer which ordered pairs its neurons mix, (neurons, inputs, inputs)."""
    before = np.eye(layers[0].sources, dtype=bool)
    found = []
    for wiring, after in zip(layers, reach_by_products(layers), strict=True):
        pairs = after[:, :, None] & after[:, None, :]
        if strict:
            pairs = np.zeros_like(pairs)
            for v in range(wiring.targets):
                reads = wiring.indices[wiring.indptr[v] : wiring.indptr[v + 1]]
                for u in reads:
                    for w in reads:
                        if u != w:
                            pairs[v] |= before[u][:, None] & before[w][None, :]
            pairs |= pairs.transpose(0, 2, 1)
        pairs[:, np.arange(after.shape[1]), np.arange(after.shape[1])] = False
        found.append(pairs)
        before = after
    return found


def control(layers, routes, added, *, strict=False, slack=None, clip=True):
    """Return the control of all layers over ordered pairs, (neurons, inputs, inputs).

    `routes` holds logits (targets, sources, inputs, inputs) for all layers but the first, `added`
    logits (neurons, inputs, inputs), both symmetric; `slack` logits (neurons,), or None.
    """
    states = []
    for layer, (wiring, pairs) in enumerate(
        zip(layers, mixable(layers, strict=strict), strict=True)
    ):
        trained = np.ones(wiring.links, bool) if wiring.constant is None else ~wiring.constant
        count = np.bincount(wiring.rows()[trained], minlength=wiring.targets)
        budget = np.minimum(count, np.diff(wiring.indptr) - 1) * pairs.any(axis=(1, 2))
        weight = added[layer].exp() * torch.from_numpy(pairs)
        total = weight.sum(dim=(1, 2)) / 2
        if slack is not None:
            total = total + slack[layer].exp()
        state = weight * (torch.from_numpy(budget) / total.clamp(min=1e-300))[:, None, None]
        if layer:
            mask = torch.from_numpy(dense(wiring))[:, :, None, None]
            route = routes[layer - 1].exp() * mask
            share = route / route.sum(dim=0, keepdim=True).clamp(min=1e-300)
            state = state + (share * states[-1][None]).sum(dim=1)
        states.append(state.clamp(max=1) if clip else state)
    return states


def matrix(state):
    """Return K, shape (outputs, inputs)."""
    return state.sum(dim=2) / 2


def zeros(layers):
    """Return the logits of the uniform state: routes and added control."""
    n = layers[0].sources
    routes = [torch.zeros(w.targets, w.sources, n, n, dtype=torch.float64) for w in layers[1:]]
    return routes, [torch.zeros(w.targets, n, n, dtype=torch.float64) for w in layers]
