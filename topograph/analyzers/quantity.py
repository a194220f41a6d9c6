"""A number that says whether it is what it is called."""

from __future__ import annotations

from dataclasses import dataclass

from topograph.result import Result

__all__ = ["Quantity"]


@dataclass(frozen=True, slots=True)
class Quantity(Result):
    """A number with the answer to whether it is what it is called.

    Attributes
    ----------
    value : float
        NaN where the formula is undefined.
    is_valid : bool
        True if it is a KL divergence, or a bound, under the conditions of `reason`.
    reason : str
        Why not, or under which conditions.

    Examples
    --------
    >>> Quantity(-0.1, False, "A KL divergence is never negative.").to_dict()["is_valid"]
    False
    """

    value: float
    is_valid: bool
    reason: str
