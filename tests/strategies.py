"""Random architectures for property tests: every op, merge, wiring, normalisation, activation.

>>> from hypothesis import given
>>> @given(architectures())
... def test_round_trip(architecture): ...
"""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
from hypothesis import strategies as st

from topograph.errors import ShapeError
from topograph.graph import (
    ACTIVATIONS,
    MERGES,
    NORMALISATIONS,
    Activation,
    Architecture,
    Conv2d,
    Edge,
    Flatten,
    Full,
    GlobalPool,
    Grouped,
    Identity,
    Linear,
    Node,
    Norm,
    OneToOne,
    Op,
    Pool,
    Select,
    Sparse,
    Wiring,
    Zero,
)

WIDTHS = st.integers(1, 6)
VECTOR: tuple[int, ...] = ()
EXTENTS = st.integers(1, 6)
SIZES = st.one_of(st.just(VECTOR), st.tuples(EXTENTS, EXTENTS), st.tuples(EXTENTS, EXTENTS))
# Names that clash with torch modules, with Python and with each other are names all the same.
NAMES = st.sampled_from(
    [
        *("x", "x_", "x_0", "x_norm", "x_channels", "h", "conv"),
        *("type", "train", "training", "float", "forward", "plan", "_modules", "__init__"),
        *("class", "lambda", "self", "torch", "nn", "F"),
    ]
)


@st.composite
def architectures(draw: st.DrawFn, *, max_nodes: int = 7) -> Architecture:
    """Draw a valid architecture of one or two inputs and up to `max_nodes` further nodes."""
    nodes = [_input(draw, place) for place in range(draw(st.integers(1, 2)))]
    edges: list[Edge] = []
    for place in range(draw(st.integers(0, max_nodes))):
        name = _name(draw, nodes)
        node, links = _merged(draw, name, nodes)
        nodes.append(_finished(draw, node, place))
        for position, (source, op, wiring) in enumerate(links):
            edges.append(Edge(source, name, op, wiring, position))
    outputs: list[str] = []
    if draw(st.booleans()):
        outputs = draw(st.lists(st.sampled_from([node.name for node in nodes]), unique=True))
    label = draw(st.sampled_from(["", "a label"]))
    return Architecture(tuple(nodes), tuple(edges), tuple(outputs), label)


Link = tuple[str, Op, Wiring]


def _input(draw: st.DrawFn, place: int) -> Node:
    """An input: sometimes a vector, sometimes a map, rarely normalised or activated."""
    node = Node(f"in{place}", draw(WIDTHS), draw(SIZES))
    plain = draw(st.integers(0, 5))
    return _dressed(draw, node) if plain == 5 else node


def _name(draw: st.DrawFn, nodes: list[Node]) -> str:
    """A name that is not taken yet."""
    name, taken = draw(NAMES), {node.name for node in nodes}
    while name in taken:
        name += str(len(taken))
    return name


def _finished(draw: st.DrawFn, node: Node, place: int) -> Node:
    """The node with a normalisation, an activation and a place in a cell, or without."""
    cell = draw(st.sampled_from([None, "cell", "other cell"]))
    layer = place if cell is not None and draw(st.booleans()) else None
    fields = _fields(_dressed(draw, node))
    return Node(**{**fields, "cell": cell, "layer": layer})


def _dressed(draw: st.DrawFn, node: Node) -> Node:
    """The node with a normalisation and an activation, or without."""
    normalisation = draw(st.sampled_from([None, None, *NORMALISATIONS]))
    activation = draw(st.sampled_from([None, None, *ACTIVATIONS]))
    changes = {"normalisation": normalisation, "activation": activation}
    return Node(**{**_fields(node), **changes})


def _fields(node: Node) -> dict[str, Any]:
    return {name: getattr(node, name) for name in Node.__slots__}


def _merged(draw: st.DrawFn, name: str, nodes: list[Node]) -> tuple[Node, list[Link]]:
    """A node with its incoming links; the first link is free and says what the others must fit."""
    merge = draw(st.sampled_from(MERGES))
    first, width, size = _free_link(draw, nodes, mixing=merge != "concat")
    links = [first]
    for _ in range(draw(st.integers(0, 3))):
        extra = draw(WIDTHS) if merge == "concat" else width
        target = size
        if merge == "product" and draw(st.booleans()):
            target = draw(st.sampled_from([VECTOR, (1,) * len(size)]))
        link = _fitting_link(draw, nodes, extra, target, size, mixing=merge != "concat")
        if link is not None:
            links.append(link)
            width += extra if merge == "concat" else 0
    return Node(name, width, size, merge), draw(st.permutations(links))


def _free_link(
    draw: st.DrawFn, nodes: list[Node], *, mixing: bool
) -> tuple[Link, int, tuple[int, ...]]:
    """Any link from any node, with the width and the size in which it arrives."""
    source = draw(st.sampled_from(nodes))
    op = draw(_mixing_ops(source) if mixing and draw(st.booleans()) else _channelwise_ops())
    try:
        size = op.output_size(source.size)
    except ShapeError:
        op, size = Identity(), source.size
    width = op.output_width(source.width, source.size)
    wiring: Wiring
    if width is None:
        width = source.width if source.width <= 12 and draw(st.booleans()) else draw(WIDTHS)
        wiring = _mixing_wiring(draw, source.width, width)
    else:
        wiring = _channelwise_wiring(draw, op, source.width)
        seen = len(wiring.channels) if isinstance(wiring, Select) else source.width
        made = op.output_width(seen, source.size)
        assert made is not None
        width = made
    return (source.name, op, wiring), width, size


