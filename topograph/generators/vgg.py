"""Plain convolutional networks without skip connections."""

from __future__ import annotations

from itertools import count as count_from

from topograph.errors import ArchitectureError
from topograph.generators._convolutional import Image, count, image_input, member
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Builder

__all__ = ["vgg"]

DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
WIDTHS = (64, 128, 256, 512, 512)
HIDDEN = 4096


def vgg(
    depth: int,
    *,
    batch_norm: bool = False,
    classes: int = 1000,
    image: Image = (3, 224, 224),
) -> Architecture:
    """VGG: 3 x 3 convolutions in five stages, with max pooling behind each, and three linear maps.

    Parameters
    ----------
    depth : {11, 13, 16, 19}
        Convolutions and linear maps.
    batch_norm : bool
        If True, each convolution is batch normalised.
    classes : int
        Neurons of the classifier.
    image : tuple of int
        Channels, height and width of the input; at least 32 pixels along each axis.

    Returns
    -------
    Architecture
        The convolutions are the layers of one cell, ``"features"``. No channel skips a layer, so
        the NN-Mass is 0.

    Raises
    ------
    ArchitectureError
        If the depth is none of these, the image too small, or a number is not whole.

    Notes
    -----
    The first linear map reads all pixels of the last pooled map: 7 x 7 of them for images of
    224 x 224, where the common implementations pool adaptively to 7 x 7 and so change nothing. For
    other images they still pool to 7 x 7, while here the linear map grows and shrinks with the
    image. Dropout is left to the training.

    References
    ----------
    .. [1] K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image
           recognition", ICLR 2015, Table 1.

    Examples
    --------
    >>> import topograph as tg
    >>> tg.analyzers.cost(vgg(16)).parameters
    138357544
    >>> tg.analyzers.nn_mass(vgg(16))
    0.0
    """
    layers = member("VGG", depth, DEPTHS)
    if not isinstance(batch_norm, bool):
        raise ArchitectureError(
            "batch_norm is True or False: all convolutions are normalised or none. "
            f"Received {batch_norm!r:.80}. Convert it with `bool(...)`."
        )
    normalisation = "batch" if batch_norm else None
    b = Builder(f"vgg({depth}, batch_norm={batch_norm})")
    x = image_input(b, image, smallest=32)
    layer = count_from(0)
    with b.cell("features"):
        for place, (width, number) in enumerate(zip(WIDTHS, layers, strict=True), start=1):
            for turn in range(1, number + 1):
                x = b.conv(
                    x,
                    width,
                    bias=True,
                    normalisation=normalisation,
                    activation="relu",
                    layer=next(layer),
                    name=f"conv_{place}_{turn}",
                )
            x = b.pool(x, name=f"pool_{place}")
    x = b.flatten(x, name="flat")
    for place in (1, 2):
        x = b.linear(x, HIDDEN, activation="relu", name=f"hidden_{place}")
    b.linear(x, count("classes", classes), name="classifier")
    return b.build()
