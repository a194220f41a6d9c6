from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def pages():
    """The program that makes the pages, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(pages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    pages.write(folder)
    return folder


def test_every_room_has_a_page_and_the_index_leads_there(pages):
    rooms = {path.parent.name for path in ROOT.glob("topograph/*/__init__.py")}
    assert rooms <= set(pages.ROOMS)
    index = (ROOT / "docs" / "index.md").read_text()
    assert all(f"rooms/{room}\n" in index for room in [*pages.ROOMS, "measures"])


def test_every_public_name_has_one_page(pages, written):
    homes = []
    for room in pages.ROOMS:
        module = import_module(f"topograph.{room}")
        found = {path.stem for path in (written / "rooms" / room).iterdir()}
        handed_on = set(module.__all__) - found
        for name in handed_on:
            value = getattr(module, name)
            assert isinstance(value, ModuleType) or not value.__module__.startswith(module.__name__)
        homes += [getattr(module, name) for name in found if callable(getattr(module, name))]
    assert len({id(value) for value in homes}) == len(homes)


def test_notebooks_and_studies_are_there_with_their_pictures(written):
    for folder, pattern in (("notebooks", "*.ipynb"), ("analyses", "*/README.md")):
        ours = {path.relative_to(ROOT / folder) for path in (ROOT / folder).glob(pattern)}
        assert {
            path.relative_to(written / folder) for path in (written / folder).glob(pattern)
        } == ours
    assert list((written / "analyses").glob("*/results/*.png"))


def test_the_table_of_measures_has_a_row_for_each(pages, written):
    rows = (written / "rooms" / "measures.md").read_text().splitlines()
    assert sum(row.startswith("| `") for row in rows) == len(pages.CATALOGUE)
