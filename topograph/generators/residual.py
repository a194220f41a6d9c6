"""Residual networks and wide residual networks."""

from __future__ import annotations

from typing import NamedTuple

from topograph.errors import ArchitectureError
from topograph.generators._convolutional import (
    Image,
    head,
    image_input,
    member,
    multiplier,
    stem,
)
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Builder

__all__ = ["resnet"]


class Family(NamedTuple):
    """Blocks of a residual network, stage by stage, and whether they are bottlenecks."""

    blocks: tuple[int, ...]
    bottleneck: bool


DEPTHS = {
    18: Family((2, 2, 2, 2), bottleneck=False),
    34: Family((3, 4, 6, 3), bottleneck=False),
    50: Family((3, 4, 6, 3), bottleneck=True),
    101: Family((3, 4, 23, 3), bottleneck=True),
    152: Family((3, 8, 36, 3), bottleneck=True),
}
EXPANSION = 4
"""Channels that leave a bottleneck per channel inside, in a network of width multiplier 1."""


def resnet(
    depth: int,
    *,
    width_multiplier: float = 1,
    classes: int = 1000,
    image: Image = (3, 224, 224),
) -> Architecture:
    r"""Residual network, or wide residual network where the multiplier is not 1.

    A block adds its input to what convolutions make of it,

    .. math:: y = \phi(x + F(x)) ,

    with :math:`F` two 3 x 3 convolutions (depths 18 and 34) or a bottleneck of 1 x 1, 3 x 3 and
    1 x 1 convolutions (depths 50, 101, 152). Where the shape changes, a 1 x 1 convolution projects
    :math:`x`. All convolutions are batch normalised; :math:`\phi` is the ReLU.

    Parameters
    ----------
    depth : {18, 34, 50, 101, 152}
        Convolutions and linear maps, without projections.
    width_multiplier : float
        Widens all channels of the networks of two-layer blocks, and the 3 x 3 convolutions of
        bottlenecks, whose outer channels stay. Widths are rounded down.
    classes : int
        Neurons of the classifier.
    image : tuple of int
        Channels, height and width of the input.

    Returns
    -------
    Architecture
        Each block is a cell, ``"block_1_1"``, ``"block_1_2"``, ...; its convolutions are the layers
        0, 1, ..., its sum and its projection lie between the layers. Stem and head belong to none.

    Raises
    ------
    ArchitectureError
        If the depth is none of these, the multiplier not above 0 or so small that no channel is
        left, or a number is not whole.

    Notes
    -----
    A bottleneck halves the map in its 3 x 3 convolution ("version 1.5"), which is what the common
    pretrained weights have; the publication halves it in the first 1 x 1 convolution. Parameters
    and operations are those of the common implementations. In networks of two-layer blocks the
    multiplier widens the stem too, so that the first block keeps its identity.

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016, Table 1.
    .. [2] S. Zagoruyko and N. Komodakis, "Wide residual networks", BMVC 2016, Tables 7 and 8.

    Examples
    --------
    >>> import topograph as tg
    >>> network = resnet(18)
    >>> tg.analyzers.cost(network).parameters
    11689512
    >>> len(network.cells), len(network.cells["block_1_1"])
    (8, 2)
    """
    family = member("residual network", depth, DEPTHS)
    factor = multiplier(width_multiplier)
    b = Builder(f"resnet({depth}, width_multiplier={width_multiplier})")
    inner = [_scaled(64 * 2**stage, factor) for stage in range(4)]
    outer = [EXPANSION * 64 * 2**stage for stage in range(4)] if family.bottleneck else inner
    width = 64 if family.bottleneck else inner[0]
    x = stem(b, image_input(b, image), width)
    for stage, blocks in enumerate(family.blocks):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            name, last = f"block_{stage + 1}_{block + 1}", outer[stage]
            with b.cell(name):
                changes = stride > 1 or width != last
                made = _branch(b, x, name, inner[stage], last, stride, family.bottleneck)
                kept = _projection(b, x, name, last, stride) if changes else x
                x = b.add([made, kept], activation="relu", name=f"{name}_sum")
            width = last
    head(b, x, classes)
    return b.build()


def _branch(
    b: Builder, x: str, name: str, inner: int, outer: int, stride: int, bottleneck: bool
) -> str:
    """Add the convolutions of a block, which are its layers, and return the last."""
    plan = [(inner, 3, stride), (outer, 3, 1)]
    if bottleneck:
        plan = [(inner, 1, 1), (inner, 3, stride), (outer, 1, 1)]
    for layer, (width, kernel, step) in enumerate(plan):
        x = b.conv(
            x,
            width,
            kernel=kernel,
            stride=step,
            normalisation="batch",
            activation="relu" if layer < len(plan) - 1 else None,
            layer=layer,
            name=f"{name}_conv_{layer}",
        )
    return x


def _projection(b: Builder, x: str, name: str, width: int, stride: int) -> str:
    """Add the 1 x 1 convolution that gives the input of a block the shape of its output."""
    return b.conv(
        x, width, kernel=1, stride=stride, normalisation="batch", name=f"{name}_projection"
    )


def _scaled(width: int, factor: float) -> int:
    """Round a widened number of channels down, or raise if none is left."""
    scaled = int(width * factor)
    if scaled < 1:
        raise ArchitectureError(
            "A layer has at least one channel, also after it was made narrower. Received the width "
            f"multiplier {factor}, which leaves none of {width}. Use a larger multiplier."
        )
    return scaled
