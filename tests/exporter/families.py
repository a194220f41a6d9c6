"""Families of small networks that differ only in their wiring."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from topograph.generators import dense_mlp
from topograph.graph import ACTIVATIONS, Architecture, Builder


@st.composite
def families(draw: st.DrawFn, *, activations: Sequence[str] = ACTIVATIONS) -> list[Architecture]:
    """Draw one to four perceptrons of one shape, with different numbers of candidates."""
    width, depth = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    shape = {
        "inputs": draw(st.integers(1, 5)),
        "classes": draw(st.integers(1, 4)),
        "activation": draw(st.sampled_from(activations)),
    }
    candidates = draw(st.lists(st.integers(0, 9), min_size=1, max_size=4))
    return [
        dense_mlp(width, depth, candidates=limit, rng=seed, **shape)
        for seed, limit in enumerate(candidates)
    ]


def uneven(seed: int) -> Architecture:
    """Return a network whose layers have different widths; its wiring follows from the seed."""
    b = Builder(f"uneven {seed}")
    x = b.input(3, name="x")
    first = b.linear(x, 5, name="type", activation="gelu")
    second = b.linear(first, 2, name="_second", activation="gelu")
    both = b.concat([second, (first, [seed % 5, (seed + 2) % 5])], name="both")
    third = b.linear(both, 4, name="third", activation="gelu")
    every = b.concat([(first, [4, 4, 0]), third, second, (both, [seed % 4])], name="every")
    b.linear(every, 3, name="end")
    return b.build()
