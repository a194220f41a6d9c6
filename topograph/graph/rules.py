"""What makes an architecture well formed, rule by rule.

Each rule is a function that yields a `Violation` for whatever breaks it. They are asked in stages:
first the rules of structure, then whether each op can act on its source, then the rules of shape.
A stage is asked only of parts that pass the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from topograph.graph import shape, structure
from topograph.graph.draft import Draft, Violation
from topograph.graph.edge import Edge
from topograph.graph.node import Node

Rule = Callable[[Draft], Iterator[Violation]]

STAGES: tuple[tuple[Rule, ...], ...] = (
    (
        structure.names,
        structure.counts,
        structure.words,
        structure.places,
        structure.endpoints,
        structure.positions,
        structure.acyclic,
    ),
    (shape.op_sizes,),
    (shape.selections, shape.wirings, shape.merges),
)
RULES: dict[str, str] = {rule.__name__: rule.__doc__ or "" for stage in STAGES for rule in stage}
"""Name of every rule, and what it says."""


def check(nodes: Iterable[Node], edges: Iterable[Edge], outputs: Iterable[str]) -> list[Violation]:
    """Return the violations of the first stage that finds any, empty for an architecture.

    Without outputs, the nodes that no edge leaves are taken.

    Raises
    ------
    ArchitectureError
        If something is given that is no node, no edge or no name at all.

    Examples
    --------
    >>> from topograph.graph import Edge, Linear, Node
    >>> found = check([Node("x", 0)], [Edge("x", "y", Linear())], ["x"])
    >>> [violation.rule for violation in found]
    ['counts', 'endpoints']
    """
    return broken(Draft.of(nodes, edges, outputs))


def broken(draft: Draft) -> list[Violation]:
    """Return the violations of the first stage that finds any."""
    for stage in STAGES:
        violations = [found for rule in stage for found in rule(draft)]
        if violations:
            return violations
    return []
