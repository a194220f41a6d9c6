"""A feature map of an architecture."""

from __future__ import annotations

from dataclasses import dataclass

from topograph.graph.ops import Size

MERGES = ("sum", "concat", "product")


@dataclass(frozen=True, slots=True)
class Node:
    r"""A feature map, and how it arises from the edges that enter it.

    The value of a node with incoming feature maps :math:`z_1, \dots, z_k` is

    .. math:: x = \phi(\nu(z_1 \circ \dots \circ z_k)) ,

    where :math:`\circ` is the merge, :math:`\nu` the normalisation and :math:`\phi` the activation.
    A node that no edge enters is an input.

    Attributes
    ----------
    name : str
        A letter or underscore, then letters, digits and underscores; unique in its architecture.
    width : int
        Channels of a map, neurons of a vector.
    size : tuple of int
        Spatial extents: ``()`` for a vector, ``(height, width)`` for a map, in pixels.
    merge : {"sum", "concat", "product"}
        How incoming feature maps become one. A product of a map with a vector or with a
        1 x 1 map scales each channel of the map, as a gate does.
    normalisation : {None, "batch", "layer"}
        Applied to the merged value, with a trainable scale and shift per channel.
    activation : str or None
        Applied last; one of `topograph.graph.ACTIVATIONS`.
    cell : str or None
        The block of the architecture to which the node belongs.
    layer : int or None
        Its place among the layers of the cell, from 0; None for nodes between the layers, such as
        a concatenation.
    """

    name: str
    width: int
    size: Size = ()
    merge: str = "sum"
    normalisation: str | None = None
    activation: str | None = None
    cell: str | None = None
    layer: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Width and spatial extents, as in a torch tensor without its batch axis."""
        return (self.width, *self.size)
