"""What the families of image classifiers share: their checks, the image and the head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from numbers import Integral, Real
from typing import Any, TypeVar

from topograph._checks import whole
from topograph.errors import ArchitectureError
from topograph.graph.builder import Builder, Link
from topograph.graph.ops import Pool

T = TypeVar("T")

Image = tuple[int, int, int]
"""Channels, height and width."""

OVERLAPPING = Pool("max", 3, stride=2, padding=1)
"""The pooling behind the first convolution of residual and dense networks."""


def member(family: str, depth: int, members: Mapping[int, T]) -> T:
    """Return what a published depth stands for, or raise if the family has no such depth."""
    whole_number = isinstance(depth, Integral) and not isinstance(depth, bool)
    if not whole_number or depth not in members:
        raise ArchitectureError(
            f"A {family} has one of the published depths {', '.join(map(str, members))}, since its "
            f"blocks are given for these. Received {depth!r:.80}. Choose one of these."
        )
    return members[depth]


def multiplier(value: float) -> float:
    """Return a width multiplier, or raise unless it is a finite number above 0."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 < value < inf:
        raise ArchitectureError(
            "A width multiplier is a finite number above 0: it scales numbers of channels. "
            f"Received {value!r:.80}. Use 1 for the published widths."
        )
    return value


def count(name: str, value: Any, *, minimum: int = 1) -> int:
    """Return a count of parts of the network, or raise if it is none."""
    reason = "it counts parts of the network"
    return whole(name, value, minimum=minimum, error=ArchitectureError, because=reason)


def image_input(builder: Builder, image: Image, *, smallest: int = 1) -> str:
    """Add the image to a network that needs at least `smallest` pixels along each axis."""
    if not isinstance(image, Sequence) or isinstance(image, str) or len(image) != 3:
        raise ArchitectureError(
            "An image has three axes: channels, height and width. "
            f"Received {image!r:.80}. Write (3, 224, 224) for 224 x 224 colour images."
        )
    channels, height, width = (count("image", extent) for extent in image)
    if min(height, width) < smallest:
        raise ArchitectureError(
            f"The image has at least {smallest} x {smallest} pixels, since the network halves it "
            f"five times. Received {height} x {width}. Give a larger image."
        )
    return builder.input(channels, size=(height, width), name="image")


def stem(builder: Builder, source: str, width: int) -> str:
    """Add a normalised 7 x 7 convolution of stride 2 and a max pooling; return the pooled map."""
    found = builder.conv(
        source,
        width,
        kernel=7,
        stride=2,
        normalisation="batch",
        activation="relu",
        name="stem",
    )
    return builder.node([Link(found, OVERLAPPING)], name="stem_pool")


def head(builder: Builder, source: str, classes: int) -> str:
    """Add global average pooling and a linear classifier."""
    pooled = builder.global_pool(source, name="pooled")
    return builder.linear(pooled, count("classes", classes), name="classifier")
