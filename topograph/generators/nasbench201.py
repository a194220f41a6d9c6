"""Cells of NAS-Bench-201, and the networks that the benchmark trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from topograph.errors import ArchitectureError
from topograph.generators._cell_code import EDGES, OPERATIONS, Cell, as_numbers, write
from topograph.generators._convolutional import Image, count, head, image_input
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Builder, Link
from topograph.graph.ops import Identity, Op, Pool, Zero

__all__ = ["nasbench201", "nasbench201_network"]

KERNELS = {"nor_conv_1x1": 1, "nor_conv_3x3": 3}
PLAIN: dict[str, Op] = {
    "none": Zero(),
    "avg_pool_3x3": Pool("average", 3, stride=1, padding=1, include_padding=False),
}
NODES = 4

Choices = Sequence[Sequence[str] | Sequence[int]]
"""Of a supernet: for each edge all operations that it has."""


def nasbench201(cell: Cell | Choices, *, channels: int = 16, size: int = 32) -> Architecture:
    """One cell of NAS-Bench-201: four feature maps and an operation between each two.

    Parameters
    ----------
    cell : int, str or sequence
        The official index from 0 to 15,624; the official string, ``"|op~0|+|op~0|op~1|+..."``; or
        six operations by name or number, on the edges 0->1, 0->2, 1->2, 0->3, 1->3, 2->3. For a
        supernet each of the six is a sequence of operations, of which the edge has all.
    channels : int
        Channels of every feature map.
    size : int
        Their height and width in pixels.

    Returns
    -------
    Architecture
        One cell, ``"cell"``, from the input ``"cell_0"`` to the output ``"cell_3"``; the sums
        ``"cell_1"``, ``"cell_2"``, ``"cell_3"`` are its layers 0, 1, 2.

    Raises
    ------
    ArchitectureError
        If the index is out of range, an operation is unknown (its position is named), edges are
        missing, or a number is not whole.

    Notes
    -----
    A convolution is ReLU, convolution and batch normalisation, in this order; the ReLU of a
    feature map is shared by the convolutions that read it. ``none`` is a `Zero` edge, so that the
    cell can be read back. The order of the indices is that of the benchmark: all cells
    enumerated, then shuffled by Python's generator with the benchmark's seed.

    References
    ----------
    .. [1] X. Dong and Y. Yang, "NAS-Bench-201: extending the scope of reproducible neural
           architecture search", ICLR 2020.

    Examples
    --------
    >>> cell = nasbench201("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
    >>> cell.inputs, cell.outputs
    (('cell_0',), ('cell_3',))
    >>> nasbench201(9).name
    'nasbench201(|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|)'
    """
    numbers, label = _choices(cell)
    b = Builder(f"nasbench201({label})")
    extent = count("size", size)
    width = count("channels", channels)
    x = b.input(width, size=extent, name="cell_0", cell="cell")
    with b.cell("cell"):
        last = _cell(b, x, "cell", numbers, width)
    return b.build(outputs=(last,))


def nasbench201_network(
    cell: Cell | Choices,
    *,
    channels: int = 16,
    repeats: int = 5,
    classes: int = 10,
    image: Image = (3, 32, 32),
) -> Architecture:
    """Network of NAS-Bench-201: a stem, three stages of equal cells, and a classifier.

    Between the stages a residual block halves the maps and doubles the channels.

    Parameters
    ----------
    cell : int, str or sequence
        As in `nasbench201`.
    channels : int
        Channels of the stem and of the first stage.
    repeats : int
        Cells of each stage.
    classes : int
        Neurons of the classifier.
    image : tuple of int
        Channels, height and width of the input; the benchmark has 32 x 32 or 16 x 16 pixels.

    Returns
    -------
    Architecture
        Cells ``"cell_1_1"``, ``"cell_1_2"``, ..., ``"cell_3_5"`` and the residual blocks
        ``"reduction_1"``, ``"reduction_2"``. Stem and head belong to none.

    Raises
    ------
    ArchitectureError
        As `nasbench201`, or if the extents of the image are no multiples of 4.

    Notes
    -----
    The projection of a residual block is an average pooling and a 1 x 1 convolution without
    normalisation, as in the benchmark's program. The published numbers of parameters are those of
    this network, whether or not an edge lies on a way to the output.

    References
    ----------
    .. [1] X. Dong and Y. Yang, "NAS-Bench-201: extending the scope of reproducible neural
           architecture search", ICLR 2020, Figure 1.

    Examples
    --------
    >>> import topograph as tg
    >>> network = nasbench201_network(0)
    >>> tg.analyzers.cost(network).parameters / 1e6  # as published
    0.129306
    """
    numbers, label = _choices(cell)
    width, number = count("channels", channels), count("repeats", repeats)
    b = Builder(f"nasbench201_network({label}, {channels=}, {repeats=})")
    x = b.conv(_image(b, image), width, kernel=3, normalisation="batch", name="stem")
    for stage in (1, 2, 3):
        if stage > 1:
            width *= 2
            x = _reduction(b, x, f"reduction_{stage - 1}", width)
        for repeat in range(1, number + 1):
            name = f"cell_{stage}_{repeat}"
            with b.cell(name):
                x = _cell(b, x, name, numbers, width)
    x = b.node([Link(x)], normalisation="batch", activation="relu", name="last")
    head(b, x, classes)
    return b.build(outputs=("classifier",))


def _image(b: Builder, image: Image) -> str:
    """Add the image, or raise unless it can be halved twice."""
    source = image_input(b, image)
    if image[1] % 4 or image[2] % 4:
        raise ArchitectureError(
            "The height and the width of the image are multiples of 4, since two residual blocks "
            f"halve them. Received {image[1]} x {image[2]}. Pad or resize the image."
        )
    return source


def _choices(cell: Cell | Choices) -> tuple[tuple[tuple[int, ...], ...], str]:
    """Return the operations of each edge, by number, and the cell as a string."""
    given: Any = cell
    several = _is_several(given) and any(map(_is_several, given))
    edges = [entry if _is_several(entry) else [entry] for entry in given] if several else []
    if several and not all(edges):
        raise ArchitectureError(
            "Each edge of a supernet has at least one operation, 'none' if nothing passes it. "
            f"Received {given!r:.160}. Name an operation for every edge."
        )
    most = max(map(len, edges), default=1)
    # A supernet is read as several cells, in which edges with fewer operations repeat the last.
    filled = [[*edge, *[edge[-1]] * (most - len(edge))] for edge in edges]
    cells = [as_numbers(one) for one in (zip(*filled, strict=True) if several else [given])]
    numbers = tuple(tuple(dict.fromkeys(edge)) for edge in zip(*cells, strict=True))
    names = ["&".join(OPERATIONS[number] for number in edge) for edge in numbers]
    return numbers, write(names, EDGES)


def _is_several(entry: object) -> bool:
    """Tell a sequence of operations from one operation."""
    return isinstance(entry, Sequence) and not isinstance(entry, str)


def _cell(
    b: Builder, source: str, name: str, numbers: tuple[tuple[int, ...], ...], width: int
) -> str:
    """Add the three sums of a cell, which are its layers, and return the last."""
    operations = {
        edge: [OPERATIONS[number] for number in several]
        for edge, several in zip(EDGES, numbers, strict=True)
    }
    convolved = {origin for (origin, _), names in operations.items() if KERNELS.keys() & names}
    maps = [source]
    relus: dict[int, str] = {}
    for target in range(1, NODES):
        if target - 1 in convolved:
            label = f"{name}_relu_{target - 1}"
            relus[target - 1] = b.activation(maps[-1], "relu", name=label)
        links = []
        for origin in range(target):
            kernels = [KERNELS[one] for one in operations[origin, target] if one in KERNELS]
            for kernel in kernels:
                label = f"{name}_conv_{origin}_{target}" + f"_{kernel}" * (len(kernels) > 1)
                links.append(Link(_convolution(b, relus[origin], label, width, kernel)))
            others = [one for one in operations[origin, target] if one not in KERNELS]
            links.extend(Link(maps[origin], PLAIN.get(one, Identity())) for one in others)
        maps.append(b.node(links, layer=target - 1, name=f"{name}_{target}"))
    return maps[-1]


def _convolution(b: Builder, source: str, name: str, width: int, kernel: int) -> str:
    """Add a normalised convolution that no activation follows."""
    return b.conv(source, width, kernel=kernel, normalisation="batch", name=name)


def _reduction(b: Builder, x: str, name: str, width: int) -> str:
    """Add the residual block that halves the maps; its convolutions are the layers 0 and 1."""
    with b.cell(name):
        relu = b.activation(x, "relu", name=f"{name}_relu")
        first = b.conv(
            relu,
            width,
            stride=2,
            normalisation="batch",
            activation="relu",
            layer=0,
            name=f"{name}_conv_0",
        )
        second = b.conv(first, width, normalisation="batch", layer=1, name=f"{name}_conv_1")
        pooled = b.pool(x, "average", kernel=2, name=f"{name}_pool")
        kept = b.conv(pooled, width, kernel=1, name=f"{name}_projection")
        return b.add([kept, second], name=f"{name}_sum")
