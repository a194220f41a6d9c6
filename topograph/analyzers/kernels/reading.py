"""Architectures as kernels read them: what is kept, what is mixed, what is activated."""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

from topograph.analyzers.kernels.nonlinearity import Nonlinearity, nonlinearity
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
    Pool,
    Zero,
)
from topograph.graph.required import require_architecture
from topograph.graph.wiring import Grouped, Select

__all__ = ["OPERATIONS", "Program", "Step", "read"]

OPERATIONS = ("exact", "connectivity")


class Step(NamedTuple):
    """One feature: the sum of some earlier ones, and of linear maps of others; then activated.

    Features are numbered from 0, the input; step :math:`k` makes feature :math:`k + 1`. Instead of
    their sum it may be the product of earlier ones, or their concatenation, to which each
    contributes a share of the neurons.
    """

    kept: tuple[int, ...]
    mixed: tuple[int, ...] = ()
    activation: Nonlinearity | None = None
    merge: str = "sum"
    shares: tuple[float, ...] = ()


Program = tuple[Step, ...]
"""Steps up to the output, which is the last feature."""


def read(
    architecture: Architecture,
    *,
    operations: str = "exact",
    activation: str | Nonlinearity | None = None,
) -> Program:
    """Return the steps from the input of an architecture to its output.

    Parameters
    ----------
    architecture : Architecture
        With one input and one output.
    operations : {"exact", "connectivity"}
        What may lie on edges. ``"exact"``: only what has an exact kernel of this kind (zero,
        identity, linear maps, activations). ``"connectivity"``: convolutions count as linear maps,
        pooling and flattening as identities, and normalisations are left out.
    activation : str or Nonlinearity, optional
        Put in the place of every activation.

    Raises
    ------
    ArchitectureError
        If there are several inputs or outputs, an op or a merge has no kernel, or an activation is
        unknown.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dag([(0, 1, "linear"), (0, 1, "skip")])
    >>> [(step.kept, step.mixed) for step in read(network)]
    [((), (0,)), ((1, 0), ())]
    """
    if operations not in OPERATIONS:
        raise ArchitectureError(
            f"Ops are read in one of these ways: {', '.join(OPERATIONS)}. "
            f"Received {operations!r:.80}. Choose one of these."
        )
    require_architecture(architecture)
    ends = {"input": architecture.inputs, "output": architecture.outputs}
    for end, names in ends.items():
        if len(names) != 1:
            raise ArchitectureError(
                f"A kernel belongs to networks with one {end}, since it compares pairs of examples "
                f"there. Received {len(names)}: {', '.join(names[:8])}. "
                f"Take the part of the network behind or before one {end}."
            )
    exact, chosen = operations == "exact", None
    if activation is not None:
        chosen = nonlinearity(activation)
    return _Reader(architecture, exact, chosen).program()


