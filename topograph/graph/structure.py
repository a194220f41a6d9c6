"""Rules of structure: names, counts, words, places, endpoints, positions, no cycles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from operator import index
from typing import Any

from topograph._checks import LARGEST
from topograph.errors import ShapeError
from topograph.graph.draft import Draft, Violation
from topograph.graph.node import MERGES
from topograph.graph.ops import ACTIVATIONS, NORMALISATIONS, OPS
from topograph.graph.wiring import WIRINGS

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LONGEST_NAME = 200


def names(draft: Draft) -> Iterator[Violation]:
    """A node has a name that is an identifier, and no two share it."""
    rule = "A node has a unique name of letters, digits and underscores: parameters bear it."
    if not draft.nodes:
        yield Violation("names", f"{rule} Received no node. Add at least one input node.")
    for node in draft.nodes:
        name = node.name
        if not isinstance(name, str) or not _NAME.match(name) or len(name) > _LONGEST_NAME:
            yield Violation("names", f"{rule} Received {name!r:.80}. Rename the node.")
    if len(draft.by_name) < len(draft.nodes):
        names = [node.name for node in draft.nodes]
        twice = Counter(names).most_common(1)[0][0]
        yield Violation("names", f"{rule} Received {twice!r} twice. Rename one of them.")


def counts(draft: Draft) -> Iterator[Violation]:
    """Widths, extents and layers are whole numbers, widths and extents at least 1."""
    rule = "Width and extents of a feature map are whole numbers from 1 to 2147483647: they count."
    for node in draft.nodes:
        if not isinstance(node.size, tuple) or not all(_counts_from(1, n) for n in node.shape):
            found = f"Received width {node.width!r:.40} and size {node.size!r:.40} at node"
            yield Violation(
                "counts",
                f"{rule} {found} {node.name!r}. Give every feature map at least one channel.",
                ShapeError,
            )


def words(draft: Draft) -> Iterator[Violation]:
    """Merge, normalisation and activation are known words; ops and wirings known classes."""
    for node in draft.nodes:
        chosen = (
            ("merge", node.merge, MERGES),
            ("normalisation", node.normalisation, (None, *NORMALISATIONS)),
            ("activation", node.activation, (None, *ACTIVATIONS)),
        )
        for what, word, known in chosen:
            if word not in known:
                yield Violation(
                    "words",
                    f"The {what} of a node is one of {', '.join(map(str, known))}. "
                    f"Received {word!r:.80} at node {node.name!r}. Choose one of these.",
                )
    kinds = {type(edge.op) for edge in draft.edges}, {type(edge.wiring) for edge in draft.edges}
    if kinds[0].issubset(OPS) and kinds[1].issubset(WIRINGS):
        return
    for edge in draft.edges:
        if type(edge.op) not in OPS or type(edge.wiring) not in WIRINGS:
            yield Violation(
                "words",
                "An edge carries an op of topograph.graph.OPS by one of its wirings. "
                f"Received {edge.op!r:.80} and {edge.wiring!r:.80} on {edge}. Use these classes.",
            )


def places(draft: Draft) -> Iterator[Violation]:
    """A layer lies in a cell, and no two nodes hold the same place."""
    taken: dict[tuple[str, int], str] = {}
    rule = "A layer has a cell and a place of its own in it, counted from 0."
    for node in draft.nodes:
        if node.cell is not None and (not isinstance(node.cell, str) or not node.cell):
            found = f"Received cell {node.cell!r:.80} at node {node.name!r}"
            yield Violation("places", f"{rule} {found}. Name cells by text.")
            continue
        if node.layer is None:
            continue
        if node.cell is None or not _counts_from(0, node.layer):
            found = f"Received layer {node.layer!r:.40} in cell {node.cell!r:.80} at {node.name!r}"
            yield Violation("places", f"{rule} {found}. Give both, or no layer.")
        elif (other := taken.setdefault((node.cell, node.layer), node.name)) != node.name:
            found = f"Received {other!r} and {node.name!r} at layer {node.layer} of {node.cell!r}"
            yield Violation("places", f"{rule} {found}. Number them apart.")


def endpoints(draft: Draft) -> Iterator[Violation]:
    """Edges and outputs name nodes that exist."""
    rule = "Edges and outputs name nodes of the architecture."
    ends = {edge.source for edge in draft.edges} | {edge.target for edge in draft.edges}
    for edge in draft.edges if ends.difference(draft.by_name) else ():
        for end in (edge.source, edge.target):
            if end not in draft.by_name:
                found = f"Received the unknown node {end!r:.80} on the edge {edge}"
                yield Violation("endpoints", f"{rule} {found}. Add the node or drop the edge.")
    for name in draft.outputs:
        if name not in draft.by_name:
            found = f"Received the unknown output {name!r:.80}"
            yield Violation("endpoints", f"{rule} {found}. Add the node or drop the output.")
    if len(set(draft.outputs)) < len(draft.outputs):
        found = f"Received the outputs {draft.outputs!r:.80}"
        yield Violation("endpoints", f"{rule} {found}. Name each output once.")


def positions(draft: Draft) -> Iterator[Violation]:
    """The edges that enter a node are numbered 0, 1, 2, ..."""
    for name, edges in draft.entering.items():
        found = [edge.position for edge in edges]
        whole = set(map(type, found)) <= {int}
        if not whole or sorted(found) != list(range(len(found))):
            yield Violation(
                "positions",
                "The edges that enter a node have the positions 0, 1, 2, ... in the order in which "
                f"it merges them. Received {found!r:.80} at {name!r}. Number them without gaps.",
            )


def acyclic(draft: Draft) -> Iterator[Violation]:
    """No path leads back to where it began."""
    order = {node.name: place for place, node in enumerate(draft.nodes)}
    if all(order.get(e.source, -1) < order.get(e.target, 0) for e in draft.edges):
        return
    sources = {name: [e.source for e in edges] for name, edges in draft.entering.items()}
    try:
        TopologicalSorter(sources).prepare()
    except CycleError as error:
        cycle = " -> ".join(map(str, error.args[1][:8]))
        yield Violation(
            "acyclic",
            "An architecture is computed from its inputs to its outputs, so no path may return to "
            f"its beginning. Received the cycle {cycle}. Remove or turn round one of its edges.",
        )


def _counts_from(least: int, value: Any) -> bool:
    """True for an int from `least` to the largest count."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return False
    return least <= index(value) <= LARGEST
