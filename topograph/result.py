"""What an answer looks like: the base of every result that has several parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from html import escape
from typing import TYPE_CHECKING, Any

from topograph.errors import ShapeError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """Base of the frozen results: named parts, each with its unit.

    A subclass is a frozen dataclass. The unit of a part stands in its field,
    ``field(metadata={"unit": "channels"})``; a part without unit is a pure number or a name. A
    field whose name begins with an underscore is no part: what other parts are computed from.

    Examples
    --------
    >>> from dataclasses import dataclass, field
    >>> @dataclass(frozen=True, slots=True)
    ... class Size(Result):
    ...     width: int = field(metadata={"unit": "channels"})
    ...     depth: tuple[int, ...] = field(metadata={"unit": "layers"})
    >>> size = Size(width=8, depth=(16, 20))
    >>> size.to_dict()
    {'width': 8, 'depth': [16, 20]}
    >>> print(size.to_frame().to_string(index=False))
     width  depth
         8     16
         8     20
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as plain Python values: numbers, names, lists and dictionaries.

        Arrays become nested lists, also those on a GPU; results inside results become
        dictionaries.
        """
        return {name: _plain(getattr(self, name)) for name in _parts(self)}

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy table: one row per entry of the parts that are sequences.

        Single values are repeated in every row; without any sequence there is one row. A result
        inside the result gives columns ``part_inner``.

        Raises
        ------
        ShapeError
            If two sequences have different lengths, or a part is not a single value nor a
            sequence of single values. `to_dict` holds such parts.
        """
        import pandas as pd

        columns = dict(_columns(self.to_dict()))
        lengths = {name: len(value) for name, value in columns.items() if isinstance(value, list)}
        if len(set(lengths.values())) > 1:
            raise ShapeError(
                "The columns of a tidy table have one length, since each row is one observation. "
                f"Received {lengths} from {type(self).__name__}. Use to_dict()."
            )
        return pd.DataFrame(columns, index=range(next(iter(lengths.values()), 1)))

    def _repr_html_(self) -> str:
        """Show the parts with their units in a notebook."""
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td>{escape(_summary(_plain(getattr(self, name))))}</td>"
            f"<td>{escape(str(part.metadata.get('unit', '')))}</td></tr>"
            for name, part in _parts(self).items()
        )
        head = "<tr><th></th><th>value</th><th>unit</th></tr>"
        return f"<table><caption>{escape(type(self).__name__)}</caption>{head}{rows}</table>"


def _parts(result: Result) -> dict[str, Field[Any]]:
    """Return the public fields by name."""
    return {part.name: part for part in fields(result) if not part.name.startswith("_")}


def _plain(value: Any) -> Any:
    """Turn arrays, results and containers into plain Python values."""
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def _columns(parts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the columns of a table, those of inner results with a prefix."""
    for name, value in parts.items():
        if isinstance(value, dict):
            yield from _columns(value, f"{prefix}{name}_")
        elif isinstance(value, list) and any(isinstance(item, list | dict) for item in value):
            raise ShapeError(
                "A tidy table holds single values and sequences of them, since each row is one "
                f"observation. Received nested values in {prefix + name!r}. Use to_dict()."
            )
        else:
            yield prefix + name, value


def _summary(value: Any) -> str:
    """Say a value in a few words: numbers with six digits, long sequences by their ends."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_summary(item)}" for name, item in value.items())
    if isinstance(value, list):
        ends = value if len(value) <= 8 else [*value[:3], "…", *value[-3:]]
        count = "" if len(value) <= 8 else f" ({len(value)} values)"
        return " ".join(map(_summary, ends)) + count
    return str(value)
