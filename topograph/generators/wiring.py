"""Networks wired as a given undirected graph, each edge directed by node number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.errors import ArchitectureError
from topograph.generators._frame import Frame, Inputs, frame
from topograph.generators._undirected import Mask, undirected
from topograph.graph.architecture import Architecture
from topograph.graph.builder import Link
from topograph.graph.ops import Conv2d
from topograph.graph.wiring import OneToOne

if TYPE_CHECKING:
    from topograph.generators._undirected import Undirected

__all__ = ["IMAGE", "wired"]

IMAGE = (3, 32, 32)
"""Channels, height and width of the images that networks read if nothing else is said."""


def wired(
    graph: Undirected,
    *,
    width: int = 32,
    inputs: Inputs = IMAGE,
    classes: int = 10,
    separable: bool = True,
    name: str = "wired",
) -> Architecture:
    r"""Network whose layers read each other along the edges of an undirected graph.

    An edge between the nodes :math:`i < j` leads from :math:`i` to :math:`j`. Node :math:`j` makes

    .. math:: x_j = \mathrm{BN}\left(W_j * \mathrm{ReLU}\left(\sum_{i \to j} x_i\right)\right)

    with a 3 x 3 convolution. A node that no edge enters reads the stem, a normalised 3 x 3
    convolution of the image. The nodes that no edge leaves are added up; batch normalisation, ReLU,
    the mean over all pixels and a linear classifier follow.

    Parameters
    ----------
    graph : networkx.Graph, array_like of shape (nodes, nodes), or list of pairs of int
        Without loops. Nodes of a networkx graph are numbered by their labels if these are whole
        numbers, otherwise in the order in which the graph lists them. A list of pairs is a list of
        edges between the nodes 0, 1, ...; a matrix is a NumPy array or sparse.
    width : int
        Channels of each node.
    inputs : int or tuple of int
        Channels, height and width of an image; or the numbers of a vector, for which convolutions
        are linear maps and there is nothing to average.
    classes : int
        Neurons of the classifier.
    separable : bool
        If True, each node has a depthwise 3 x 3 convolution and a 1 x 1 convolution behind it;
        otherwise one full 3 x 3 convolution. Vectors have one linear map either way.
    name : str
        Label of the architecture.

    Returns
    -------
    Architecture
        One cell, ``"cell"``, whose layers are the nodes in the order of their numbers.

    Raises
    ------
    ArchitectureError
        If the graph is directed, empty or has a loop, or a number is not whole or out of range.

    Notes
    -----
    Incoming feature maps are added up as they are. The published networks weigh each by a
    sigmoid of one trained number; here an edge is an identity, which keeps the graph the only thing
    that differs between two networks of one size. Sinks are added up where the publication takes
    their mean: the batch normalisation behind them makes both the same. There is one stage; the
    publication has several in a row, each with a graph of its own.

    A graph need not be connected: each component is a branch between the stem and the sum of the
    sinks, and a node without edges is source and sink at once.

    An edge between the nodes :math:`i` and :math:`j \ge i + 2` counts as a long-range link, one per
    channel. Numbers say so, not paths: the nodes :math:`i` and :math:`i + 1` need not be joined.
    For that reason NN-Mass, which is defined for a chain of layers with concatenated or residual
    skip connections, has no meaning here; degrees, densities and distances have.

    References
    ----------
    .. [1] S. Xie, A. Kirillov, R. Girshick and K. He, "Exploring randomly wired neural networks for
           image recognition", ICCV 2019, Sections 3.2-3.3.

    Examples
    --------
    >>> network = wired([(0, 1), (1, 2), (0, 2)], width=4)
    >>> [edge.source for edge in network.in_edges("join_2")]
    ['node_0', 'node_1']
    """
    joined = undirected(graph)
    if joined.diagonal().any():
        raise ArchitectureError(
            "An edge leads from the lower node to the higher, so a node has none to itself. "
            f"Received a loop at node {int(np.flatnonzero(joined.diagonal())[0])}. "
            "Remove the loops."
        )
    parts = frame(name, inputs, width=width, classes=classes)
    source = parts.stem()
    with parts.builder.cell("cell"):
        nodes = _nodes(parts, joined, source, separable)
    sinks = [node for node, row in zip(nodes, np.triu(joined), strict=True) if not row.any()]
    head = parts.builder.add(sinks, name="sinks", normalisation="batch", activation="relu")
    parts.classifier(head, classes)
    return parts.builder.build()


def _nodes(parts: Frame, joined: Mask, stem: str, separable: bool) -> list[str]:
    """Add the nodes in the order of their numbers and return their names."""
    b = parts.builder
    nodes: list[str] = []
    for number, before in enumerate(np.tril(joined)):
        read = [nodes[i] for i in np.flatnonzero(before)] or [stem]
        source = b.add(read, name=f"join_{number}", activation="relu")
        if separable and parts.is_image:
            link = Link(source, Conv2d(3), OneToOne())
            source = b.node([link], width=parts.width, name=f"filter_{number}")
            fields: dict[str, Any] = {
                "name": f"node_{number}",
                "layer": number,
                "normalisation": "batch",
            }
            node = b.conv(source, parts.width, kernel=1, **fields)
        else:
            node = parts.layer(source, parts.width, name=f"node_{number}", layer=number)
        nodes.append(node)
    return nodes
