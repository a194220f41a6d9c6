"""Build an architecture step by step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import ArrayLike

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge, natural_wiring
from topograph.graph.node import Node
from topograph.graph.ops import (
    Activation,
    Conv2d,
    Flatten,
    GlobalPool,
    Identity,
    Linear,
    Norm,
    Op,
    Pair,
    Pool,
    Size,
    Zero,
)
from topograph.graph.wiring import Full, Grouped, Select, Wiring


@dataclass(frozen=True, slots=True)
class Link:
    """One way into a node under construction: where from, by what op, over which channels."""

    source: str
    op: Op = Identity()  # noqa: RUF009
    wiring: Wiring | None = None


class Builder:
    """Collect nodes and edges, inferring widths and sizes, until `build` makes the architecture.

    Every method that adds a feature map returns its name, to be used as a source of later ones.
    A name that is not given is made from the kind of the node and a number.

    Parameters
    ----------
    name : str
        Label of the architecture.

    Examples
    --------
    >>> b = Builder("residual block")
    >>> x = b.input(16, size=32)
    >>> h = b.conv(x, 16, kernel=3, normalisation="batch", activation="relu")
    >>> h = b.conv(h, 16, kernel=3, normalisation="batch")
    >>> y = b.add([x, h], activation="relu")
    >>> z = b.linear(b.global_pool(y), 10, name="logits")
    >>> b.build()
    Architecture('residual block', 6 nodes, 6 edges)
    """

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._cell: str | None = None

    @contextmanager
    def cell(self, name: str) -> Iterator[None]:
        """Put the nodes that are made inside the ``with`` block into a cell."""
        outer, self._cell = self._cell, name
        try:
            yield
        finally:
            self._cell = outer

    def input(self, width: int, *, size: int | Size = (), **fields: Any) -> str:
        """Add an input; `size` n stands for (n, n). `fields` are those of `Node`."""
        extents = tuple(size) if isinstance(size, list | tuple) else (size, size)
        return self._add("input", Node(name="", width=width, size=extents), [], fields)

    def node(
        self, links: list[Link], *, width: int | None = None, merge: str = "sum", **fields: Any
    ) -> str:
        """Add a node that merges several links; `width` is needed if all of them mix channels."""
        if not links:
            raise ArchitectureError(
                "A node that is no input merges at least one link. Received none. "
                "Use `input` for what comes from outside."
            )
        shapes = [self._arrival(link) for link in links]
        widths = [made for made, _ in shapes if made is not None]
        if width is None:
            width = self._width(widths, merge)
        sizes = [size for (_, size), link in zip(shapes, links, strict=True) if link.op != Zero()]
        size = max(sizes, key=lambda extents: (len(extents), extents), default=shapes[0][1])
        return self._add(merge, Node("", width, size, merge), links, fields)

    def add(self, sources: list[str], **fields: Any) -> str:
        """Add the sum of feature maps of one shape."""
        return self.node([Link(source) for source in sources], **fields)

    def multiply(self, sources: list[str], **fields: Any) -> str:
        """Add the elementwise product of feature maps; vectors gate the channels of maps."""
        return self.node([Link(source) for source in sources], merge="product", **fields)

    def concat(self, sources: list[str | tuple[str, ArrayLike]], **fields: Any) -> str:
        """Add the concatenation of feature maps; a pair (source, channels) selects channels."""
        links = [
            Link(part) if isinstance(part, str) else Link(part[0], Identity(), Select(part[1]))
            for part in sources
        ]
        return self.node(links, merge="concat", **fields)

    def linear(self, source: str, width: int, *, bias: bool = True, **fields: Any) -> str:
        """Add an affine map of a vector to `width` neurons."""
        return self._chain(source, Linear(bias), fields, kind="linear", width=width)

    def conv(
        self,
        source: str,
        width: int,
        *,
        kernel: int | Pair = 3,
        stride: int | Pair = 1,
        groups: int = 1,
        bias: bool = False,
        **fields: Any,
    ) -> str:
        """Add a convolution that keeps the size at stride 1; `fields` are those of `Node`."""
        op = Conv2d(kernel, stride=stride, bias=bias)
        wiring = Full() if groups == 1 else Grouped(groups)
        return self._chain(source, op, fields, kind="conv", width=width, wiring=wiring)

    def pool(self, source: str, kind: str = "max", *, kernel: int | Pair = 2, **fields: Any) -> str:
        """Add a pooling with windows that do not overlap; give `node` a `Pool` for others."""
        return self._chain(source, Pool(kind, kernel), fields, kind="pool")

    def global_pool(self, source: str, kind: str = "average", **fields: Any) -> str:
        """Add the mean (or largest value) of each channel, as a vector."""
        return self._chain(source, GlobalPool(kind), fields, kind="pool")

    def flatten(self, source: str, **fields: Any) -> str:
        """Add a map laid out as a vector."""
        return self._chain(source, Flatten(), fields, kind="flatten")

    def activation(self, source: str, kind: str, **fields: Any) -> str:
        """Add an activation that stands alone."""
        return self._chain(source, Activation(kind), fields, kind=kind)

    def norm(self, source: str, kind: str = "batch", **fields: Any) -> str:
        """Add a normalisation that stands alone."""
        return self._chain(source, Norm(kind), fields, kind="norm")

    def build(self, *, outputs: tuple[str, ...] = ()) -> Architecture:
        """Check what was collected and return it; `outputs` default to nodes without successor."""
        return Architecture(tuple(self._nodes.values()), tuple(self._edges), outputs, self._name)

    def _chain(
        self,
        source: str,
        op: Op,
        fields: dict[str, Any],
        *,
        kind: str,
        width: int | None = None,
        wiring: Wiring | None = None,
    ) -> str:
        """Add a node with one link."""
        link = Link(source, op, wiring)
        made, size = self._arrival(link)
        shape = self._width([made] if made is not None else [], "sum") if width is None else width
        return self._add(kind, Node("", shape, size), [link], fields)

    def _arrival(self, link: Link) -> tuple[int | None, Size]:
        """Width (None if free) and size in which a link arrives."""
        if link.source not in self._nodes:
            raise ArchitectureError(
                "A link starts at a node that is there already. "
                f"Received the source {link.source!r}. Use the name that its method returned."
            )
        source = self._nodes[link.source]
        seen = Edge(link.source, "", link.op, link.wiring or natural_wiring(link.op))
        return (
            link.op.output_width(seen.reads(source.width), source.size),
            link.op.output_size(source.size),
        )

    def _width(self, widths: list[int], merge: str) -> int:
        """Width that the incoming links give to a node."""
        if not widths:
            raise ArchitectureError(
                "Linear maps and convolutions make as many channels as they are asked for. "
                "Received no width. Say `width=...`."
            )
        return sum(widths) if merge == "concat" else widths[0]

    def _add(self, kind: str, node: Node, links: list[Link], fields: dict[str, Any]) -> str:
        """Store a node and its edges under a fresh name."""
        name = fields.pop("name", None) or self._fresh(kind)
        if name in self._nodes:
            raise ArchitectureError(
                f"A node has a name of its own. Received {name!r} twice. Choose another name."
            )
        self._nodes[name] = replace(node, name=name, **{"cell": self._cell, **fields})
        for position, link in enumerate(links):
            wiring = link.wiring or natural_wiring(link.op)
            self._edges.append(Edge(link.source, name, link.op, wiring, position))
        return name

    def _fresh(self, kind: str) -> str:
        number = len(self._nodes)
        while f"{kind}_{number}" in self._nodes:
            number += 1
        return f"{kind}_{number}"
