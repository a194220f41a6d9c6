"""What a study tries: a grid of designs, a recipe, seeds, and a smaller version of itself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from topograph._checks import whole
from topograph.errors import BudgetError, FormatError
from topograph.studies.trial import Trial, canonical

if TYPE_CHECKING:
    import os

__all__ = ["RESERVED", "Plan", "read_toml"]

Tables: TypeAlias = Mapping[str, Mapping[str, Any]]

#: Columns that a table of trials has besides the designs and the outcomes.
RESERVED = ("study", "repeat", "seconds", "key")

_TABLES: Mapping[str, tuple[str, ...]] = {
    "study": ("name", "version", "seed", "repeats"),
    "grid": (),
    "recipe": (),
    "smoke": ("study", "grid", "recipe"),
}
_LARGEST = 10**6


@dataclass(frozen=True, slots=True)
class Plan:
    """What a study tries: every combination of the grid's values, each a number of times.

    Usually read from a file by `Plan.read`::

        [study]
        name = "nn_mass"
        version = 1         # raise it when the trial function changes its meaning
        seed = 0            # all randomness of the study follows from it
        repeats = 3         # trials of each design

        [grid]              # lists: every combination is one design
        depth = [16, 24, 32]
        candidates = [0, 2, 4]

        [recipe]            # what all trials share
        epochs = 20

        [smoke.study]       # what is smaller in a quick version of the study
        repeats = 1
        [smoke.grid]
        depth = [16]
        [smoke.recipe]
        epochs = 1

    Parameters
    ----------
    name : str
        Of the study.
    grid : mapping of str to sequence
        At least one name, each with at least one value and none twice. Values are booleans,
        finite numbers, strings, and lists and tables of them.
    recipe : mapping of str to value
        Names that the grid does not have.
    version, seed, repeats : int
        At least 1, 0 and 1.
    smoke : mapping
        Tables for `override` that make the study small.

    Raises
    ------
    FormatError
        If a name or a value cannot stand in a plan.
    BudgetError
        If a number is out of its range, or there are more than a million trials.

    Examples
    --------
    >>> plan = Plan("tour", grid={"depth": [16, 24], "candidates": [0, 2]}, repeats=3)
    >>> len(plan.trials()), plan.designs[1]
    (12, {'depth': 16, 'candidates': 2})
    """

    name: str
    grid: Mapping[str, Any] = field(hash=False)
    recipe: Mapping[str, Any] = field(default_factory=dict, hash=False)
    version: int = 1
    seed: int = 0
    repeats: int = 1
    smoke: Tables = field(default_factory=dict, hash=False, repr=False)

    def __post_init__(self) -> None:
        for table in ("grid", "recipe", "smoke"):
            object.__setattr__(self, table, dict(_table(table, getattr(self, table))))
        _check_study(self)
        _check_grid(self.grid)
        _check_recipe(self.recipe, self.grid)
        self.quick()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Plan:
        """Read a plan from a TOML file.

        Raises
        ------
        FormatError
            If the file is no TOML, or a table or key cannot stand in a plan.
        BudgetError
            If a number is out of its range, or there are more than a million trials.
        OSError
            If there is no such file, or it may not be read.
        """
        return cls.from_dict(read_toml(path))

    @classmethod
    def from_dict(cls, tables: Mapping[str, Any]) -> Plan:
        """Make a plan from the tables of a file, see `Plan.read`.

        Examples
        --------
        >>> plan = Plan.from_dict({"study": {"name": "tour"}, "grid": {"depth": [16, 24]}})
        >>> plan.repeats, plan.designs
        (1, [{'depth': 16}, {'depth': 24}])
        """
        _check_keys("a plan", tables, tuple(_TABLES))
        study = _table("study", tables.get("study", {}))
        _check_keys("[study]", study, _TABLES["study"])
        if "name" not in study or "grid" not in tables:
            raise FormatError(
                "A plan names its study and has a grid, since both say what a trial is. "
                f"Received the tables {', '.join(tables) or 'none'}. "
                'Add [study] with name = "...", and [grid] with lists.'
            )
        rest = {table: tables[table] for table in ("grid", "recipe", "smoke") if table in tables}
        return cls(**study, **rest)

    @property
    def designs(self) -> list[dict[str, Any]]:
        """All combinations of the grid's values; the last name changes fastest."""
        return [
            dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())
        ]

    def trials(self) -> list[Trial]:
        """Return the trials in the order in which they run: all designs once, then again."""
        return [
            Trial(self.name, self.version, design, dict(self.recipe), repeat, self.seed)
            for repeat in range(self.repeats)
            for design in self.designs
        ]

    def override(self, tables: Tables) -> Plan:
        """Return the plan with other values; names and lists that are not given stay.

        Parameters
        ----------
        tables : mapping
            Any of ``study`` (but its name), ``grid`` and ``recipe``, as in a file. The grid
            keeps its names, the recipe may get new ones.

        Examples
        --------
        >>> plan = Plan("tour", grid={"depth": [16, 24]}, recipe={"data": "digits"})
        >>> plan.override({"recipe": {"data": "mnist"}, "study": {"repeats": 2}}).recipe
        {'data': 'mnist'}
        """
        _check_keys("an override", tables, _TABLES["smoke"])
        study, grid, recipe = (_table(name, tables.get(name, {})) for name in _TABLES["smoke"])
        _check_keys("an override's [study]", study, _TABLES["study"][1:])
        _check_keys("an override's [grid]", grid, tuple(self.grid))
        return replace(
            self, grid={**self.grid, **grid}, recipe={**self.recipe, **recipe}, smoke={}, **study
        )

    def quick(self) -> Plan:
        """Return the small version of the study that its smoke tables describe, if any."""
        return self.override(self.smoke) if self.smoke else self


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    FormatError
        If it is no TOML.
    OSError
        If there is no such file, or it may not be read.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatError(
            "A study is described in TOML, which says numbers and lists without a program. "
            f"Received {str(path)!r}, where reading ends with: {error}. Correct the file."
        ) from error


