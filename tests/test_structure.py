from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "topograph"
FOLDERS = (".ci", "analyses", "benchmarks", "docs", "notebooks", "tests", "topograph")
TEXT = {"", ".cff", ".csv", ".ipynb", ".json", ".md", ".py", ".toml", ".txt", ".yml"}
SOURCES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(
    ".".join(file.parent.relative_to(ROOT).parts) for file in SOURCES if file.stem == "__init__"
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> Iterator[Path]:
    """Yield the text files that belong to the project."""
    inside = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*"))
    for file in [*ROOT.iterdir(), *inside]:
        if file.is_file() and file.suffix in TEXT and "__pycache__" not in file.parts:
            yield file


@pytest.mark.parametrize("source", [file for file in SOURCES if file.stem != "__init__"], ids=name)
def test_every_source_file_has_its_twin(source):
    folder = ROOT / "tests" / source.parent.relative_to(PACKAGE)
    assert (folder / f"test_{source.stem.removeprefix('_')}.py").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_of_a_room_resolves(room):
    module = importlib.import_module(room)
    assert module.__doc__
    assert sorted(module.__all__) == module.__all__
    for public in module.__all__:
        assert getattr(module, public) is not None, public


@pytest.mark.parametrize("file", [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))], ids=name)
def test_no_file_is_longer_than_500_lines(file):
    assert len(file.read_text().splitlines()) <= 500


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_no_body_is_longer_than_60_lines(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert body_lines(node) <= 60, node.name


def test_no_file_names_a_place_on_one_machine():
    roots = {"home", "mnt", "opt", "root", "tmp", "Users", ROOT.parts[1]}
    place = re.compile(rf"(?<![\w.])/({'|'.join(sorted(roots))})/")
    found = [name(file) for file in texts() if place.search(file.read_text())]
    assert found == []


def test_the_search_for_places_can_fail(tmp_path):
    assert re.search(r"(?<![\w.])/(tmp)/", f"path = '/{'tmp'}/x'")
    assert len(list(texts())) > len(SOURCES)
