"""What stands around a wiring: the input, the stem that reads it, and the classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from topograph._checks import whole
from topograph.errors import ArchitectureError
from topograph.graph.builder import Builder, Link
from topograph.graph.ops import Conv2d, Linear, Op

Inputs = int | tuple[int, int, int]
"""Numbers of a vector, or channels, height and width of an image."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A builder of networks of vectors or of images.

    Attributes
    ----------
    builder : Builder
    inputs : int or tuple of int
    width : int
        Neurons or channels of each layer.
    """

    builder: Builder
    inputs: Inputs
    width: int

    @property
    def is_image(self) -> bool:
        """True if feature maps have pixels."""
        return not isinstance(self.inputs, int)

    @property
    def mixing(self) -> Op:
        """The map of a layer that a batch normalisation follows: it needs no bias."""
        return Conv2d(3) if self.is_image else Linear(bias=False)

    def stem(self, *, width: int | None = None, activation: str | None = None) -> str:
        """Add the input and a first, normalised layer."""
        b = self.builder
        if isinstance(self.inputs, int):
            source = b.input(self.inputs, name="input")
        else:
            channels, *size = self.inputs
            source = b.input(channels, size=tuple(size), name="image")
        return self.layer(source, width or self.width, name="stem", activation=activation)

    def layer(self, source: str, width: int, **fields: Any) -> str:
        """Add a normalised layer that reads all channels."""
        link = Link(source, self.mixing)
        return self.builder.node([link], width=width, normalisation="batch", **fields)

    def classifier(self, source: str, classes: int) -> None:
        """Add the classifier, behind the mean over all pixels."""
        if self.is_image:
            source = self.builder.global_pool(source, name="pooled")
        self.builder.linear(source, classes, name="classifier")


def frame(name: str, inputs: Inputs, *, width: int, classes: int) -> Frame:
    """Check the numbers of a network and begin it."""
    extents = (inputs,) if isinstance(inputs, int) else tuple(inputs)
    if len(extents) not in (1, 3):
        raise ArchitectureError(
            "A network reads vectors, of one number of inputs, or images of three axes. "
            f"Received {inputs!r}. Write 784, or (3, 32, 32) for 32 x 32 colour images."
        )
    for what, value in [*(("inputs", n) for n in extents), ("width", width), ("classes", classes)]:
        whole(what, value, minimum=1, error=ArchitectureError, because="it counts channels")
    return Frame(Builder(name), inputs, width)
