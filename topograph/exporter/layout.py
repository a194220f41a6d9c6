"""Break long lines of a program where a formatter would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Bracket", "Operation", "Text", "flat", "fold"]

INDENT = "    "


@dataclass(frozen=True, slots=True)
class Bracket:
    """Items between brackets: ``f(`` a, b ``)``."""

    head: str
    items: tuple[Text, ...]
    tail: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Operands with one operator between them."""

    operator: str
    operands: tuple[Text, ...]


Text = str | Bracket | Operation


def flat(text: Text) -> str:
    """Write everything on one line.

    Examples
    --------
    >>> flat(Bracket("f(", ("x", Operation("+", ("a", "b"))), ")"))
    'f(x, a + b)'
    """
    if isinstance(text, Bracket):
        return text.head + ", ".join(map(flat, text.items)) + text.tail
    if isinstance(text, Operation):
        return f" {text.operator} ".join(map(flat, text.operands))
    return text


def fold(start: str, text: Text, *, width: int) -> list[str]:
    """Write `start` and `text` on as few lines of at most `width` characters as brackets allow.

    Examples
    --------
    >>> for line in fold("x = ", Bracket("f(", ("first", "second"), ")"), width=12):
    ...     print(line)
    x = f(
        first,
        second,
    )
    """
    if len(start) + len(flat(text)) <= width or isinstance(text, str):
        return [start + flat(text)]
    if isinstance(text, Bracket):
        return [start + text.head, *_inside(text.items, width - len(INDENT)), text.tail]
    return [f"{start}(", *_lined_up(text, width - len(INDENT)), ")"]


def _inside(items: Sequence[Text], width: int) -> list[str]:
    """Indented items, on one line if they fit, else one per line."""
    line = ", ".join(map(flat, items))
    if len(line) <= width:
        return [INDENT + line]
    folded = [fold("", item, width=width - 1) for item in items]
    return [INDENT + line for item in folded for line in (*item[:-1], f"{item[-1]},")]


def _lined_up(operation: Operation, width: int) -> list[str]:
    """Indented operands, on one line if they fit, else one per line behind their operator."""
    line = flat(operation)
    if len(line) <= width:
        return [INDENT + line]
    signs = ["", *[f"{operation.operator} "] * (len(operation.operands) - 1)]
    folded = [
        fold(sign, operand, width=width)
        for sign, operand in zip(signs, operation.operands, strict=True)
    ]
    return [INDENT + line for operand in folded for line in operand]
