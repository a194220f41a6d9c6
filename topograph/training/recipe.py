"""A recipe: every number that training needs besides the network and the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from math import inf, isfinite, nan
from numbers import Real
from typing import Any

from topograph._checks import LARGEST, whole
from topograph.errors import BudgetError, FormatError
from topograph.result import Result

__all__ = ["OPTIMISERS", "SCHEDULES", "Recipe"]

OPTIMISERS = ("adam", "adamw", "sgd")
SCHEDULES = ("constant", "cosine", "step")

RANGES: dict[str, tuple[str, Callable[[float], bool]]] = {
    "learning_rate": ("greater than 0", lambda rate: rate > 0),
    "momentum": ("at least 0 and below 1", lambda momentum: 0 <= momentum < 1),
    "weight_decay": ("at least 0", lambda weight_decay: weight_decay >= 0),
    "decay": ("greater than 0 and at most 1", lambda decay: 0 < decay <= 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(Result):
    r"""How a network is trained: optimiser, learning rates, epochs, batches and seeds.

    Parameters
    ----------
    optimiser : {"adam", "adamw", "sgd"}
        Adam, Adam with decoupled weight decay, or stochastic gradient descent.
    learning_rate : float
        The highest rate of the schedule, > 0.
    momentum : float
        Of SGD, in [0, 1); Adam has moments of its own and takes none.
    weight_decay : float
        At least 0. An L2 penalty for "sgd" and "adam", decoupled for "adamw".
    schedule : {"constant", "cosine", "step"}
        What becomes of the rate after the warm-up, see `learning_rates`.
    milestones : tuple of int
        Epochs after which the "step" schedule multiplies the rate by `decay`; increasing.
    decay : float
        Factor at each milestone, in (0, 1].
    warmup_epochs : int
        Epochs in which the rate rises linearly from nearly 0; fewer than `epochs`.
    epochs : int
        Passes over the training samples, at least 1.
    batch : int
        Samples in a step, at least 1.
    evaluate_every : int
        The test part is evaluated, and a checkpoint written, after every so many epochs and
        after the last one.
    seeds : tuple of int
        One training run for each; `fit` alone uses the first one.

    Raises
    ------
    BudgetError
        If a part is out of its range, unknown, or has no meaning beside the others.

    Examples
    --------
    >>> recipe = Recipe(optimiser="sgd", momentum=0.9, schedule="step", milestones=(10, 15))
    >>> recipe.epochs, recipe.batch
    (20, 100)
    >>> Recipe.from_dict(recipe.to_dict()) == recipe
    True
    """

    optimiser: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "constant"
    milestones: tuple[int, ...] = field(default=(), metadata={"unit": "epochs"})
    decay: float = 0.1
    warmup_epochs: int = field(default=0, metadata={"unit": "epochs"})
    epochs: int = 20
    batch: int = field(default=100, metadata={"unit": "samples"})
    evaluate_every: int = field(default=1, metadata={"unit": "epochs"})
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        _check_word("optimiser", self.optimiser, OPTIMISERS)
        _check_word("schedule", self.schedule, SCHEDULES)
        checked: dict[str, Any] = {name: _real(name, getattr(self, name)) for name in RANGES}
        for name in ("epochs", "batch", "evaluate_every"):
            checked[name] = _count(name, getattr(self, name), minimum=1)
        last = checked["epochs"] - 1
        checked["warmup_epochs"] = _count("warmup_epochs", self.warmup_epochs, maximum=last)
        checked["milestones"] = _counts("milestones", self.milestones, minimum=1, maximum=last)
        checked["seeds"] = _counts("seeds", self.seeds)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        _check_together(self)

    @classmethod
    def from_dict(cls, parts: Mapping[str, Any]) -> Recipe:
        """Make a recipe from plain values, as read from TOML or JSON; what is missing is default.

        Raises
        ------
        FormatError
            If a key is not a part of a recipe.
        BudgetError
            If a value is refused.
        """
        known = [part.name for part in fields(cls)]
        if strangers := sorted(map(repr, set(parts) - set(known))):
            raise FormatError(
                "A recipe holds only parts that training reads, so that none is lost by a slip. "
                f"Received {', '.join(strangers)}. Choose from {', '.join(known)}."
            )
        return cls(**parts)


def _check_word(name: str, value: Any, words: tuple[str, ...]) -> None:
    """Refuse a word that training does not know."""
    if value not in words:
        raise BudgetError(
            f"The {name} is one of {', '.join(words)}, the ones that training knows. "
            f"Received {value!r}. Choose one of them."
        )


def _real(name: str, value: Any) -> float:
    """Return a real number within its range."""
    span, holds = RANGES[name]
    is_real = isinstance(value, Real) and not isinstance(value, bool)
    try:
        number = float(value) if is_real else nan
    except OverflowError:
        number = inf
    if not (isfinite(number) and holds(number)):
        raise BudgetError(
            f"The {name} is a number {span}, or training has no meaning. "
            f"Received {value!r}. Choose a number {span}."
        )
    return number


def _count(name: str, value: Any, *, minimum: int = 0, maximum: int = LARGEST) -> int:
    """Return a whole number within its range."""
    because = "training goes by whole steps and epochs, and some of them follow"
    return whole(name, value, minimum=minimum, maximum=maximum, error=BudgetError, because=because)


def _counts(name: str, values: Any, *, minimum: int = 0, maximum: int = LARGEST) -> tuple[int, ...]:
    """Return whole numbers within their range."""
    if not isinstance(values, tuple | list | range):
        raise BudgetError(
            f"{name} is a sequence of whole numbers, since there may be several. "
            f"Received {values!r}. Give a tuple, for example ({minimum},)."
        )
    return tuple(_count(name, value, minimum=minimum, maximum=maximum) for value in values)


def _check_together(recipe: Recipe) -> None:
    """Refuse parts that have no meaning beside the others."""
    if not recipe.seeds or len(set(recipe.seeds)) < len(recipe.seeds):
        raise BudgetError(
            "A recipe has at least one seed and none twice, since each seed is one training run. "
            f"Received {recipe.seeds}. Give for example seeds=(0, 1)."
        )
    if list(recipe.milestones) != sorted(set(recipe.milestones)):
        raise BudgetError(
            "Milestones increase, since the rate steps down once at each. "
            f"Received {recipe.milestones}. Sort them and leave out repetitions."
        )
    if bool(recipe.milestones) != (recipe.schedule == "step"):
        raise BudgetError(
            "Milestones and the step schedule go together, since the rate steps down there. "
            f"Received milestones {recipe.milestones} with the schedule {recipe.schedule!r}. "
            "Give both or neither."
        )
    if recipe.momentum and recipe.optimiser != "sgd":
        raise BudgetError(
            "Momentum belongs to sgd, since Adam keeps moments of its own. "
            f"Received momentum {recipe.momentum} with {recipe.optimiser!r}. Set it to 0."
        )
