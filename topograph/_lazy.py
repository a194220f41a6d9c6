"""How a room opens: its names are known at once, its files are imported when asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType

__all__ = ["attach"]


class _Room(ModuleType):
    """A package whose public names win over files of the same name.

    Python binds an imported file to its package, so that importing ``analyzers/cost.py`` would
    hide the function ``analyzers.cost``. Here a file gives way to the public name it defines.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in self.__dict__.get("__all__", ()):
            value = getattr(value, name, value)
        super().__setattr__(name, value)


def attach(
    package: str, names: Mapping[str, Sequence[str]], *, rooms: Sequence[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Make the lazy ``__getattr__``, ``__dir__`` and ``__all__`` of a package (PEP 562).

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    names : mapping of str to sequence of str
        For each file, relative to the package and dotted where it lies deeper, the
        public names it defines.
    rooms : sequence of str
        Subpackages that are public themselves.

    Returns
    -------
    tuple
        ``__getattr__``, ``__dir__`` and ``__all__``, the last one sorted.

    Examples
    --------
    A room with one file ``mass.py`` says::

        __getattr__, __dir__, __all__ = attach(__name__, {"mass": ["nn_mass"]})
    """
    room = sys.modules[package]
    room.__class__ = _Room
    origin = {name: file for file, members in names.items() for name in members}
    public = sorted([*origin, *rooms])

    def resolve(name: str) -> object:
        if name in origin:
            value = getattr(import_module(f"{package}.{origin[name]}"), name)
        elif name in rooms:
            value = import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(room, name, value)
        return value

    def table_of_contents() -> list[str]:
        return sorted({*vars(room), *public})

    return resolve, table_of_contents, public
