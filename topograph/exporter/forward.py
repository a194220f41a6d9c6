"""The statements of a plan, as they stand in the body of a ``forward`` method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, groupby, pairwise
from textwrap import wrap

from topograph.exporter.expression import Call, Expression
from topograph.exporter.keys import Names
from topograph.exporter.layout import Bracket, Operation, Text, flat, fold
from topograph.exporter.plan import Plan
from topograph.exporter.slots import Step, unshared

__all__ = ["Forward", "arguments"]

METHODS = {"torch.amax": "amax", "torch.flatten": "flatten", "torch.mean": "mean"}
RESERVED = ("self", "torch", "nn", "F", "Tensor", "deal")


class Forward:
    """Write the steps of a plan as statements.

    The steps that make one feature map become one statement, or a few where the line is too long. A
    feature map that only the next statements read is called ``x``, any other by its node, and its
    name is deleted when nothing reads it any more.

    Parameters
    ----------
    plan : Plan
    width : int
        Characters in a line.

    Attributes
    ----------
    inputs : list of str
        Names of the arguments.
    outputs : list of str
        Names of what is returned.
    groups : list of tuple of str and list of str
        For each feature map that is computed its node, and the lines that compute it.
    """

    def __init__(self, plan: Plan, *, width: int) -> None:
        self._width = width
        names = Names((node.name for node in plan.architecture.nodes), reserved=RESERVED)
        self.inputs = [names.give(name, own=name) for name in plan.architecture.inputs]
        self._carrier = names.give("x")
        self._texts: dict[int, str] = dict(enumerate(self.inputs))
        self._named: dict[int, str] = {}
        steps, outputs = _numbered(plan)
        groups = [(node, list(made)) for node, made in groupby(steps, lambda step: step.node)]
        self._readers = _readers([made for _, made in groups], outputs)
        self._ending = _ending(self._readers, len(groups) - 1)
        self.groups = [
            (node, self._statements(place, made, node, names))
            for place, (node, made) in enumerate(groups)
        ]
        self.outputs = [self._texts[value] for value in outputs]

    def _statements(self, place: int, steps: list[Step], node: str, names: Names) -> list[str]:
        """Write the lines that make one feature map, deal out its channels and clear up."""
        dealt = steps[-1:] if steps[-1].kind == "deal" else []
        made = steps[: len(steps) - len(dealt)]
        lines: list[str] = []
        if made:
            value = made[-1].outputs[0]
            if self._readers[value][-1] <= place + 1:
                self._texts[value] = self._carrier
            else:
                self._texts[value] = self._named[value] = names.give(node, own=node)
            lines += self._computed(made, self._texts[value])
        if dealt:
            lines += self._dealt(dealt[0], names.give(f"{node}_parts"))
        return [*lines, *self._done(place)]

    def _computed(self, steps: list[Step], name: str) -> Iterator[str]:
        """Write steps as one statement, broken behind the merge where it is too long."""
        pending: dict[int, Text] = {}
        merges = [place for place, step in enumerate(steps) if step.kind == "merge"]
        breakable = merges[-1] + 1 if merges else 1
        for place, step in enumerate(steps):
            parts = [
                pending.pop(value) if value in pending else self._texts[value]
                for value in step.inputs
            ]
            text = _written(step, parts)
            if place >= breakable and len(f"{name} = {flat(text)}") > self._width:
                yield from fold(f"{name} = ", parts[0], width=self._width)
                text = _written(step, [name])
            pending[step.outputs[0]] = text
        yield from fold(f"{name} = ", text, width=self._width)

    def _dealt(self, step: Step, name: str) -> list[str]:
        """Write how the channels that are selected from a feature map are dealt out.

        Parts are popped if they are read once each, by one statement after the other, which frees
        them one by one. Inside a statement they may stand in another order.
        """
        parts = step.outputs
        reads = [self._readers[value] for value in parts]
        once = all(len(places) == 1 for places in reads)
        if once and all(before < behind for before, behind in pairwise(reads)):
            self._texts |= dict.fromkeys(parts, f"{name}.pop(0)")
        else:
            self._texts |= {value: f"{name}[{i}]" for i, value in enumerate(parts)}
            self._named[max(parts, key=lambda value: self._readers[value][-1])] = name
        lengths = Bracket("[", tuple(map(str, step.lengths)), "]")
        text = Bracket("deal(", (self._texts[step.inputs[0]], f"self.{step.what}", lengths), ")")
        return fold(f"{name} = ", text, width=self._width)

    def _done(self, place: int) -> list[str]:
        """Delete the names that nothing reads behind this place, which is not the last."""
        done = [self._named[value] for value in self._ending[place] if value in self._named]
        lines = wrap(", ".join(done), self._width - len("del "), break_long_words=False)
        return [f"del {line.rstrip(',')}" for line in lines]


def arguments(expression: Expression) -> tuple[str, ...]:
    """Write positional and keyword arguments."""
    options = (f"{name}={value!r}" for name, value in expression.options)
    return (*map(repr, expression.arguments), *options)


def _numbered(plan: Plan) -> tuple[list[Step], list[int]]:
    """Return the steps between values that are written once, and the values of the outputs."""
    inside = dict(enumerate(range(len(plan.architecture.inputs))))
    fresh = count(len(inside))
    steps = []
    for step in unshared(plan.steps):
        reads = tuple(inside[slot] for slot in step.inputs)
        inside |= {slot: next(fresh) for slot in step.outputs}
        steps.append(replace(step, inputs=reads, outputs=tuple(inside[s] for s in step.outputs)))
    return steps, [inside[slot] for slot in plan.outputs]


def _readers(groups: Sequence[list[Step]], outputs: Sequence[int]) -> dict[int, list[int]]:
    """Places of the groups that read each value, one per reading, ascending.

    What is returned is read at a place of its own behind the last.
    """
    readers: dict[int, list[int]] = defaultdict(list)
    for place, steps in enumerate(groups):
        for step in steps:
            for value in step.inputs:
                readers[value].append(place)
    for value in outputs:
        readers[value].append(len(groups) + 1)
    return readers


def _ending(readers: Mapping[int, list[int]], last: int) -> dict[int, list[int]]:
    """Values that are read for the last time at each place, which is not the last of all."""
    ending: dict[int, list[int]] = defaultdict(list)
    for value, places in readers.items():
        if places[-1] < last:
            ending[places[-1]].append(value)
    return ending


def _written(step: Step, parts: list[Text]) -> Text:
    """Write a step applied to its inputs."""
    if step.kind == "layer":
        return Bracket(f"self.{step.what}(", tuple(parts), ")")
    if step.kind == "gather":
        return Bracket(f"{flat(parts[0])}.index_select(", ("1", f"self.{step.what}"), ")")
    assert isinstance(step.what, Call)
    if step.what.name == "torch.cat":
        return Bracket("torch.cat(", (Bracket("[", tuple(parts), "]"), "1"), ")")
    if step.kind == "merge":
        return Operation(step.what.name, tuple(parts))
    return _called(step.what, parts[0])


def _called(call: Call, part: Text) -> Text:
    """Write the call of a function, as a method or an index where that reads better."""
    x = flat(part)
    if call.name == "torch.narrow":
        _, start, length = call.arguments
        return f"{x}[:, {start}:{start + length}]"
    if call.name == "spread":
        return f"{x}[:, :, {', '.join(['None'] * call.arguments[0])}]"
    if call.name == "zeros":
        return Bracket(f"{x}.new_zeros(", (f"{x}.shape[0]", *arguments(call)), ")")
    if call.name in METHODS:
        return Bracket(f"{x}.{METHODS[call.name]}(", arguments(call), ")")
    return Bracket(f"{call.name}(", (part, *arguments(call)), ")")
