"""How controllability is read and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from topograph._checks import whole
from topograph.errors import BudgetError

__all__ = ["ControlReading", "ControlTraining"]

_WORDS = {
    "budget": ("slack", "full"),
    "mixing": ("permissive", "strict"),
    "cap": ("none", "neurons"),
    "precision": ("float64", "float32"),
}


@dataclass(frozen=True, slots=True)
class ControlReading:
    """The readings that the definition of controllability leaves open.

    Attributes
    ----------
    budget : {"slack", "full"}
        A neuron may leave a part of its budget unused, or must use all of it.
        The definition bounds what is added from above, as "slack" does. Trained methods only.
    mixing : {"permissive", "strict"}
        A neuron adds control over any two inputs that reach it, as published; or only over two that
        can come by two of its edges, since an input ratio that comes by one edge is fixed there.
    cap : {"none", "neurons"}
        Lemma VI.3 bounds the control of a neuron by its inputs less 1. The published training
        leaves it out; "neurons" adds the squares of what is above to the loss.
        Trained methods only.

    Examples
    --------
    >>> ControlReading(mixing="strict").budget
    'slack'
    """

    budget: str = "slack"
    mixing: str = "permissive"
    cap: str = "none"

    def __post_init__(self) -> None:
        for name in ("budget", "mixing", "cap"):
            _one_of(name, getattr(self, name))


@dataclass(frozen=True, slots=True)
class ControlTraining:
    """How the tensors of controllability are trained: Adam, with a rate that falls as a cosine.

    Attributes
    ----------
    iterations : int
        Steps at most; 0 evaluates the initial state.
    learning_rate : float
        Of the first step, for logits; positive.
    epsilon : float
        Adam's, positive. At a symmetric start the slopes by routing are 0 up to rounding, and a
        smaller epsilon makes steps of that rounding.
    noise : float
        Standard deviation of the initial logits; 0 starts from unbiased routing.
    tolerance : float
        Training ends where the loss has changed by a smaller fraction in 50 steps.
    precision : {"float64", "float32"}
        Of the tensors; their memory is halved in the second.
    tile : int or None
        Inputs along the edge of a tile of pairs, which is computed at a time; None takes 32, whose
        arrays stay in a cache, on a CPU, and all inputs on a GPU.

    Examples
    --------
    >>> ControlTraining(iterations=100).learning_rate
    0.1
    """

    iterations: int = 500
    learning_rate: float = 0.1
    epsilon: float = 1e-7
    noise: float = 0.0
    tolerance: float = 1e-7
    precision: str = "float64"
    tile: int | None = None

    def __post_init__(self) -> None:
        whole("iterations", self.iterations, error=BudgetError, because="they are steps")
        if self.tile is not None:
            whole("tile", self.tile, minimum=1, error=BudgetError, because="it counts inputs")
        for name in ("learning_rate", "epsilon"):
            _at_least(name, getattr(self, name), positive=True)
        for name in ("noise", "tolerance"):
            _at_least(name, getattr(self, name), positive=False)
        _one_of("precision", self.precision)


def _one_of(name: str, value: str) -> None:
    """Refuse a word that names no choice."""
    if value not in _WORDS[name]:
        raise BudgetError(
            f"{name} is one of {', '.join(_WORDS[name])}: each is a reading of its own. "
            f"Received {value!r:.80}. Choose one of these."
        )


def _at_least(name: str, value: float, *, positive: bool) -> None:
    """Refuse a number that is negative, or 0 where it is positive, or not finite."""
    if not isfinite(value) or value < 0 or (positive and value == 0):
        bound = "positive" if positive else "not negative"
        raise BudgetError(
            f"{name} is finite and {bound}: it scales the steps of training. "
            f"Received {value!r}. Choose such a number."
        )
