"""Densely connected networks."""

from __future__ import annotations

from typing import Any

from topograph.generators._convolutional import Image, head, image_input, member, stem
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Builder

__all__ = ["densenet"]

DEPTHS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}
GROWTH = 32
FIRST = 64
BOTTLENECK = 4
"""Channels of the 1 x 1 convolution before a layer per channel of the layer."""

NORMALISED: dict[str, Any] = {"normalisation": "batch", "activation": "relu"}


def densenet(depth: int, *, classes: int = 1000, image: Image = (3, 224, 224)) -> Architecture:
    r"""DenseNet: in each block, every layer reads the input of the block and all earlier layers.

    A layer is a 3 x 3 convolution to 32 channels, of a 1 x 1 convolution to 128 channels, of the
    concatenation of all that went before in its block; both convolutions read normalised and
    rectified maps. Between blocks, a 1 x 1 convolution halves the channels and average pooling the
    map.

    Parameters
    ----------
    depth : {121, 169, 201}
        Convolutions and linear maps.
    classes : int
        Neurons of the classifier.
    image : tuple of int
        Channels, height and width of the input; at least 32 pixels along each axis.

    Returns
    -------
    Architecture
        Each block is a cell, ``"block_1"`` to ``"block_4"``, of one width, 32; its layers
        :math:`0, \dots, d - 1` are the 3 x 3 convolutions.

    Raises
    ------
    ArchitectureError
        If the depth is none of these, the image too small, or a number is not whole.

    Notes
    -----
    The concatenation that a layer reads, with its normalisation, and the 1 x 1 convolution lie
    between the layers of a cell: they work for the layer behind them. The input of a block is no
    layer and no candidate of its cell, as everywhere in topograph; so layer :math:`i` could read
    :math:`32 (i - 1)` channels over a skip connection, reads them all, and the density of each
    cell is exactly 1. Transitions, stem and head belong to no cell.

    References
    ----------
    .. [1] G. Huang et al., "Densely connected convolutional networks", CVPR 2017, Table 1.

    Examples
    --------
    >>> import topograph as tg
    >>> network = densenet(121)
    >>> tg.analyzers.cost(network).parameters
    7978856
    >>> tg.analyzers.cell_density(network).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    layers = member("DenseNet", depth, DEPTHS)
    b = Builder(f"densenet({depth})")
    x = stem(b, image_input(b, image, smallest=32), FIRST)
    width = FIRST
    for place, number in enumerate(layers, start=1):
        x = _block(b, x, f"block_{place}", number)
        width += number * GROWTH
        if place < len(layers):
            width //= 2
            x = b.conv(x, width, kernel=1, name=f"transition_{place}")
            x = b.pool(x, "average", name=f"transition_{place}_pool")
    head(b, x, classes)
    return b.build()


def _block(b: Builder, x: str, name: str, number: int) -> str:
    """Add a block and return the normalised concatenation of its input and all its layers."""
    made: list[str | tuple[str, Any]] = [x]
    with b.cell(name):
        for layer in range(number):
            seen = b.concat(made, name=f"{name}_concat_{layer}", **NORMALISED)
            squeezed = b.conv(
                seen, BOTTLENECK * GROWTH, kernel=1, name=f"{name}_squeeze_{layer}", **NORMALISED
            )
            made.append(b.conv(squeezed, GROWTH, layer=layer, name=f"{name}_layer_{layer}"))
    return b.concat(made, name=f"{name}_output", **NORMALISED)
