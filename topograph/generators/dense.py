"""Networks with random concatenation-type skip connections; DenseNets are their full case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from topograph.errors import ArchitectureError
from topograph.generators._dense_parts import Chosen, Parts, by_layer, random_links
from topograph.generators._dense_plan import cell_plan, check_counts
from topograph.graph.architecture import Architecture
from topograph.graph.ops import GlobalPool, Linear
from topograph.rng import as_generator

Convolve = Callable[..., str]


def dense_mlp(
    width: int,
    depth: int,
    *,
    candidates: int,
    inputs: int = 784,
    classes: int = 10,
    activation: str = "elu",
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Multilayer perceptron in which layers also read random neurons of earlier layers.

    Layer :math:`i` reads all :math:`w` neurons of layer :math:`i - 1` and, chosen uniformly without
    replacement among the :math:`w (i - 1)` neurons of the layers :math:`0, \dots, i - 2`,

    .. math:: \ell_i = \min\{w (i - 1), t\}

    more. All neurons of a layer read the same ones.

    Parameters
    ----------
    width : int
        Neurons per layer, :math:`w \ge 1`.
    depth : int
        Linear layers, :math:`d \ge 2`, of which the classifier is the last.
    candidates : int
        Largest number of earlier neurons that a layer reads, :math:`t \ge 0`.
    inputs, classes : int
        Neurons that enter and leave the network.
    activation : str
        One of `topograph.graph.ACTIVATIONS`; the classifier has none.
    rng : Generator, int or None
        Source of the wiring. Layers draw in order, so a deeper network repeats the wiring of a
        shallower one.

    Returns
    -------
    Architecture
        One cell, ``"cell"``, of the layers 0 (which reads the input) to :math:`d - 1` (the
        classifier). The input is no candidate.

    Raises
    ------
    ArchitectureError
        If a number is not whole or out of range, or the activation is unknown.

    Notes
    -----
    Every neuron is activated once, and what is read from it is the activated value. The released
    program activates layer 0 twice where it is read over a skip connection and does not activate
    what the classifier reads from the layer before it.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Section 3.1 and Appendix E.

    Examples
    --------
    >>> network = dense_mlp(8, 24, candidates=2, rng=0)
    >>> network
    Architecture('dense_mlp(8, 24, candidates=2)', 47 nodes, 86 edges)
    """
    check_counts(width=(width, 1), candidates=(candidates, 0))
    check_counts(depth=(depth, 2), inputs=(inputs, 1), classes=(classes, 1))
    parts = Parts()
    source = parts.input("input", inputs)
    place: dict[str, Any] = {"activation": activation, "cell": "cell"}
    layers = [parts.link("layer_0", width, source, Linear(), layer=0, **place)]
    drawn = random_links(width, depth, candidates=candidates, rng=as_generator(rng))
    for i, chosen in enumerate(by_layer(drawn, width), start=1):
        source = layers[-1]
        if chosen:
            source = parts.concat(f"concat_{i}", layers, chosen, cell="cell")
        if i == depth - 1:
            parts.link("classifier", classes, source, Linear(), cell="cell", layer=i)
        else:
            layers.append(parts.link(f"layer_{i}", width, source, Linear(), layer=i, **place))
    return parts.build(f"dense_mlp({width}, {depth}, candidates={candidates})")


