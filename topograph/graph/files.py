"""Architectures in files: JSON with a published schema, and the choice of format by suffix."""

from __future__ import annotations

import json
import os
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from topograph._atomic import replacing
from topograph.errors import FormatError, TopographError
from topograph.graph.records import VERSION, to_document

if TYPE_CHECKING:
    from topograph.graph.architecture import Architecture

LARGEST_FILE = 2**28
"""Bytes that `load` reads at most: 256 MiB, some ten million links."""

SUFFIXES = (".json", ".graphml")


def to_json(architecture: Architecture) -> str:
    """Write an architecture as JSON, one node or edge per line.

    The text is pure ASCII and loss-free: `from_json` gives an equal architecture of equal name and
    digest. Its form is given by `schema`.

    Examples
    --------
    >>> from topograph.graph import Builder
    >>> b = Builder("two neurons")
    >>> y = b.linear(b.input(1, name="x"), 1, name="y")
    >>> from_json(to_json(b.build())) == b.build()
    True
    """
    entries = (f" {json.dumps(key)}: {_lines(v)}" for key, v in to_document(architecture).items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def from_json(text: str) -> Architecture:
    """Read an architecture from JSON.

    Raises
    ------
    FormatError
        If the text is no JSON, or no document of the form that `schema` gives: truncated, nested
        too deeply, with a key twice, with NaN or infinite numbers, of a later version.
    ArchitectureError, ShapeError
        If the document is well formed, but its parts break a rule of architectures.
    """
    from topograph.graph.decode import from_document

    return from_document(parse(text))


def save(architecture: Architecture, path: str | os.PathLike[str]) -> None:
    """Write an architecture to a file, as JSON (``.json``) or GraphML (``.graphml``).

    The file appears complete or not at all: it is written under a temporary name in the same
    folder and then takes the place of whatever was there.

    Raises
    ------
    FormatError
        If the suffix is neither, or the path is a folder.
    OSError
        If the folder does not exist or may not be written to.
    """
    from topograph.graph.graphml import to_graphml

    path = Path(path)
    text = to_json(architecture) if _is_json(path) else to_graphml(architecture)
    with replacing(path) as partial:
        partial.write_text(text, encoding="ascii", newline="\n")


def load(path: str | os.PathLike[str]) -> Architecture:
    """Read an architecture from a JSON or GraphML file.

    Raises
    ------
    FormatError
        If the suffix is neither ``.json`` nor ``.graphml``, the path is a folder, or the file is
        no well-formed document of at most 256 MiB in UTF-8.
    ArchitectureError, ShapeError
        If the document is well formed, but its parts break a rule of architectures.
    OSError
        If there is no such file, or it may not be read.
    """
    from topograph.graph.graphml import from_graphml

    path = Path(path)
    read = from_json if _is_json(path) else from_graphml
    text = _content(path)
    try:
        return read(text)
    except TopographError as error:
        error.add_note(f"The file is {path}.")
        raise


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the documents that `to_json` writes.

    Examples
    --------
    >>> schema()["properties"]["format"]["const"]
    'topograph.architecture'
    """
    source = files("topograph.graph") / "schema" / f"architecture-{VERSION}.json"
    return json.loads(source.read_text(encoding="utf-8"))


def parse(text: str) -> Any:
    """Read JSON strictly: no key twice, no NaN, nothing after the end."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        reason = str(error) or type(error).__name__
        raise FormatError(
            f"An architecture is read from JSON, which this text is not. Received {text[:40]!r}, "
            f"where reading ends with: {reason:.200}. Write the file again with topograph."
        ) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Collect the pairs of a JSON object, and refuse a key that stands twice."""
    collected = dict(pairs)
    if len(collected) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise FormatError(
            "A key of an object stands once, or one value would hide the other. "
            f"Received the key {twice[:80]!r} twice. Remove one of them."
        )
    return collected


def _no_constant(word: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python would read."""
    raise FormatError(
        "JSON knows finite numbers only, and so does an architecture. "
        f"Received {word}. Put a finite number there."
    )


def _lines(value: Any) -> str:
    """Write a list of objects with one line each, everything else on one line."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return json.dumps(value)
    return "[\n  " + ",\n  ".join(json.dumps(item) for item in value) + "\n ]"


def _is_json(path: Path) -> bool:
    """Tell JSON from GraphML by the suffix, and refuse everything else."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or path.is_dir():
        found = "a folder" if path.is_dir() else f"the suffix {path.suffix!r}"
        raise FormatError(
            "Architectures lie in .json or .graphml files: the suffix tells how to read them. "
            f"Received {found} at {str(path)!r}. Give a file name with one of these suffixes."
        )
    return suffix == SUFFIXES[0]


def _content(path: Path) -> str:
    """Return the text of a file of bounded size."""
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise FormatError(
            f"A file is read into memory, so it has at most {LARGEST_FILE} bytes. "
            f"Received more in {str(path)!r}. Split the architecture, or parse it by `from_json`."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"Architectures are written in UTF-8. Received bytes that are not, in {str(path)!r}: "
            f"{error.reason} at byte {error.start}. Write the file again with topograph."
        ) from error
