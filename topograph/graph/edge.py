"""A link between two feature maps."""

from __future__ import annotations

from dataclasses import dataclass, fields

from topograph.errors import ArchitectureError
from topograph.graph.ops import Op
from topograph.graph.wiring import Full, OneToOne, Select, Wiring

_FULL, _STRAIGHT = Full(), OneToOne()


def natural_wiring(op: Op) -> Wiring:
    """Return the wiring that an op has where nothing else is said."""
    if not isinstance(op, Op):
        raise ArchitectureError(
            "An edge carries an op, which says what becomes of a feature map on its way. "
            f"Received {op!r:.80}. Give an instance of an op, such as `Linear()`."
        )
    return _FULL if op.mixes else _STRAIGHT


@dataclass(frozen=True, slots=True, init=False)
class Edge:
    """An op that carries a feature map from one node to another.

    Attributes
    ----------
    source, target : str
        Names of the nodes.
    op : Op
        What happens on the way.
    wiring : Wiring, optional
        Which channels are linked; by default the natural wiring of the op: `Full`
        for `Linear` and `Conv2d`, `OneToOne` for all others.
    position : int
        Place among the edges that enter the target, from 0: the order of a concatenation.
    """

    source: str
    target: str
    op: Op
    wiring: Wiring
    position: int

    def __init__(
        self, source: str, target: str, op: Op, wiring: Wiring | None = None, position: int = 0
    ) -> None:
        _write_source(self, source)
        _write_target(self, target)
        _write_op(self, op)
        _write_wiring(self, natural_wiring(op) if wiring is None else wiring)
        _write_position(self, position)

    @property
    def pattern(self) -> Wiring:
        """The wiring after a selection of channels: never `Select`."""
        return natural_wiring(self.op) if isinstance(self.wiring, Select) else self.wiring

    def reads(self, width: int) -> int:
        """Return how many of the `width` channels of its source the op sees."""
        return len(self.wiring.channels) if isinstance(self.wiring, Select) else width

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}[{self.position}]"


# A network has thousands of edges; its slots written directly, an edge is made three times faster.
_write_source, _write_target, _write_op, _write_wiring, _write_position = (
    getattr(Edge, field.name).__set__ for field in fields(Edge)
)
