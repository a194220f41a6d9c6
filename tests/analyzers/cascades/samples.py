"""Small cascades, their explicit constraint graphs, and cascades of known answers."""

import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from topograph.generators.cascades import from_masks


def quietly(masks, constant=None):
    """Build a cascade that may have dead neurons."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return from_masks(masks, constant=constant)


@st.composite
def masks_and_constants(draw, *, layers=5, width=8):
    """Draw masks of any density and constant links of any share, dead neurons included."""
    widths = draw(st.lists(st.integers(1, width), min_size=2, max_size=layers + 1))
    density, share = draw(st.floats(0.1, 1)), draw(st.sampled_from([0, 0.3, 0.9]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    masks = [rng.random((made, read)) < density for read, made in pairwise(widths)]
    return masks, [mask & (rng.random(mask.shape) < share) for mask in masks]


def reach_by_products(masks):
    """Return anc (neurons, inputs) and desc (outputs, neurons) of each layer, by dense products."""
    before = [np.eye(masks[0].shape[1], dtype=bool)]
    for mask in masks:
        before.append(mask.astype(int) @ before[-1] > 0)
    behind = [np.eye(len(masks[-1]), dtype=bool)]
    for mask in masks[::-1]:
        behind.append(behind[-1].astype(int) @ mask > 0)
    return before, behind[::-1]


def rectangles(masks, constant):
    """Return for each link the set of pairs (input, output) that it may take; none if constant."""
    before, behind = reach_by_products(masks)
    found = []
    for layer, (mask, fixed) in enumerate(zip(masks, constant, strict=True)):
        for target, source in np.argwhere(mask):
            inputs = np.flatnonzero(before[layer][source])
            outputs = np.flatnonzero(behind[layer + 1][:, target])
            pairs = {(int(i), int(o)) for i in inputs for o in outputs}
            found.append(set() if fixed[target, source] else pairs)
    return found


def have_path(masks):
    """True if some input reaches some output."""
    return bool(reach_by_products(masks)[0][-1].any())


def moved(live, backend):
    """Lay the tables of a cascade out in an array library."""
    return replace(
        live,
        sources=backend.asarray(live.sources),
        targets=backend.asarray(live.targets),
        behind=tuple(map(backend.asarray, live.behind)),
        ahead=tuple(map(backend.asarray, live.ahead)),
    )


def figure_7():
    """Two inputs, one hidden neuron, two outputs; one link is constant."""
    join, part = np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)
    return [join, part], [np.array([[True, False]]), np.zeros((2, 1), dtype=bool)]


def figure_8():
    """Three inputs, one hidden neuron, two outputs; each neuron has a constant link."""
    join, part = np.ones((1, 3), dtype=bool), np.ones((2, 1), dtype=bool)
    return [join, part], [np.array([[True, False, False]]), np.ones((2, 1), dtype=bool)]


def hall_deficit():
    """Two parts: one pair for 2 weights, and 16 pairs for 8."""
    gather = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]], dtype=bool)
    return [gather, gather.T]
