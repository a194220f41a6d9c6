"""What skip connections that end in a sum weigh: Eq. (3), block by block."""

from __future__ import annotations

from typing import NamedTuple

from topograph.errors import ArchitectureError
from topograph.graph.blocks import Block

ADDITIONS = ("text", "counted", "strict")
PROJECTIONS = ("counted", "ignored")


class AdditionMass(NamedTuple):
    r"""A block in the terms of Eq. (3).

    Attributes
    ----------
    depth : int
        Layers that the skip connections pass over, :math:`k`.
    channels : int
        Channels that enter the layers, :math:`i_c = \sum_{j<k} W_j`.
    links : int
        Additions of channels that are there.
    possible : int
        Additions of channels that could be there.
    """

    depth: int
    channels: int
    links: int
    possible: int

    @property
    def mass(self) -> float:
        r"""NN-Mass of the block, :math:`i_c \rho_c`."""
        return self.channels * self.links / self.possible


def addition_mass(
    block: Block, *, additions: str = "text", projections: str = "counted"
) -> AdditionMass:
    r"""Count the additions of a block, those that are there and those that could be.

    Layer :math:`j + 1` of :math:`k` reads :math:`W_j` channels. An addition leads from place
    :math:`j` to a place :math:`i \ge j + 2`, over at least one layer, and

    .. math:: \rho_c = \frac{\text{additions that are there}}{\sum_{i \ge j + 2} n_{ji}} ,
              \qquad m_c = \rho_c \sum_{j < k} W_j ,

    where :math:`n_{ji}` channels could be added: :math:`W_j` by the text's rule.

    Parameters
    ----------
    block : Block
    additions : {"text", "counted", "strict"}
        See `topograph.analyzers.mass_profile`.
    projections : {"counted", "ignored"}
        Whether a projected skip connection is there.

    Raises
    ------
    ArchitectureError
        If the layers of the block do not follow one another.

    Examples
    --------
    >>> from topograph.graph.blocks import Block, Skip
    >>> skip = Skip(0, 3, channels=256, projected=False)
    >>> bottleneck = Block("block", (256, 64, 64, 256), (skip,), ("sum",), False)
    >>> addition_mass(bottleneck)  # W1 = 256, W2 = 64: 2 W1 + W2 could be there
    AdditionMass(depth=3, channels=384, links=256, possible=576)
    >>> addition_mass(bottleneck, additions="strict").mass  # 384 * 256 / (64 + 256 + 64)
    256.0
    """
    _check_order(block)
    widths, shift = block.widths, 0
    if additions == "text" and block.is_separable:
        # The released formula has three layers for every inverted residual: one that does not
        # expand counts as if it expanded by 1.
        widths, shift = (widths[0], *widths), 1
    depth = len(widths) - 1
    pairs = [(j, i) for j in range(depth) for i in range(j + 2, depth + 1)]
    limits = {
        (j, i): min(widths[j], widths[i]) if additions == "strict" else widths[j] for j, i in pairs
    }
    there = dict.fromkeys(pairs, 0)
    for skip in block.skips:
        if projections == "counted" or not skip.projected:
            there[skip.start, skip.stop + shift] += skip.channels
    links = sum(min(there[pair], limits[pair]) for pair in pairs)
    # Eq. (3)
    return AdditionMass(depth, sum(widths[:-1]), links, sum(limits.values()))


def _check_order(block: Block) -> None:
    """Raise unless each addition passes over at least two layers that follow one another."""
    if any(skip.stop - skip.start < 2 for skip in block.skips):
        raise ArchitectureError(
            "Added skip connections are weighed in blocks of layers that follow one another, as "
            "Eq. (3) numbers them. Received a block in which a layer is also the way past others, "
            f"in cell {block.cell!r}. Random wirings have no NN-Mass: compare their degrees, "
            "clustering and path lengths instead."
        )


def check_rules(additions: str, projections: str) -> None:
    """Raise unless both words are known."""
    for what, word, known in (
        ("The additions of a block count", additions, ADDITIONS),
        ("Projected additions are", projections, PROJECTIONS),
    ):
        if word not in known:
            raise ArchitectureError(
                f"{what} in one of the ways {', '.join(known)}. "
                f"Received {word!r:.80}. Choose one of these."
            )
