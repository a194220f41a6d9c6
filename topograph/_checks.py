"""Checks of single arguments, made once at the door."""

from __future__ import annotations

from operator import index
from typing import Any

from topograph.errors import TopographError

LARGEST = 2**31 - 1


def whole(
    name: str,
    value: Any,
    *,
    minimum: int = 0,
    maximum: int = LARGEST,
    error: type[TopographError],
    because: str,
) -> int:
    """Return `value` as an int, or raise `error` if it is no whole number in the given range."""
    bounds = f"at least {minimum}" if maximum == LARGEST else f"from {minimum} to {maximum}"
    rule = f"{name} must be a whole number {bounds}: {because}."
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise error(f"{rule} Received {value!r}. Give an int.")
    if not minimum <= number <= maximum:
        raise error(f"{rule} Received {number}. Choose a number {bounds}.")
    return number