def _check_study(plan: Plan) -> None:
    """Refuse a name or numbers that no study has."""
    if not isinstance(plan.name, str) or not plan.name:
        raise FormatError(
            "A study has a name, which tells its trials from others in a store. "
            f"Received {plan.name!r}. Give a string."
        )
    for name, minimum in (("version", 1), ("seed", 0), ("repeats", 1)):
        whole(name, getattr(plan, name), minimum=minimum, error=BudgetError, because="it counts")


def _check_grid(grid: Mapping[str, Any]) -> None:
    """Refuse a grid without designs, with a design twice, or with names of other columns."""
    for name, values in grid.items():
        if not isinstance(values, list | tuple | range) or not values:
            raise FormatError(
                "The grid gives a list of values for each name, since their combinations are the "
                f"designs. Received {name} = {values!r:.80}. Write {name} = [...], or move a "
                "single value to [recipe]."
            )
        written = [_written(name, value) for value in values]
        if len(set(written)) < len(written):
            raise FormatError(
                "A value stands once in its list, since its trials would be the same. "
                f"Received {name} = {values!r:.80}. Strike it out, or raise study.repeats."
            )
    if not grid or (taken := sorted(set(grid) & set(RESERVED))):
        raise FormatError(
            "The grid has at least one name, and none of a column that every study has. "
            f"Received {', '.join(taken) if grid else 'an empty grid'}. Choose other names."
        )
    if prod(len(values) for values in grid.values()) > _LARGEST:
        raise BudgetError(
            f"A plan has at most {_LARGEST} designs, since each is kept in memory. "
            f"Received {prod(len(values) for values in grid.values())}. Split the study."
        )


def _check_recipe(recipe: Mapping[str, Any], grid: Mapping[str, Any]) -> None:
    """Refuse a value that is no plain one, and a name that the grid has too."""
    for name, value in recipe.items():
        _written(name, value)
    if shared := sorted(set(recipe) & set(grid)):
        raise FormatError(
            "A name stands in the grid or in the recipe, since a trial reads one value of it. "
            f"Received {', '.join(shared)} in both. Strike it out of one."
        )


def _written(name: str, value: Any) -> str:
    """Return a value's canonical form, or refuse it."""
    try:
        return canonical(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(
            "A plan holds booleans, finite numbers, strings, and lists and tables of them, since "
            f"the keys of trials are made of these. Received {name} = {value!r:.80}. "
            "Write dates as strings, and leave NaN and infinity out."
        ) from error


def _table(name: str, value: Any) -> Mapping[str, Any]:
    """Return a table of the plan, or refuse what is none."""
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return value
    raise FormatError(
        "A plan consists of tables of named values. "
        f"Received {value!r:.80} as {name}. Write it as a table, [{name}]."
    )


def _check_keys(where: str, found: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse keys that nothing would read."""
    if strangers := [key for key in found if key not in known]:
        raise FormatError(
            f"Every key in {where} is read, so that no slip of the pen goes unnoticed. "
            f"Received {', '.join(map(repr, strangers))}. Choose from {', '.join(known)}."
        )