def dense_cnn(
    widths: Sequence[int],
    cell_depth: int,
    *,
    candidates: int | Sequence[int],
    image: tuple[int, int, int] = (3, 32, 32),
    classes: int = 10,
    separable: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Architecture:
    r"""Convolutional network of cells in which layers also read random earlier channels.

    In a cell of width :math:`w`, layer :math:`i \ge 1` is a 3 x 3 convolution of the concatenation
    of layer :math:`i - 1` with :math:`\min\{w (i - 1), t\}` channels chosen uniformly without
    replacement among those of the layers :math:`0, \dots, i - 2`, after batch normalisation and
    ReLU. Layer 0 of a later cell has stride 2. Global average pooling and a linear classifier
    follow the last cell.

    Parameters
    ----------
    widths : sequence of int
        Channels per layer, one number per cell.
    cell_depth : int
        Layers per cell, at least 2.
    candidates : int or sequence of int
        Largest number :math:`t` of earlier channels that a layer reads, for all cells or per cell.
    image : tuple of int
        Channels, height and width of the input.
    classes : int
        Neurons of the classifier.
    separable : bool
        If True, each convolution is a MobileNetV2 expansion block: a 1 x 1 convolution to 6 times
        the channels, a depthwise 3 x 3 convolution (both with batch normalisation and ReLU6) and a
        1 x 1 convolution to the width.
    rng : Generator, int or None
        Source of the wiring; each cell draws from a stream of its own.

    Returns
    -------
    Architecture
        Cells ``"cell_1"``, ``"cell_2"``, ...; the image and the classifier belong to none.

    Raises
    ------
    ArchitectureError
        If a number is not whole or out of range, or `widths` and `candidates` differ in length.

    Notes
    -----
    Convolutions have no bias. The normalised input of a convolution is normalised anew at each
    layer that reads it, and the first convolution reads the bare image. With these choices the
    parameters of all printed networks are reproduced. A paper that calls a network of three cells
    :math:`D` layers deep means ``cell_depth = (D - 4) / 3`` for its printed NN-Mass.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Table 1, Appendix E and H.8.
    .. [2] M. Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018,
           Table 1.

    Examples
    --------
    >>> network = dense_cnn((2, 3, 4), 4, candidates=(3, 4, 5), rng=0)
    >>> [len(layers) for layers in network.cells.values()]
    [4, 4, 4]
    """
    widths, limits = cell_plan(widths, cell_depth, candidates)
    channels, *size = _image(image)
    check_counts(classes=(classes, 1))
    parts = Parts()
    source = parts.input("image", channels, tuple(size))
    convolve = parts.expansion_block if separable else parts.convolution
    streams = as_generator(rng).spawn(len(widths))
    for number, (width, limit, stream) in enumerate(zip(widths, limits, streams, strict=True), 1):
        drawn = random_links(width, cell_depth, candidates=limit, rng=stream)
        wiring = by_layer(drawn, width)
        source = _dense_cell(parts, f"cell_{number}", source, width, wiring, convolve)
    head = parts.concat("head", [source], normalisation="batch", activation="relu")
    pooled = parts.link("pooled", widths[-1], head, GlobalPool())
    parts.link("classifier", classes, pooled, Linear())
    label = "separable, " if separable else ""
    return parts.build(f"dense_cnn({widths}, {cell_depth}, {label}candidates={limits})")


def _dense_cell(
    parts: Parts,
    cell: str,
    source: str,
    width: int,
    wiring: list[list[Chosen]],
    convolve: Convolve,
) -> str:
    """Append a cell that reads `source` and return its last layer."""
    fields: dict[str, Any] = {"normalisation": "batch", "activation": "relu", "cell": cell}
    stride = 1
    if source != "image":
        source, stride = parts.concat(f"{cell}_entry", [source], **fields), 2
    layers = [convolve(f"{cell}_layer_0", width, source, stride=stride, cell=cell, layer=0)]
    for i, chosen in enumerate(wiring, start=1):
        source = parts.concat(f"{cell}_concat_{i}", layers, chosen, **fields)
        layers.append(convolve(f"{cell}_layer_{i}", width, source, cell=cell, layer=i))
    return layers[-1]


def _image(image: tuple[int, int, int]) -> tuple[int, int, int]:
    """Check the shape of an image: channels, height, width."""
    if len(image) != 3:
        raise ArchitectureError(
            "An image has three axes: channels, height and width. "
            f"Received {image!r}. Write (3, 32, 32) for 32 x 32 colour images."
        )
    for extent in image:
        check_counts(image=(extent, 1))
    return image
