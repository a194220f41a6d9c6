"""Plain data back into an architecture: nothing is guessed, nothing is left out."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from inspect import Parameter, signature
from operator import index
from typing import Any, NoReturn, TypeVar

from topograph._checks import LARGEST
from topograph.errors import ArchitectureError, FormatError, ShapeError
from topograph.graph.architecture import Architecture
from topograph.graph.edge import Edge
from topograph.graph.node import Node
from topograph.graph.ops import Op
from topograph.graph.records import FORMAT, OP_TYPES, VERSION, WIRING_TYPES
from topograph.graph.wiring import Wiring

Part = TypeVar("Part", Op, Wiring)

_DOCUMENT = ("format", "version", "name", "nodes", "edges", "outputs")
_EDGE = ("source", "target", "position", "op", "wiring")


def from_document(document: Any) -> Architecture:
    """Return the architecture of a document, as `topograph.graph.records.to_document` writes it.

    Parameters
    ----------
    document : dict
        Plain data of the form that `topograph.graph.schema` publishes.

    Raises
    ------
    FormatError
        If the document is not exactly of that form; the message names the place.
    ArchitectureError, ShapeError
        If the form is right, but the parts break a rule of architectures, a cycle for example.
        The message names the rule; see `topograph.graph.RULES`.

    Notes
    -----
    A document of a later version is refused, not guessed at. Keys are neither left out nor added:
    a misspelt one would otherwise change the meaning silently.
    """
    _check_header(document)
    _check_keys("the document", document, _DOCUMENT, _DOCUMENT)
    if document["outputs"] == []:
        _refuse("outputs", "a list of at least one name: a network has a result", [])
    return assembled(document, complete=True)


def assembled(document: dict[str, Any], *, complete: bool) -> Architecture:
    """Read the parts of a document and put them together.

    If its records need not be `complete`, missing fields take their defaults.
    """
    nodes, edges, outputs = (_items(key, document[key]) for key in ("nodes", "edges", "outputs"))
    return Architecture(
        tuple(
            Node(**_fields(f"nodes[{i}]", record, Node, complete=complete))
            for i, record in enumerate(nodes)
        ),
        tuple(_edge(f"edges[{i}]", record, complete) for i, record in enumerate(edges)),
        tuple(_text(f"outputs[{i}]", name) for i, name in enumerate(outputs)),
        _text("name", document["name"]),
    )


def _edge(place: str, record: Any, complete: bool) -> Edge:
    """Read an edge."""
    required = _EDGE if complete else _EDGE[:-1]
    _check_keys(place, record, _EDGE, required)
    wiring = None
    if "wiring" in record:
        wiring = _part(f"{place}.wiring", record["wiring"], WIRING_TYPES, complete)
    return Edge(
        _text(f"{place}.source", record["source"]),
        _text(f"{place}.target", record["target"]),
        _part(f"{place}.op", record["op"], OP_TYPES, complete),
        wiring,
        _whole(f"{place}.position", record["position"]),
    )


def _part(place: str, record: Any, types: Mapping[str, type[Part]], complete: bool) -> Part:
    """Read an op or a wiring; if it need not be `complete`, its type alone may stand for it."""
    if not complete and isinstance(record, str):
        record = {"type": record}
    if not isinstance(record, dict) or not isinstance(record.get("type"), str):
        _refuse(place, "an object with a text `type`: the type says how to read it", record)
    kind = types.get(record["type"])
    if kind is None:
        known = ", ".join(types)
        _refuse(f"{place}.type", f"one of {known}: no other is known here", record["type"])
    values = _fields(place, record, kind, complete=complete, head=("type",))
    try:
        return kind(**values)
    except (ArchitectureError, ShapeError) as error:
        raise FormatError(f"{error} The place is {place}.") from error


def _check_header(document: Any) -> None:
    """Raise unless this is a document of a version that can be read."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else document
        _refuse("format", f"{FORMAT!r}: other files hold no architecture", found)
    version = document.get("version")
    if type(version) is not int or version < 1:
        _refuse("version", "a whole number from 1: it says how the document is read", version)
    if version > VERSION:
        raise FormatError(
            f"This topograph reads version {VERSION} of the format, and would misread a later one. "
            f"Received version {_brief(version)}. Upgrade topograph."
        )