def _fitting_link(
    draw: st.DrawFn,
    nodes: list[Node],
    width: int,
    size: tuple[int, ...],
    whole: tuple[int, ...],
    *,
    mixing: bool,
) -> Link | None:
    """A link that arrives with this width and size; None if no node can give it.

    `whole` is the size of the target node, which a `Zero` always takes.
    """
    ways: list[tuple[Node, Op]] = [
        (node, op)
        for node in nodes
        for op in (Identity(), Activation("tanh"), Norm("batch"), GlobalPool("max", keep=True))
        if op.output_size(node.size) == size
    ]
    if size == VECTOR:
        ways += [(node, GlobalPool()) for node in nodes]
        vectors = [node for node in nodes if node.size == size]
        ways += [(node, Linear(draw(st.booleans()))) for node in vectors] * mixing
    else:
        maps = [node for node in nodes if node.size == size]
        ways += [(node, Conv2d(draw(st.sampled_from([1, 3])))) for node in maps] * mixing
        ways += [(node, Pool("max", 3, stride=1, padding=1)) for node in maps]
    if size == whole:
        ways += [(node, Zero()) for node in nodes]
    if not ways:
        return None
    source, op = draw(st.sampled_from(ways))
    if op.mixes:
        return source.name, op, _mixing_wiring(draw, source.width, width)
    if source.width == width and draw(st.booleans()):
        return source.name, op, OneToOne()
    return source.name, op, _selection(draw, source.width, width)


def _mixing_ops(source: Node) -> st.SearchStrategy[Op]:
    """The mixing op that suits the rank of the source."""
    if not source.size:
        return st.builds(Linear, st.booleans())
    return _windows(Conv2d, dilation=st.integers(1, 2), bias=st.booleans())


def _channelwise_ops() -> st.SearchStrategy[Op]:
    """Any op that keeps channels apart."""
    kinds = st.sampled_from(["average", "max"])
    return st.one_of(
        st.sampled_from([Identity(), Identity(), Zero()]),
        _windows(_pool, kind=kinds, include_padding=st.booleans()),
        st.builds(GlobalPool, kinds, st.booleans()),
        st.just(Flatten()),
        st.builds(Norm, st.sampled_from(NORMALISATIONS)),
        st.builds(Activation, st.sampled_from(ACTIVATIONS)),
    )


def _pool(*, kind: str, kernel: Any, padding: Any, **fields: Any) -> Pool:
    """A pooling whose padding is at most half of its kernel."""
    half = tuple(min(p, k // 2) for p, k in zip(padding, kernel, strict=True))
    return Pool(kind, kernel, padding=(half[0], half[1]), **fields)


def _windows(make: Any, **fields: Any) -> st.SearchStrategy[Op]:
    """Windows of small, possibly uneven kernel, stride and padding."""

    def pairs(low: int, high: int) -> Any:
        return st.tuples(st.integers(low, high), st.integers(low, high))

    return st.builds(make, kernel=pairs(1, 3), stride=pairs(1, 2), padding=pairs(0, 1), **fields)


def _mixing_wiring(draw: st.DrawFn, sources: int, targets: int) -> Wiring:
    """Any wiring of a mixing op between these widths."""
    kinds = ["full", "select", "sparse", "grouped"] + ["one to one"] * (sources == targets)
    kind = draw(st.sampled_from(kinds))
    if kind == "select":
        return _selection(draw, sources, draw(WIDTHS))
    if kind == "sparse":
        return _sparse(draw, sources, targets)
    if kind == "grouped":
        common = gcd(sources, targets)
        return Grouped(draw(st.sampled_from([g for g in range(1, common + 1) if not common % g])))
    return Full() if kind == "full" else OneToOne()


def _channelwise_wiring(draw: st.DrawFn, op: Op, sources: int) -> Wiring:
    """One to one, or a selection where the op allows it."""
    if isinstance(op, Flatten) or draw(st.booleans()):
        return OneToOne()
    return _selection(draw, sources, draw(WIDTHS))


def _selection(draw: st.DrawFn, sources: int, count: int) -> Select:
    """`count` channels, in any order and with repetition; often a contiguous run."""
    if count <= sources and draw(st.booleans()):
        start = draw(st.integers(0, sources - count))
        return Select(np.arange(start, start + count))
    return Select(draw(st.lists(st.integers(0, sources - 1), min_size=count, max_size=count)))


def _sparse(draw: st.DrawFn, sources: int, targets: int) -> Sparse:
    """Any pattern, also an empty one, with or without constant links."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    mask = rng.random((targets, sources)) < draw(st.sampled_from([0.0, 0.3, 0.6, 1.0]))
    if draw(st.booleans()):
        return Sparse.from_mask(mask)
    constant = rng.random((targets, sources)) < 0.5
    return Sparse.from_mask(mask, constant=constant, value=draw(st.sampled_from([1.0, -0.5, 2.0])))
