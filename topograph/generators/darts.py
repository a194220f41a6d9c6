"""Cells with two inputs, as in DARTS, NASNet, AmoebaNet, PNAS and ENAS, and networks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from topograph.errors import ArchitectureError
from topograph.generators._convolutional import Image, count, head, image_input
from topograph.generators._genotypes import Choice, Genotype, as_genotype
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Builder, Link
from topograph.graph.ops import Conv2d, Pool
from topograph.graph.wiring import OneToOne

__all__ = ["Genotype", "darts", "darts_network"]

Named = str | Genotype | Mapping[str, Any]
"""A genotype, its four parts by name, or the name of a published one."""

STEM = 3
"""Channels of the stem for each channel of the first cells."""


def darts(
    genotype: Named, *, cell: str = "normal", channels: int = 16, size: int = 32
) -> Architecture:
    """One cell of a genotype: sums of two operations each, concatenated.

    Parameters
    ----------
    genotype : str, Genotype or mapping
        ``"DARTS_V1"``, ``"DARTS_V2"`` [1]_, ``"NASNet"`` [2]_, ``"AmoebaNet"`` [3]_,
        ``"PNASNet"`` [4]_, ``"ENAS"`` [5]_, or a genotype with the parts `normal`,
        `normal_concat`, `reduce` and `reduce_concat`: operations and the feature maps that they
        read, two for each sum. Inputs are 0 (the older one) and 1, sums 2, 3, ...
    cell : {"normal", "reduce"}
        A reduction cell halves the maps: operations on its inputs have stride 2.
    channels : int
        Channels of both inputs and of each sum.
    size : int
        Height and width of the inputs in pixels; even in a reduction cell.

    Returns
    -------
    Architecture
        One cell, ``"cell"``; its sums ``"cell_2"``, ``"cell_3"``, ... are the layers 0, 1, ...

    Raises
    ------
    ArchitectureError
        If an operation is unknown (its position is named) or reads a later feature map, or the
        genotype, `cell` or a number is not as above.

    Notes
    -----
    Operations are those of the DARTS program after the search: a separable convolution is twice
    ReLU, depthwise and pointwise convolution and batch normalisation, a dilated one once. Where a
    skip connection has stride 2, it is ReLU, a 1 x 1 convolution of stride 2 and batch
    normalisation; in the original, half of its channels read the odd pixels, at the same cost.
    The cells of ENAS are those of its authors' program, which adds a 1 x 1 convolution to input 1.

    References
    ----------
    .. [1] H. Liu, K. Simonyan and Y. Yang, "DARTS: differentiable architecture search",
           ICLR 2019.
    .. [2] B. Zoph, V. Vasudevan, J. Shlens and Q. V. Le, "Learning transferable architectures for
           scalable image recognition", CVPR 2018.
    .. [3] E. Real, A. Aggarwal, Y. Huang and Q. V. Le, "Regularized evolution for image classifier
           architecture search", AAAI 2019.
    .. [4] C. Liu et al., "Progressive neural architecture search", ECCV 2018.
    .. [5] H. Pham, M. Guan, B. Zoph, Q. V. Le and J. Dean, "Efficient neural architecture search
           via parameter sharing", ICML 2018.

    Examples
    --------
    >>> cell = darts("DARTS_V2", channels=4, size=8)
    >>> cell.inputs, cell.node(cell.outputs[0]).shape
    (('cell_0', 'cell_1'), (16, 8, 8))
    """
    found, reduces = as_genotype(genotype), _reduces(cell)
    b = Builder(f"darts({genotype if isinstance(genotype, str) else 'genotype'}, {cell=})")
    width, extent = count("channels", channels), count("size", size)
    if reduces and extent % 2:
        raise ArchitectureError(
            "A reduction cell halves maps of even height and width. "
            f"Received size {extent}. Use an even one."
        )
    inputs = [b.input(width, size=extent, name=f"cell_{n}", cell="cell") for n in (0, 1)]
    with b.cell("cell"):
        output = _cell(b, inputs, found, "cell", width=width, reduces=reduces)
    return b.build(outputs=(output,))


def darts_network(
    genotype: Named,
    *,
    channels: int = 36,
    layers: int = 20,
    classes: int = 10,
    image: Image = (3, 32, 32),
) -> Architecture:
    """Network of stacked cells for small images; cells at a third and two thirds are reductions.

    Parameters
    ----------
    genotype : str, Genotype or mapping
        As in `darts`.
    channels : int
        Channels of each sum in the first cells; they double in each reduction.
    layers : int
        Number of cells.
    classes : int
        Neurons of the classifier.
    image : tuple of int
        Channels, height and width of the input, the extents multiples of 4.

    Returns
    -------
    Architecture
        Cells ``"cell_1"``, ``"cell_2"``, ...; stem and head belong to none.

    Raises
    ------
    ArchitectureError
        As `darts`.

    Notes
    -----
    A 1 x 1 convolution brings each input of a cell to its width, with stride 2 where the older
    input is larger. The auxiliary classifier and the dropping of paths, which act in training
    alone, are left out.

    References
    ----------
    .. [1] H. Liu, K. Simonyan and Y. Yang, "DARTS: differentiable architecture search",
           ICLR 2019, Section 3.2.

    Examples
    --------
    >>> import topograph as tg
    >>> tg.analyzers.cost(darts_network("DARTS_V2")).parameters  # 3.3 million, as published
    3349342
    """
    found, width = as_genotype(genotype), count("channels", channels)
    number = count("layers", layers)
    b = Builder(f"darts_network({channels=}, {layers=})")
    source = image_input(b, image)
    if image[1] % 4 or image[2] % 4:
        raise ArchitectureError(
            "The height and the width of the image are multiples of 4, since two reduction cells "
            f"halve them. Received {image[1]} x {image[2]}. Pad or resize the image."
        )
    stem = b.conv(source, STEM * width, kernel=3, normalisation="batch", name="stem")
    before, last, reduced = stem, stem, False
    for place in range(number):
        reduces, name = place in {number // 3, 2 * number // 3}, f"cell_{place + 1}"
        width *= 2 if reduces else 1
        with b.cell(name):
            steps = (2 if reduced else 1, 1)
            inputs = [
                _mixed(b, map_, f"{name}_{n}", width=width, stride=steps[n])
                for n, map_ in enumerate((before, last))
            ]
            before, last = last, _cell(b, inputs, found, name, width=width, reduces=reduces)
        reduced = reduces
    head(b, last, classes)
    return b.build(outputs=("classifier",))


def _cell(
    b: Builder, inputs: list[str], genotype: Genotype, name: str, *, width: int, reduces: bool
) -> str:
    """Add the sums of a cell, which are its layers, and their concatenation."""
    choices: Sequence[Choice] = genotype.reduce if reduces else genotype.normal
    concat = genotype.reduce_concat if reduces else genotype.normal_concat
    maps = list(inputs)
    for place in range(0, len(choices), 2):
        target = len(maps)
        links = []
        for branch, (operation, source) in enumerate(choices[place : place + 2]):
            stride = 2 if reduces and source < len(inputs) else 1
            label = f"{name}_{target}_{'ab'[branch]}"
            links.append(_link(b, maps[source], operation, label, width=width, stride=stride))
        maps.append(b.node(links, layer=target - 2, name=f"{name}_{target}"))
    return b.concat([maps[place] for place in concat], name=f"{name}_output")


def _link(b: Builder, source: str, operation: str, name: str, *, width: int, stride: int) -> Link:
    """Return the last link of an operation, with what comes before it added."""
    if operation == "skip_connect":
        if stride == 1:
            return Link(source)
        return Link(_mixed(b, source, name, width=width, stride=stride))
    kernel = int(operation[-1])
    if "pool" in operation:
        kind = "average" if operation.startswith("avg") else "max"
        counted = kind == "max"
        pool = Pool(kind, kernel, stride=stride, padding=kernel // 2, include_padding=counted)
        return Link(source, pool)
    x = b.activation(source, "relu", name=f"{name}_relu")
    if operation.startswith("conv"):
        return Link(_plain(b, x, operation, name, width=width, stride=stride))
    if operation.startswith("dil"):
        op = Conv2d(kernel, stride=stride, dilation=2)
        return Link(_separable(b, x, f"{name}_1", op, width=width))
    op = Conv2d(kernel, stride=stride)
    x = _separable(b, x, f"{name}_1", op, width=width, activation="relu")
    return Link(_separable(b, x, f"{name}_2", Conv2d(kernel), width=width))


def _plain(b: Builder, source: str, operation: str, name: str, *, width: int, stride: int) -> str:
    """Add a normalised convolution, of a square or of a row and then a column."""
    kernel = int(operation[-1])
    if operation.count("x") == 1:
        return b.conv(
            source, width, kernel=kernel, stride=stride, normalisation="batch", name=f"{name}_conv"
        )
    row = b.conv(source, width, kernel=(1, kernel), stride=(1, stride), name=f"{name}_row")
    return b.conv(
        row,
        width,
        kernel=(kernel, 1),
        stride=(stride, 1),
        normalisation="batch",
        name=f"{name}_column",
    )


def _mixed(b: Builder, source: str, name: str, *, width: int, stride: int) -> str:
    """Add ReLU and a normalised 1 x 1 convolution."""
    relu = b.activation(source, "relu", name=f"{name}_relu")
    return b.conv(relu, width, kernel=1, stride=stride, normalisation="batch", name=f"{name}_mixed")


def _separable(
    b: Builder, source: str, name: str, op: Conv2d, *, width: int, activation: str | None = None
) -> str:
    """Add a convolution of each channel and a normalised 1 x 1 convolution."""
    each = b.node([Link(source, op, OneToOne())], width=width, name=f"{name}_each")
    return b.conv(
        each,
        width,
        kernel=1,
        normalisation="batch",
        activation=activation,
        name=f"{name}_mixed",
    )


def _reduces(cell: str) -> bool:
    """Tell whether a cell is a reduction cell, or raise if it is neither kind."""
    if cell not in ("normal", "reduce"):
        raise ArchitectureError(
            'A genotype has two cells, "normal" and "reduce". '
            f"Received {cell!r:.80}. Choose one of these."
        )
    return cell == "reduce"
