"""Pages that are made from the code: one for each room, the table of measures, what narrates."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from topograph.analyzers import CATALOGUE

ROOT = Path(__file__).parent.parent
ROOMS = (
    "graph",
    "generators",
    "generators.cascades",
    "analyzers",
    "datasets",
    "exporter",
    "training",
    "search",
    "plots",
    "studies",
    "arrays",
)


def write(folder: Path) -> None:
    """Write `rooms`, `notebooks` and `analyses` into the folder of the documentation."""
    for made in ("rooms", "notebooks", "analyses"):
        shutil.rmtree(folder / made, ignore_errors=True)
        (folder / made).mkdir()
    for room in ROOMS:
        module = import_module(f"topograph.{room}")
        (folder / "rooms" / f"{room}.rst").write_text("\n".join(room_page(module)))
        (folder / "rooms" / room).mkdir()
        for name in _names(module):
            page = folder / "rooms" / room / f"{name}.rst"
            page.write_text("\n".join(name_page(module, name)))
    (folder / "rooms" / "measures.md").write_text("\n".join(measures_page()))
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shutil.copy(notebook, folder / "notebooks")
    for readme in sorted((ROOT / "analyses").glob("*/README.md")):
        study = folder / "analyses" / readme.parent.name
        study.mkdir()
        shutil.copy(readme, study / "README.md")
        shutil.copytree(readme.parent / "results", study / "results")


def room_page(module: ModuleType) -> Iterator[str]:
    """Write a room: its question, then what each of its files defines, in a line each."""
    room = module.__name__.removeprefix("topograph.")
    yield from _title(module.__name__, "=")
    yield f"{inspect.getdoc(module)}\n"
    yield f".. toctree::\n   :hidden:\n   :glob:\n\n   {room}/*\n"
    for file, names in _files(module).items():
        title = "Constants" if file == module.__name__ else _first_line(import_module(file))
        yield from _title(title.rstrip("."), "-")
        yield ".. list-table::\n   :widths: 30 70\n"
        for name in names:
            yield f"   * - :doc:`{name} <{room}/{name}>`"
            yield f"     - {_line_about(getattr(module, name))}"
        yield ""


def name_page(module: ModuleType, name: str) -> Iterator[str]:
    """Write the page of a public name."""
    kind = _kind(getattr(module, name))
    yield from _title(name, "=")
    if kind == "data":
        yield f".. py:data:: {module.__name__}.{name}\n"
        return
    yield f".. auto{kind}:: {module.__name__}.{name}"
    yield "   :members:" if kind == "class" else ""
    yield ""


def measures_page() -> Iterator[str]:
    """Write the catalogue of measures as a table."""
    yield "# Measures\n"
    yield "What `topograph.measure` knows by name.\n"
    yield "| name | symbol | unit | source |"
    yield "| --- | --- | --- | --- |"
    for measure in CATALOGUE.values():
        yield f"| `{measure.name}` | ${measure.symbol}$ | {measure.unit} | {measure.source} |"


def _names(module: ModuleType) -> list[str]:
    """Public names of a room, without the rooms inside it and what it hands on from others."""
    values = {name: getattr(module, name) for name in module.__all__}
    return [
        name
        for name, value in values.items()
        if not isinstance(value, ModuleType)
        and (_kind(value) == "data" or value.__module__.startswith(module.__name__))
    ]


def _files(module: ModuleType) -> dict[str, list[str]]:
    """Group the public names of a room by the file that defines them; constants stand by it."""
    files: dict[str, list[str]] = {}
    for name in _names(module):
        value = getattr(module, name)
        file = module.__name__ if _kind(value) == "data" else value.__module__
        files.setdefault(file, []).append(name)
    return files


def _line_about(value: object) -> str:
    """First line of the docstring of a function or class; the type of a constant."""
    if _kind(value) == "data":
        return f"``{type(value).__name__}``"
    return (inspect.getdoc(value) or "").splitlines()[0]


def _kind(value: object) -> str:
    """What a public name stands for, in the words of autodoc."""
    if inspect.isclass(value):
        return "class"
    return "function" if inspect.isroutine(value) else "data"


def _first_line(module: ModuleType) -> str:
    """First line of the docstring of a file."""
    return (inspect.getdoc(module) or module.__name__).splitlines()[0]


def _title(text: str, line: str) -> Iterator[str]:
    yield text
    yield f"{line * len(text)}\n"
