"""Mobile networks of inverted residual blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from topograph.errors import ArchitectureError
from topograph.generators._convolutional import Image, count, head, image_input, multiplier
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Builder, Link
from topograph.graph.ops import Conv2d
from topograph.graph.wiring import OneToOne

__all__ = ["mobilenet_v2"]


class Stage(NamedTuple):
    """Expansion, channels and first stride of the blocks of a stage."""

    expansion: int
    width: int
    stride: int


STAGES = (
    Stage(1, 16, 1),
    Stage(6, 24, 2),
    Stage(6, 32, 2),
    Stage(6, 64, 2),
    Stage(6, 96, 1),
    Stage(6, 160, 2),
    Stage(6, 320, 1),
)
FIRST, LAST = 32, 1280
"""Channels of the first and the last convolution."""

DIVISOR = 8
NORMALISED: dict[str, Any] = {"normalisation": "batch", "activation": "relu6"}


def mobilenet_v2(
    *,
    width_multiplier: float = 1.0,
    blocks: Sequence[int] = (1, 2, 3, 4, 3, 3, 1),
    classes: int = 1000,
    image: Image = (3, 224, 224),
) -> Architecture:
    r"""MobileNetV2: inverted residual blocks with linear bottlenecks.

    A block expands its input to six times the channels (1 x 1), filters each channel (3 x 3) and
    projects to its width (1 x 1); it adds its input where the shape has not changed. The blocks of
    the first stage do not expand.

    Parameters
    ----------
    width_multiplier : float
        Scales all widths; see Notes.
    blocks : sequence of int
        Blocks of each of the seven stages, at least one.
    classes : int
        Neurons of the classifier.
    image : tuple of int
        Channels, height and width of the input.

    Returns
    -------
    Architecture
        Each block is a cell, ``"block_1_1"``, ...; its convolutions are the layers 0, 1, ..., its
        sum lies between the layers. Stem and head belong to none.

    Raises
    ------
    ArchitectureError
        If the multiplier is not a finite number above 0, there are not seven numbers of blocks, or
        a number is not whole.

    Notes
    -----
    A scaled width :math:`v` becomes the nearest multiple of 8, at least 8, or the next one if that
    is below :math:`0.9 v`. The last convolution is never scaled down. Dropout before the
    classifier is left to the training.

    References
    ----------
    .. [1] M. Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018,
           Tables 1 and 2.

    Examples
    --------
    >>> import topograph as tg
    >>> tg.analyzers.cost(mobilenet_v2()).parameters
    3504872
    """
    factor = multiplier(width_multiplier)
    numbers = _blocks(blocks)
    b = Builder(f"mobilenet_v2(width_multiplier={width_multiplier}, blocks={numbers})")
    x = image_input(b, image)
    width = rounded(FIRST * factor)
    x = b.conv(x, width, kernel=3, stride=2, name="stem", **NORMALISED)
    for place, (stage, number) in enumerate(zip(STAGES, numbers, strict=True), start=1):
        target = rounded(stage.width * factor)
        for block in range(number):
            name, stride = f"block_{place}_{block + 1}", stage.stride if block == 0 else 1
            with b.cell(name):
                made = _branch(b, x, name, (width, target), stage.expansion, stride)
                keeps = stride == 1 and width == target
                x = b.add([made, x], name=f"{name}_sum") if keeps else made
            width = target
    x = b.conv(x, rounded(LAST * max(1.0, factor)), kernel=1, name="last", **NORMALISED)
    head(b, x, classes)
    return b.build()


def rounded(width: float) -> int:
    """Round a number of channels to a multiple of 8 that is at least 90 % of it.

    >>> rounded(24 * 0.75), rounded(9.6), rounded(3)
    (24, 16, 8)
    """
    nearest = max(DIVISOR, int(width + DIVISOR / 2) // DIVISOR * DIVISOR)
    return nearest if nearest >= 0.9 * width else nearest + DIVISOR


def _branch(
    b: Builder, x: str, name: str, widths: tuple[int, int], expansion: int, stride: int
) -> str:
    """Add the convolutions of a block, which are its layers, and return the last."""
    inner, layer = expansion * widths[0], 0
    if expansion > 1:
        x = b.conv(x, inner, kernel=1, layer=0, name=f"{name}_expand", **NORMALISED)
        layer = 1
    each = Link(x, Conv2d(3, stride=stride), OneToOne())
    x = b.node([each], width=inner, layer=layer, name=f"{name}_filter", **NORMALISED)
    return b.conv(
        x, widths[1], kernel=1, normalisation="batch", layer=layer + 1, name=f"{name}_project"
    )


def _blocks(blocks: Sequence[int]) -> tuple[int, ...]:
    """Return the number of blocks of each stage, or raise if they are not seven counts."""
    if not isinstance(blocks, Sequence) or isinstance(blocks, str) or len(blocks) != len(STAGES):
        raise ArchitectureError(
            f"MobileNetV2 has {len(STAGES)} stages, and a number of blocks for each. "
            f"Received {blocks!r:.80}. Give {len(STAGES)} whole numbers."
        )
    return tuple(count("blocks", number) for number in blocks)