def _fields(
    place: str, record: Any, kind: type, *, complete: bool, head: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Read the fields of a dataclass from a record that has them by name, behind its `head`."""
    known = [field.name for field in fields(kind)]
    required = known if complete else _required(kind)
    _check_keys(place, record, [*head, *known], [*head, *required])
    given = [name for name in known if name in record]
    return {name: READERS[name](f"{place}.{name}", record[name]) for name in given}


def _required(kind: type) -> list[str]:
    """Arguments without which a class makes no object."""
    parameters = signature(kind).parameters.values()
    return [one.name for one in parameters if one.default is Parameter.empty]


def _check_keys(place: str, record: Any, known: Sequence[str], required: Sequence[str]) -> None:
    """Raise unless a record is a dict with these keys."""
    if not isinstance(record, dict):
        _refuse(place, "an object: its fields are found by name", record)
    missing = [key for key in required if key not in record]
    unknown = [key for key in record if key not in known]
    if missing or unknown:
        found = f"no {missing[0]!r}" if missing else f"the unknown key {_brief(unknown[0])}"
        raise FormatError(
            f"The keys of {place} are {', '.join(known)}: a misspelt one would silently change the "
            f"meaning. Received {found}. Add or remove it."
        )


def _items(place: str, value: Any) -> list[Any]:
    """Read a list."""
    if not isinstance(value, list | tuple):
        _refuse(place, "a list: its items have an order", value)
    return list(value)


def _text(place: str, value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        _refuse(place, "text: it is a name or a word", value)
    return value


def _flag(place: str, value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        _refuse(place, "true or false: a part is there or is not", value)
    return value


def _whole(place: str, value: Any) -> int:
    """Read a whole number from 0 to the largest count."""
    fits = hasattr(value, "__index__") and not isinstance(value, bool)
    if not fits or not 0 <= index(value) <= LARGEST:
        _refuse(place, f"a whole number from 0 to {LARGEST}: it counts", value)
    return index(value)


def _number(place: str, value: Any) -> float:
    """Read a finite number."""
    largest = sys.float_info.max
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not -largest <= value <= largest:
        _refuse(place, "a finite number: it is a weight", value)
    return float(value)


def _wholes(place: str, value: Any) -> tuple[int, ...]:
    """Read a list of whole numbers; a long one of plain ints is checked as a whole."""
    items = _items(place, value)
    if items and set(map(type, items)) == {int} and min(items) >= 0 and max(items) <= LARGEST:
        return tuple(items)
    return tuple(_whole(f"{place}[{i}]", item) for i, item in enumerate(items))


def _pair(place: str, value: Any) -> tuple[int, int]:
    """Read two whole numbers."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        _refuse(place, "a list of two whole numbers: there is a height and a width", value)
    return _whole(f"{place}[0]", value[0]), _whole(f"{place}[1]", value[1])


def _flags(place: str, value: Any) -> list[bool]:
    """Read a list of true and false."""
    return [_flag(f"{place}[{i}]", item) for i, item in enumerate(_items(place, value))]


def _or_none(reader: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Read null as None, everything else by `reader`."""
    return lambda place, value: None if value is None else reader(place, value)


READERS: dict[str, Callable[[str, Any], Any]] = {
    # nodes
    "name": _text,
    "width": _whole,
    "size": _wholes,
    "merge": _text,
    "normalisation": _or_none(_text),
    "activation": _or_none(_text),
    "cell": _or_none(_text),
    "layer": _or_none(_whole),
    # ops
    "bias": _flag,
    "kernel": _pair,
    "stride": _pair,
    "padding": _pair,
    "dilation": _pair,
    "kind": _text,
    "include_padding": _flag,
    "keep": _flag,
    # wirings
    "groups": _whole,
    "channels": _wholes,
    "indptr": _wholes,
    "indices": _wholes,
    "sources": _whole,
    "constant": _or_none(_flags),
    "value": _number,
}
"""How each field of a node, an op or a wiring is read: a name means the same everywhere."""


class _Brief(reprlib.Repr):
    """Representations for messages: short, whatever comes."""

    def repr_int(self, x: int, level: int) -> str:
        """Describe numbers too long to be written out."""
        return repr(x) if x.bit_length() < 200 else f"a whole number of {x.bit_length()} bits"


_brief = _Brief().repr


def _refuse(place: str, rule: str, found: Any) -> NoReturn:
    """Say what should stand at a place, and what does."""
    raise FormatError(
        f"{place[:200]} must be {rule}. Received {_brief(found)}. "
        "Correct it, or write the file again with topograph."
    )
