"""Long lists of numbers in written programs: constants at the top of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import Any

from topograph.exporter.expression import Expression
from topograph.exporter.keys import Names

__all__ = ["Constants", "plain"]

INLINE = 48
"""Characters of the longest list that stands where it is used."""


class Constants:
    """Collect the lists that are too long for the place where they are used.

    Parameters
    ----------
    taken : iterable of str
        Names of the file that are no constants.

    Examples
    --------
    >>> constants = Constants([])
    >>> constants.text("stem_channels", [0, 2]), constants.text("h_channels", list(range(20)))
    ('[0, 2]', 'H_CHANNELS')
    >>> print(*constants.blocks())
    # fmt: off
    # Channels and links, in the order of the weights that belong to them.
    H_CHANNELS = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]
    # fmt: on
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._names = Names([*taken, "F", "Tensor", "Any"])
        self._values: dict[str, Any] = {}

    def text(self, key: str, value: Any) -> str:
        """Return how a value is written: as it is, or as the name of a constant."""
        if not isinstance(value, list | tuple) or len(repr(value)) <= INLINE:
            return repr(value)
        name = self._names.give(key.upper())
        self._values[name] = value
        return name

    def arguments(self, key: str, expression: Expression) -> tuple[str, ...]:
        """Write the arguments of a layer, its links as constants where they are many."""
        fixed = [self.text(f"{key}_links", value) for value in expression.arguments]
        options = [f"{n}={self.text(f'{key}_{n}', value)}" for n, value in expression.options]
        return (*fixed, *options)

    def blocks(self) -> Iterator[str]:
        """Yield the definitions of all constants as one block, if there are any."""
        if self._values:
            lines = [
                line
                for name, value in self._values.items()
                for line in _lines(f"{name} = ", value, end="")
            ]
            title = "# Channels and links, in the order of the weights that belong to them."
            yield "\n".join(["# fmt: off", title, *lines, "# fmt: on"])


def plain(text: str) -> str:
    """Return text that may stand in a comment or a docstring: printable, on one line."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.replace("\\", "/").replace('"', "'").split())


def _lines(start: str, value: Sequence[Any], *, end: str, depth: int = 0) -> Iterator[str]:
    """Write nested lists of numbers, many to a line."""
    margin = "    " * depth
    opening, closing = "[]" if isinstance(value, list) else "()"
    if not value:
        yield f"{margin}{start}{opening}{closing}{end}"
        return
    yield f"{margin}{start}{opening}"
    if isinstance(value[0], list | tuple):
        for part in value:
            yield from _lines("", part, end=",", depth=depth + 1)
    else:
        inner = f"{margin}    "
        yield fill(
            ", ".join(map(repr, value)) + ",", 100, initial_indent=inner, subsequent_indent=inner
        )
    yield f"{margin}{closing}{end}"
