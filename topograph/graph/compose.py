"""Architectures made of architectures: one behind the other, side by side, over and over.

Composition is closed: what comes out is an `Architecture` and can be composed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from topograph._checks import whole
from topograph.errors import ArchitectureError, ShapeError
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.edit import relinked
from topograph.graph.node import MERGES, Node
from topograph.graph.ops import Identity, one_of


def serial(*architectures: Architecture, name: str = "") -> Architecture:
    """Put architectures one behind the other.

    The outputs of each become the inputs of the next, in order.

    Parameters
    ----------
    *architectures : Architecture
        At least one. Each has as many inputs as the one before it has outputs, of the same widths
        and sizes.
    name : str
        Label of the result.

    Returns
    -------
    Architecture
        Its inputs are those of the first, its outputs those of the last. One architecture comes
        back as it is.

    Raises
    ------
    ArchitectureError
        If there is no architecture.
    ShapeError
        If outputs and inputs differ in number, width or size.

    Notes
    -----
    An input that does nothing vanishes: what read it now reads the output before it. An input with
    a normalisation, an activation or a place in a cell stays, behind an `Identity` edge. Where
    nodes or cells of the parts share a name, the later ones are called ``name_2``, ``name_3``, ...

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> y = b.linear(b.input(3, name="x"), 3, name="y")
    >>> twice = serial(b.build(), b.build())
    >>> [node.name for node in twice.nodes]
    ['x', 'y', 'y_2']
    """
    first, *others = _at_least_one(architectures)
    if not others:
        return first.renamed(name) if name else first
    assembly = _Assembly()
    ends = assembly.join(first, None)
    for architecture in others:
        ends = assembly.join(architecture, ends)
    return assembly.build(ends, name)


def parallel(*architectures: Architecture, merge: str = "sum", name: str = "") -> Architecture:
    """Put architectures side by side: they read the same inputs, and their outputs are merged.

    Parameters
    ----------
    *architectures : Architecture
        At least one, all with the same number of inputs and outputs, their inputs of the same
        widths and sizes.
    merge : {"sum", "concat", "product"}
        How the first outputs of all become one node, the second outputs another, and so on.
    name : str
        Label of the result.

    Returns
    -------
    Architecture
        One architecture comes back as it is.

    Raises
    ------
    ArchitectureError
        If there is no architecture, or the merge is unknown.
    ShapeError
        If the inputs or outputs do not fit together.

    Notes
    -----
    Inputs and names are treated as by `serial`; the shared inputs are called as in the first.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> y = b.linear(b.input(3, name="x"), 3, name="y")
    >>> both = parallel(b.build(), b.build(), merge="concat")
    >>> [(node.name, node.width) for node in both.nodes]
    [('x', 3), ('y', 3), ('y_2', 3), ('concat', 6)]
    """
    one_of("merge", merge, MERGES)
    first, *others = _at_least_one(architectures)
    if not others:
        return first.renamed(name) if name else first
    assembly = _Assembly()
    inputs = [assembly.add(_bare(first.node(entry))) for entry in first.inputs]
    ends = [assembly.join(architecture, inputs) for architecture in architectures]
    if len({len(outputs) for outputs in ends}) > 1:
        raise ShapeError(
            "Outputs are merged one by one, so all parts have as many. "
            f"Received {[len(outputs) for outputs in ends]} outputs. Choose them by `outputs`."
        )
    merged = [assembly.merge(parts, merge) for parts in zip(*ends, strict=True)]
    return assembly.build(merged, name)


def repeat(architecture: Architecture, times: int, *, name: str = "") -> Architecture:
    """Put copies of an architecture one behind the other, as `serial` does.

    Raises
    ------
    ArchitectureError
        If `times` is no whole number of at least 1.
    ShapeError
        If the outputs do not fit the inputs.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> y = b.linear(b.input(3, name="x"), 3, name="y")
    >>> [node.name for node in repeat(b.build(), 3).nodes]
    ['x', 'y', 'y_2', 'y_3']
    """
    reason = "an architecture is there or is not"
    times = whole("times", times, minimum=1, error=ArchitectureError, because=reason)
    return serial(*[architecture] * times, name=name)


class _Names:
    """Names that are taken, and the next free number of each."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[str, count[int]] = {}

    def fresh(self, name: str) -> str:
        """Take the name, or the first of ``name_2``, ``name_3``, ... that is free."""
        chosen = name
        while chosen in self._taken:
            number = next(self._numbers.setdefault(name, count(2)))
            chosen = f"{name}_{number}"
        self._taken.add(chosen)
        return chosen


class _Assembly:
    """An architecture under composition: its parts so far, under names of their own."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._names = _Names()
        self._cells = _Names()

    def add(self, node: Node) -> str:
        """Add a node under a fresh name, and return that."""
        name = self._names.fresh(node.name)
        self._nodes[name] = replace(node, name=name)
        return name

    def join(self, part: Architecture, sources: list[str] | None) -> list[str]:
        """Add a part whose inputs are fed from `sources`; return its outputs."""
        heads = {} if sources is None else self._heads(part, sources)
        cells = {cell: self._cells.fresh(cell) for cell in _cell_names(part)}
        names: dict[str, str] = {}
        for node in part.nodes:
            source = heads.get(node.name)
            if source is not None and _is_plain(node):
                names[node.name] = source
                continue
            names[node.name] = self.add(replace(node, cell=cells.get(node.cell or "")))
            if source is not None:
                self._edges.append(Edge(source, names[node.name], Identity()))
        self._edges += [relinked(edge, names) for edge in part.edges]
        return [names[output] for output in part.outputs]

    def merge(self, sources: Iterable[str], merge: str) -> str:
        """Add a node that merges feature maps, and return its name."""
        parts = [self._nodes[source] for source in sources]
        widths = [part.width for part in parts]
        width = sum(widths) if merge == "concat" else widths[0]
        size = max((part.size for part in parts), key=lambda size: (len(size), size))
        name = self.add(Node(merge, width, size, merge))
        self._edges += [Edge(p.name, name, Identity(), position=i) for i, p in enumerate(parts)]
        return name

    def build(self, outputs: list[str], name: str) -> Architecture:
        """Make the architecture."""
        return Architecture(tuple(self._nodes.values()), tuple(self._edges), tuple(outputs), name)

    def _heads(self, part: Architecture, sources: list[str]) -> dict[str, str]:
        """Pair the inputs of a part with what feeds them, if that fits."""
        given = [self._nodes[source].shape for source in sources]
        taken = [part.node(name).shape for name in part.inputs]
        if given != taken:
            raise ShapeError(
                "Parts fit together if what one gives has the number, widths and sizes of what "
                f"the next takes. Received {given!r:.120} for the inputs {taken!r:.120}. "
                "Put an architecture between them that changes the shape."
            )
        return dict(zip(part.inputs, sources, strict=True))


def _bare(node: Node) -> Node:
    """Return an input of the same name and shape that does nothing."""
    return Node(node.name, node.width, node.size)


def _is_plain(node: Node) -> bool:
    """Tell whether an input does nothing and lies in no cell."""
    return node.normalisation is None and node.activation is None and node.cell is None


def _cell_names(part: Architecture) -> list[str]:
    """Names of the cells in order of appearance, those without layers included."""
    return list(dict.fromkeys(node.cell for node in part.nodes if node.cell is not None))


def _at_least_one(architectures: tuple[Architecture, ...]) -> tuple[Architecture, ...]:
    """Return the architectures, or raise if there is none."""
    if not architectures:
        raise ArchitectureError(
            "A composition consists of at least one architecture. Received none. Give one or more."
        )
    return architectures
