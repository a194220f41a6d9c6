"""The order of work of an exported network, and the slots that hold its values.

The plan needs no torch. It is the one source of both the interpreter (`topograph.exporter.network`)
and the written program (`topograph.exporter.source`).
"""

from __future__ import annotations

from dataclasses import dataclass

from topograph.exporter.draft import Draft, Place
from topograph.exporter.expression import Layer
from topograph.exporter.slots import Step, into_slots
from topograph.graph.architecture import Architecture
from topograph.graph.required import require_architecture


@dataclass(frozen=True, slots=True)
class Plan:
    """How the outputs of an architecture are computed.

    Attributes
    ----------
    architecture : Architecture
    layers : dict of str to Layer
        Everything that has parameters, by key, also where no output depends on it.
    channels : dict of str to tuple of int
        The lists of channels that are gathered, by key.
    statistics : dict of str to tuple of int
        The lists of channels whose statistics normalisations share, by key.
    owners : dict of str to str
        The node to which each layer and each list of channels belongs.
    keys : dict of (str, int) to str
        The key of the layer on each edge, by target and position; normalisations are at -1.
    steps : tuple of Step
    slots : int
        Number of slots; the inputs lie in the first ones, in order.
    outputs : tuple of int
        Slots of the outputs after the last step.
    """

    architecture: Architecture
    layers: dict[str, Layer]
    channels: dict[str, tuple[int, ...]]
    statistics: dict[str, tuple[int, ...]]
    owners: dict[str, str]
    keys: dict[Place, str]
    steps: tuple[Step, ...]
    slots: int
    outputs: tuple[int, ...]

    def __deepcopy__(self, memo: object) -> Plan:
        return self


def compile(architecture: Architecture) -> Plan:
    """Plan the computation of an architecture.

    Nodes that only pass on what they receive cost nothing; nor do edges that carry zeros into a
    sum, or nodes on which no output depends. A slot is used again as soon as its value is needed
    no more.

    Raises
    ------
    ArchitectureError
        If it is no architecture, or an op has no counterpart in torch.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder()
    >>> x = b.input(4, name="x")
    >>> y = b.add([x, b.linear(x, 4, name="h", activation="relu")], name="y")
    >>> plan = compile(b.build())
    >>> plan.layers
    {'h': Layer(name='nn.Linear', arguments=(4, 4), options=())}
    >>> for step in plan.steps:
    ...     print(step.node, step.kind, step.inputs, step.outputs, step.frees)
    h layer (0,) (1,) ()
    h call (1,) (1,) ()
    y merge (0, 1) (0,) (1,)
    """
    require_architecture(architecture)
    draft = Draft(architecture)
    outputs = tuple(draft.values[name] for name in architecture.outputs)
    steps, slot, slots = into_slots(draft.steps, len(architecture.inputs), outputs)
    places = tuple(slot[value] for value in outputs)
    named = (draft.layers, draft.channels, draft.statistics, draft.owners, draft.keys)
    return Plan(architecture, *named, steps, slots, places)
