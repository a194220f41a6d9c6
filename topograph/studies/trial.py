"""One run of a study: a design, a repeat, and the key and randomness that follow from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

__all__ = ["Trial", "canonical"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One design of a study, tried once; `Plan.trials` makes them.

    Parameters
    ----------
    study, version : str, int
        The study that the trial belongs to.
    design : mapping
        The value of each name of the plan's grid.
    recipe : mapping
        The values that all trials of the plan share.
    repeat : int
        Which repeat of the design this is, from 0.
    seed : int
        The study's seed.

    Attributes
    ----------
    key : str
        SHA-256 of everything above in hexadecimal: the same on every machine, whatever
        else stands in the grid. Trials of equal key are the same trial.

    Examples
    --------
    >>> first = Trial("tour", 1, {"depth": 16}, {"epochs": 2}, repeat=0, seed=0)
    >>> again = Trial("tour", 1, {"depth": 16}, {"epochs": 2}, repeat=0, seed=0)
    >>> first.key == again.key, len(first.key)
    (True, 64)
    >>> float(first.generator().random()) == float(again.generator().random())
    True
    """

    study: str
    version: int
    design: Mapping[str, Any] = field(hash=False)
    recipe: Mapping[str, Any] = field(hash=False)
    repeat: int
    seed: int
    key: str = field(init=False)

    def __post_init__(self) -> None:
        parts = {name: getattr(self, name) for name in self.__slots__ if name != "key"}
        object.__setattr__(self, "key", _digest(parts).hex())

    def generator(self, *, shared: bool = False) -> np.random.Generator:
        """Return the trial's own random generator, the same one at every call.

        Parameters
        ----------
        shared : bool
            Return the generator that all repeats of the design share instead, for what they
            have in common; it is independent of the repeats' own.

        Returns
        -------
        numpy.random.Generator
            From ``SeedSequence(seed, spawn_key=(design, repeat))``, or ``(design,)`` where
            shared, with the design as the number that its digest begins with. So no trial's
            stream depends on what else stands in the grid, nor on the recipe.
        """
        number = int.from_bytes(_digest(self.design)[:8], "big")
        place = (number,) if shared else (number, self.repeat)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=place))


def canonical(value: Any) -> str:
    """Write plain values as JSON in the one form that a digest is taken of.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    TypeError
        If a value is none that JSON knows.

    Examples
    --------
    >>> canonical({"b": [1, 2.5], "a": True})
    '{"a":true,"b":[1,2.5]}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _digest(value: Any) -> bytes:
    """Return the SHA-256 of plain values."""
    return sha256(canonical(value).encode()).digest()
