"""Architectures as programs: a file to read, to change and to train without topograph."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from keyword import iskeyword
from textwrap import fill, shorten

from topograph.errors import ArchitectureError
from topograph.exporter import layers
from topograph.exporter.constants import Constants, plain
from topograph.exporter.forward import Forward
from topograph.exporter.layout import INDENT, Bracket, fold
from topograph.exporter.plan import Plan, compile
from topograph.graph.architecture import Architecture
from topograph.graph.node import Node

__all__ = ["to_source"]

WIDTH = 100
TAKEN = ("torch", "nn", "F", "Tensor", "Any", *layers.__all__)


def to_source(architecture: Architecture, *, class_name: str = "Network") -> str:
    """Write an architecture as a Python program that needs torch alone.

    Parameters
    ----------
    architecture : Architecture
    class_name : str
        Name of the module class.

    Returns
    -------
    str
        The text of a file. Its class has the parameters of the module that `to_module` makes,
        under the same names, and computes the same outputs from them, bit for bit.

    Raises
    ------
    ArchitectureError
        If it is no architecture, `class_name` is no name of Python, or an op has no counterpart in
        torch.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder("block")
    >>> image = b.input(3, size=8, name="image")
    >>> stem = b.conv(image, 8, name="stem", normalisation="batch", activation="relu")
    >>> inner = b.conv(stem, 8, name="inner")
    >>> sum = b.add([stem, inner], name="sum", activation="relu")
    >>> print(to_source(b.build()).partition("def forward")[2])
    (self, image: Tensor) -> Tensor:
            stem = F.relu(self.stem_norm(self.stem(image)), inplace=True)
            x = self.inner(stem)
            sum = F.relu(stem + x)
            return sum
    <BLANKLINE>
    """
    if not class_name.isidentifier() or iskeyword(class_name) or class_name in TAKEN:
        raise ArchitectureError(
            "A class has a name that Python accepts and the program does not need otherwise, as it "
            f"needs {', '.join(TAKEN)}. Received {class_name!r}. Choose another class_name."
        )
    plan = compile(architecture)
    constants = Constants([class_name])
    body = _class(plan, class_name, constants)
    brought = [inspect.getsource(getattr(layers, name)) for name in _brought_along(plan)]
    blocks = [*constants.blocks(), *brought, "\n".join(body)]
    head = "\n".join(_head(architecture, class_name, "".join(blocks)))
    return "\n\n\n".join(block.rstrip("\n") for block in [head, *blocks]) + "\n"


def _brought_along(plan: Plan) -> list[str]:
    """Names of what a program must bring along, bases before their classes."""
    own = sorted({layer.name for layer in plan.layers.values() if "." not in layer.name})
    base = ["SparseMap"] if any(name.startswith("Sparse") for name in own) else []
    deal = ["deal"] if any(step.kind == "deal" for step in plan.steps) else []
    return [*deal, *base, *own]


def _head(architecture: Architecture, class_name: str, body: str) -> list[str]:
    """Docstring and imports."""
    title = plain(architecture.name) or class_name
    imports = {"from typing import Any\n": "Any", "import torch": "torch."}
    imports |= {"import torch.nn.functional as F": "F."}
    return [
        f'"""{title}, as written by topograph; it needs torch alone."""\n',
        "from __future__ import annotations\n",
        *(line for line, name in imports.items() if re.search(rf"\b{re.escape(name)}", body)),
        "from torch import Tensor, nn",
    ]


def _class(plan: Plan, class_name: str, constants: Constants) -> list[str]:
    """Write the class of the module."""
    forward = Forward(plan, width=WIDTH - 2 * len(INDENT))
    parameters = ("self", *(f"{name}: Tensor" for name in forward.inputs))
    result = "Tensor" if len(forward.outputs) == 1 else "tuple[Tensor, ...]"
    define = Bracket("def forward(", parameters, f") -> {result}:")
    return [
        f"class {class_name}(nn.Module):",
        *_indented(_docstring(plan.architecture)),
        "",
        f'    digest = "{plan.architecture.digest}"',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *_indented(_by_cell(plan, _layers(plan, constants)), levels=2),
        "",
        *_indented(fold("", define, width=WIDTH - len(INDENT))),
        *_indented(_by_cell(plan, forward.groups), levels=2),
        *_indented(_returned(forward.outputs), levels=2),
    ]


def _docstring(architecture: Architecture) -> list[str]:
    """Say what goes in and what comes out."""
    ends = []
    for names in (architecture.inputs, architecture.outputs):
        nodes = [architecture.node(name) for name in names]
        ends.append(", ".join(f"{node.name} ({', '.join(_shape(node))})" for node in nodes))
    text = f"Take {ends[0]}; return {ends[1]}."
    if len(text) + 6 <= WIDTH - len(INDENT):
        return [f'"""{text}"""']
    text = fill(text, WIDTH - len(INDENT), break_long_words=False)
    return ['"""Compute the outputs from the inputs.', "", *text.splitlines(), '"""']


def _shape(node: Node) -> tuple[str, ...]:
    return ("batch", *map(str, node.shape))


def _layers(plan: Plan, constants: Constants) -> list[tuple[str, list[str]]]:
    """Write how layers and lists of channels are made, by node."""
    written: dict[str, list[str]] = {node.name: [] for node in plan.architecture.nodes}
    for key, layer in plan.layers.items():
        made = Bracket(f"{layer.name}(", constants.arguments(key, layer), ")")
        written[plan.owners[key]] += fold(f"self.{key} = ", made, width=WIDTH - 2 * len(INDENT))
    for key, channels in plan.channels.items():
        kept = f"torch.tensor({constants.text(key, list(channels))})"
        items = (f'"{key}"', kept, "persistent=False")
        buffer = Bracket("self.register_buffer(", items, ")")
        written[plan.owners[key]] += fold("", buffer, width=WIDTH - 2 * len(INDENT))
    return [(node, lines) for node, lines in written.items() if lines]


def _by_cell(plan: Plan, groups: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    """Put a blank line and a comment before each cell."""
    cell_of = {node.name: node.cell for node in plan.architecture.nodes}
    for place, (cell, members) in enumerate(groupby(groups, lambda group: cell_of[group[0]])):
        if place:
            yield ""
        if cell is not None:
            yield f"# {shorten(plain(cell), 80)}"
        for _, lines in members:
            yield from lines


def _returned(outputs: list[str]) -> list[str]:
    line = f"return {', '.join(outputs)}"
    if len(line) <= WIDTH - 2 * len(INDENT):
        return [line]
    return fold("return ", Bracket("(", tuple(outputs), ")"), width=WIDTH - 2 * len(INDENT))


def _indented(lines: Iterable[str], *, levels: int = 1) -> list[str]:
    return [INDENT * levels + line if line else "" for line in lines]
