"""Numbers of a bound: checked at the door, and plain on the way out."""

from __future__ import annotations

from collections.abc import Iterable
from math import log, sqrt
from typing import Any

from topograph._checks import whole
from topograph.arrays import Array, array_namespace
from topograph.errors import BudgetError

__all__ = [
    "as_scalar",
    "checked_delta",
    "checked_method",
    "checked_numbers",
    "checked_samples",
    "sample_price",
]


def as_scalar(values: Array) -> Array:
    """Return an array of no axes as a float, others as they are."""
    return float(values) if values.ndim == 0 else values


def checked_samples(samples: int) -> int:
    """Return the number of independent examples of a bound, or refuse it."""
    because = "a bound rests on independent examples"
    return whole(
        "samples", samples, minimum=1, maximum=2**63 - 1, error=BudgetError, because=because
    )


def checked_delta(delta: float) -> float:
    """Return the probability with which a bound may fail, or refuse it."""
    if isinstance(delta, bool) or not isinstance(delta, int | float) or not 0 < delta <= 1:
        raise BudgetError(
            "delta is the probability with which a bound may fail: above 0, since no sample is "
            f"ever certain, and at most 1. Received {delta!r}. Pass for example 0.05."
        )
    return float(delta)


def checked_method(method: str, known: Iterable[str]) -> str:
    """Return the name of a way to compute a bound, or refuse it."""
    names = tuple(known)
    if method not in names:
        raise BudgetError(
            f"A bound is computed by one of {', '.join(names)}: each solves another inequality. "
            f"Received {method!r}. Choose one of these."
        )
    return method


def checked_numbers(name: str, values: Array, *, top: float, rule: str, xp: Any = None) -> Array:
    """Return numbers from 0 to `top` as float64, a scalar as an array of no axes."""
    xp = array_namespace(values) if xp is None else xp
    numbers = xp.asarray(values, dtype=xp.float64)
    if not bool(xp.all((numbers >= 0) & (numbers <= top))):
        raise BudgetError(
            f"{name} {rule}. Received {_shown(numbers, values)}. "
            f"Give numbers from 0 to {top:g}, without NaN."
        )
    return numbers


def sample_price(samples: int, delta: float) -> float:
    r"""Return :math:`\ln(2 \sqrt N / \delta)`, what holding for all posteriors at once costs."""
    return log(2 * sqrt(samples)) - log(delta)


def _shown(numbers: Array, values: Any) -> str:
    """Say a scalar, or where an array lies."""
    return repr(values) if numbers.ndim == 0 else f"an array of shape {tuple(numbers.shape)}"
