"""Where the values of a computation lie: slots, used again when their value is needed no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from topograph.exporter.expression import Call


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done, from slots to slots.

    Attributes
    ----------
    kind : {"layer", "call", "merge", "gather", "deal", "moments", "collect", "norm"}
        What `what` is: the key of a layer; a function of one feature map; a function of several
        (``torch.cat``, ``+``, ``*``); or the key of the channels that are gathered, and perhaps
        dealt out. The last three are for normalisations that share statistics: those of a feature
        map are taken, those of the channels under a key are collected, and the layer under a key is
        told them. Without them it is a layer like others, and the steps before do nothing.
    inputs, outputs : tuple of int
        Slots that are read and written.
    node : str
        The feature map that the step helps to make.
    lengths : tuple of int
        Channels that each output of a deal gets.
    frees : tuple of int
        Slots whose values nobody needs after this step.
    """

    kind: str
    what: str | Call
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    node: str
    lengths: tuple[int, ...] = ()
    frees: tuple[int, ...] = ()


def unshared(steps: Iterable[Step]) -> Iterator[Step]:
    """Turn steps into those of normalisations that take their statistics themselves."""
    for step in steps:
        if step.kind == "norm":
            yield replace(step, kind="layer", inputs=step.inputs[:1])
        elif step.kind not in ("moments", "collect"):
            yield step


def into_slots(
    steps: Sequence[Step], inputs: int, outputs: Sequence[int]
) -> tuple[tuple[Step, ...], dict[int, int], int]:
    """Put numbered values into slots.

    Parameters
    ----------
    steps : sequence of Step
        Their `inputs` and `outputs` are values, numbered from 0, each written once.
    inputs : int
        Number of values that are there at the beginning; value i lies in slot i.
    outputs : sequence of int
        Values that are needed at the end.

    Returns
    -------
    steps : tuple of Step
        The same, with slots in place of values, and with the slots that they free.
    slot : dict of int to int
        The slot of every value.
    slots : int
        Number of slots.

    Examples
    --------
    >>> chain = [Step("layer", f"l{i}", (i,), (i + 1,), "") for i in range(3)]
    >>> steps, slot, slots = into_slots(chain, 1, [3])
    >>> slots, slot[3]
    (1, 0)
    """
    last = {value: place for place, step in enumerate(steps) for value in step.inputs}
    slot = {value: value for value in range(inputs)}
    free: list[int] = []
    count = inputs
    placed = []
    for place, step in enumerate(steps):
        done = {value for value in step.inputs if last[value] == place} - set(outputs)
        for value in done:
            heappush(free, slot[value])
        for value in step.outputs:
            if not free:
                heappush(free, count)
                count += 1
            slot[value] = heappop(free)
        written = {slot[value] for value in step.outputs}
        frees = tuple(sorted({slot[value] for value in done} - written))
        reads, writes = (tuple(slot[v] for v in vs) for vs in (step.inputs, step.outputs))
        placed.append(replace(step, inputs=reads, outputs=writes, frees=frees))
    return tuple(placed), slot, count