class _Reader:
    """Number the features of an architecture, those behind a lone activation included."""

    def __init__(
        self, architecture: Architecture, exact: bool, chosen: Nonlinearity | None
    ) -> None:
        self.architecture, self.exact, self.chosen = architecture, exact, chosen
        self.steps: list[Step] = []
        self.place: dict[str, int] = {}
        self.joined: set[int] = set()

    def program(self) -> Program:
        """Read the nodes that lead to the output."""
        (output,) = self.architecture.outputs
        needed = {output}
        for node in reversed(self.architecture.nodes):
            if node.name in needed:
                entering = self.architecture.in_edges(node.name)
                needed.update(edge.source for edge in entering if not isinstance(edge.op, Zero))
        (source,) = self.architecture.inputs
        self._input(self.architecture.node(source))
        for node in self.architecture.nodes:
            if node.name in needed and node.name != source:
                self._node(node)
        return tuple(self.steps)

    def _input(self, node: Node) -> None:
        """Number the input."""
        self.place[node.name] = 0
        if node.activation or (node.normalisation and self.exact):
            raise ArchitectureError(
                "The kernel of the input is that of the rows themselves. Received the input "
                f"{node.name!r} with a normalisation or an activation. Give it to a node behind it."
            )

    def _node(self, node: Node) -> None:
        """Read a node and its edges."""
        entering = self.architecture.in_edges(node.name)
        merge = "sum" if len(entering) == 1 else node.merge
        if merge != "sum" and any(role(edge.op) != "kept" for edge in entering):
            raise _unsupported(
                f"a linear map or a zero on the way into node {node.name!r}, a {merge} node",
                "Put a node between them.",
            )
        if node.normalisation and self.exact:
            raise _unsupported(f"{node.normalisation} normalisation in node {node.name!r}", _HINT)
        kept, mixed = [], []
        for edge in entering:
            kind = role(edge.op)
            self._check(edge, kind, merge)
            if kind == "mixed":
                mixed.append(self.place[edge.source])
            elif kind == "kept":
                kept.append(self._activated(edge))
        step = Step(tuple(kept), tuple(mixed), self._chosen(node.activation), merge)
        if merge == "concat":
            node_of = self.architecture.node
            widths = [edge.reads(node_of(edge.source).width) for edge in entering]
            step = step._replace(shares=tuple(width / sum(widths) for width in widths))
        self.place[node.name] = self._add(step)

    def _activated(self, edge: Edge) -> int:
        """Return the feature at the end of an edge that does not mix channels."""
        source = self.place[edge.source]
        if isinstance(edge.op, Activation):
            return self._add(Step((source,), (), self._chosen(edge.op.kind)))
        return source

    def _chosen(self, activation: str | None) -> Nonlinearity | None:
        """Return the activation that stands for one of the architecture."""
        return None if activation is None else self.chosen or nonlinearity(activation)

    def _add(self, step: Step) -> int:
        """Append a step and return the number of its feature."""
        self.steps.append(step)
        if step.merge == "concat" or not self.joined.isdisjoint(step.kept):
            self.joined.add(len(self.steps))
        return len(self.steps)

    def _check(self, edge: Edge, kind: str, merge: str) -> None:
        """Refuse what the chosen reading does not cover."""
        exact = isinstance(edge.op, Zero | Identity | Linear | Activation)
        if self.exact and not exact:
            raise _unsupported(f"{type(edge.op).__name__} on the edge {edge}", _HINT)
        grouped = kind == "mixed" and isinstance(edge.wiring, Grouped)
        if grouped and self.place[edge.source] in self.joined:
            raise _unsupported(
                f"a grouped map of a concatenation on the edge {edge}", "Wire it in full."
            )
        averaged = kind == "mixed" or merge == "concat"
        selected = isinstance(edge.wiring, Select) and averaged and self._is_uniform(edge)
        wired = kind == "zero" or edge.wiring == natural_wiring(edge.op)
        if not (wired or grouped or selected):
            raise _unsupported(
                f"the wiring {type(edge.wiring).__name__} on the edge {edge}", "Wire it in full."
            )

    def _is_uniform(self, edge: Edge) -> bool:
        """True if all neurons at the source of an edge have one law, so that some stand for all.

        That is so behind linear maps alone; the rows of the input are as they are.
        """
        place = self.place[edge.source]
        return place > 0 and bool(self.steps[place - 1].mixed) and not self.steps[place - 1].kept


_HINT = 'Choose operations="connectivity" to count it as a linear map or as an identity.'


def _unsupported(what: str, hint: str) -> ArchitectureError:
    return ArchitectureError(
        "The kernel of a network of infinite width is known here for skip connections, linear maps "
        f"and activations, and what they merge to. Received {what}. {hint}"
    )


@singledispatch
def role(op: Op) -> str:
    """Say what an op does to a kernel: "zero", "kept" or "mixed"."""
    raise _unsupported(f"the op {type(op).__name__}", "Register it with `role.register`.")


@role.register
def _(op: Zero) -> str:
    return "zero"


@role.register(Identity)
@role.register(Activation)
@role.register(Pool)
@role.register(GlobalPool)
@role.register(Flatten)
@role.register(Norm)
def _(op: Op) -> str:
    return "kept"


@role.register(Linear)
@role.register(Conv2d)
def _(op: Op) -> str:
    return "mixed"
