"""Logits that learn, kept as weights: a step of Adam multiplies them."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from topograph.arrays import Array, array_namespace

__all__ = ["Logits", "Step"]

DECAY, SQUARE_DECAY = 0.9, 0.999
"""By what Adam's means of slopes and of their squares are multiplied in each step."""


@dataclass(frozen=True, slots=True)
class Step:
    """The factors of one step of Adam, for moments that are sums instead of means."""

    rate: float
    epsilon: float

    @classmethod
    def of(cls, number: int, *, rate: float, epsilon: float) -> Step:
        """Return step `number`, counted from 1."""
        first = (1 - DECAY) / (1 - DECAY**number)
        second = sqrt((1 - SQUARE_DECAY) / (1 - SQUARE_DECAY**number))
        return cls(rate * first / second, epsilon / second)


class Logits:
    r"""Weights :math:`w = e^z` of logits z; ratios of weights are what a softmax of z has.

    Adam adds :math:`\Delta` to the logits, so it multiplies the weights by :math:`e^\Delta`. In
    this form a softmax takes no exponentials. A weight of 0 stays 0.

    Attributes
    ----------
    weight : array
    sum, squares : array
        Decaying sums of the slopes and of their squares: Adam's moments up to a factor.
    """

    __slots__ = ("squares", "sum", "weight")

    def __init__(self, weight: Array) -> None:
        xp = array_namespace(weight)
        self.weight = weight
        self.sum, self.squares = xp.zeros_like(weight), xp.zeros_like(weight)

    def descend(self, slope: Array, step: Step) -> None:
        """Take a step against the slope by the logits, which is used up."""
        xp = array_namespace(slope)
        self.sum *= DECAY
        self.sum += slope
        slope *= slope
        self.squares *= SQUARE_DECAY
        self.squares += slope
        move = xp.sqrt(self.squares)
        move += step.epsilon
        move = self.sum / move
        move *= -step.rate
        self.weight *= xp.exp(move)
