"""Chains of residual blocks, by the widths of their layers."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from topograph.graph import Architecture, Builder

WIDTHS = st.integers(1, 9)


def chain(blocks: Sequence[Sequence[int]], *, celled: bool = True) -> Architecture:
    """Linear layers of the given widths; each block adds its input to its last layer.

    The input is projected where its width is another one. A block of one width is no block: it has
    a layer and no sum.
    """
    b = Builder()
    x, width = b.input(blocks[0][0], name="x"), blocks[0][0]
    for number, widths in enumerate(blocks):
        place = {"cell": f"block_{number}"} if celled else {}
        start = x
        for layer, wide in enumerate(widths):
            x = b.linear(x, wide, **place, **({"layer": layer} if celled else {}))
        if len(widths) > 1:
            kept = start if width == widths[-1] else b.linear(start, widths[-1], **place)
            x = b.add([x, kept], name=f"sum_{number}", activation="relu", **place)
        width = widths[-1]
    b.linear(x, 2, name="classifier")
    return b.build()


def chains() -> st.SearchStrategy[list[list[int]]]:
    """Draw the widths of the layers of one to four blocks."""
    return st.lists(st.lists(WIDTHS, min_size=1, max_size=5), min_size=1, max_size=4)
