from __future__ import annotations

import importlib
import sys

import pytest

INIT = """
from topograph._lazy import attach
__getattr__, __dir__, __all__ = attach(
    __name__, {"mass": ["nn_mass"], "cost": ["cost", "Cost"]}, rooms=["inner"]
)
"""


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Make a package whose file `cost` defines a function of the same name."""
    folder = tmp_path / "toy_room"
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text(INIT)
    (folder / "mass.py").write_text("def nn_mass(): return 28\n")
    (folder / "cost.py").write_text("def cost(): return 1\nclass Cost: pass\n")
    (folder / "inner" / "__init__.py").write_text("inner = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("toy_room")
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy_room"]:
        del sys.modules[name]


def test_nothing_is_imported_before_it_is_used(room):
    assert not [name for name in sys.modules if name.startswith("toy_room.")]
    assert room.nn_mass() == 28
    assert [name for name in sys.modules if name.startswith("toy_room.")] == ["toy_room.mass"]


def test_a_name_is_resolved_once(room):
    assert "nn_mass" not in vars(room)
    assert room.nn_mass is vars(room)["nn_mass"]


def test_contents_are_known_beforehand(room):
    assert room.__all__ == ["Cost", "cost", "inner", "nn_mass"]
    assert set(room.__all__) <= set(dir(room))


@pytest.mark.parametrize("first", ["toy_room.cost", "toy_room.mass"])
def test_a_public_name_wins_over_the_file_of_the_same_name(room, first):
    importlib.import_module(first)
    assert room.cost() == 1
    assert importlib.import_module("toy_room.cost").cost is room.cost


def test_a_room_within_stays_a_module(room):
    assert room.inner is sys.modules["toy_room.inner"]


def test_an_unknown_name_is_an_attribute_error(room):
    with pytest.raises(AttributeError, match="'toy_room' has no attribute 'nn_mas'"):
        room.nn_mas  # noqa: B018
    with pytest.raises(ImportError):
        exec("from toy_room import nn_mas")
