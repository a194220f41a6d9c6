"""Kernels as numbers: the classes of a ledger evaluated for pairs of inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from operator import add
from typing import Any

import numpy as np

from topograph.analyzers.kernels.ledger import INPUT, Class, Ledger, Mixture
from topograph.analyzers.kernels.strips import is_large_gram, symmetric_map
from topograph.arrays import Array, array_namespace

__all__ = ["Evaluation", "Moments"]


@dataclass(frozen=True, slots=True)
class Moments:
    r"""Moments of a feature at pairs of inputs, which broadcast against each other.

    Attributes
    ----------
    left, right, cross : array
        :math:`K_{ii}, K_{jj}, K_{ij}`.
    mean_left, mean_right : array
        Means :math:`\mu_i, \mu_j` over the neurons.
    tangent : array or None
        :math:`\Theta_{ij}`, if asked for.
    is_gram : bool
        True if `cross` is a matrix over all pairs of the same inputs, so that its diagonal is
        `left`.
    """

    left: Array
    right: Array
    cross: Array
    mean_left: Array
    mean_right: Array
    tangent: Array | None = None
    is_gram: bool = False


NAMES = ("left", "right", "cross", "mean_left", "mean_right", "tangent")


class Evaluation:
    """Values of the classes of a ledger, each computed once, when asked for.

    Parameters
    ----------
    ledger : Ledger
    source : Moments
        Of the input. With a `tangent` (of zeros), tangent kernels are computed too.
    """

    def __init__(self, ledger: Ledger, source: Moments) -> None:
        self._ledger = ledger
        self._values = {INPUT: source}

    def of(self, mixture: Mixture) -> Moments:
        """Return the moments of a sum of atoms."""
        self._know(mixture)
        return self._sum(mixture)

    def stacked(self, mixtures: Sequence[Mixture]) -> Moments:
        """Return the moments of many sums of atoms along a new first axis, without tangents."""
        for mixture in mixtures:
            self._know(mixture)
        values = list(self._values.values())
        place = {kind: number for number, kind in enumerate(self._values)}
        squares, totals = np.zeros((2, len(mixtures), len(place)))
        for row, mixture in enumerate(mixtures):
            for kind, square, total in mixture:
                squares[row, place[kind]], totals[row, place[kind]] = square, total
        xp = array_namespace(self._values[INPUT].cross)
        weights = xp.asarray(squares), xp.asarray(squares * (totals != 0)), xp.asarray(totals)
        means = {
            name: _combined(weights[2], [getattr(value, name) for value in values])
            for name in _CROSS
        }

        def second(name: str, one: str, other: str) -> Array:
            products = [getattr(value, one) * getattr(value, other) for value in values]
            own = _combined(weights[0], [getattr(value, name) for value in values])
            return own - _combined(weights[1], products) + means[one] * means[other]

        return Moments(
            left=second("left", *_LEFT),
            right=second("right", *_RIGHT),
            cross=second("cross", *_CROSS),
            **means,
        )

    def _know(self, mixture: Mixture) -> None:
        """Evaluate all that a sum of atoms is made of."""
        wanted = [term.kind for term in mixture]
        while wanted:
            kind = wanted[-1]
            missing = [
                term.kind
                for term in self._ledger.classes[kind].terms
                if term.kind not in self._values
            ]
            if kind not in self._values and not missing:
                self._values[kind] = self._class(self._ledger.classes[kind])
            wanted = [*wanted, *missing] if missing else wanted[:-1]

    def _class(self, entry: Class) -> Moments:
        """Evaluate an entry whose source is known."""
        if entry.parts:
            merged = _product if entry.merge == "product" else _mean
            return merged([(share, self._sum(mixture)) for share, mixture in entry.parts])
        before = self._sum(entry.source)
        if entry.activation is None:
            tangent = None if before.tangent is None else before.cross + before.tangent
            none = 0 * before.mean_left
            return replace(
                before, tangent=tangent, mean_left=none, mean_right=0 * before.mean_right
            )
        sigma = entry.activation
        after = Moments(
            left=sigma.variance(before.left),
            right=sigma.variance(before.right),
            cross=_mapped(sigma.dual, before),
            mean_left=sigma.mean(before.left),
            mean_right=sigma.mean(before.right),
            is_gram=before.is_gram,
        )
        if before.tangent is not None:
            slope = _mapped(sigma.dual_slope, before)
            after = replace(after, tangent=slope * before.tangent)
        return _with_exact_diagonal(after)

    def _sum(self, mixture: Mixture) -> Moments:
        """Add atoms, with the products of the means of different ones."""
        if len(mixture) == 1 and mixture[0].squares == mixture[0].total == 1:
            return self._values[mixture[0].kind]
        source = self._values[INPUT]
        parts = [(term, self._values[term.kind]) for term in mixture]

        def collected(name: str, weights: Sequence[float]) -> Array:
            terms = [
                getattr(value, name) if weight == 1 else weight * getattr(value, name)
                for (_, value), weight in zip(parts, weights, strict=True)
            ]
            return reduce(add, terms) if terms else 0 * getattr(source, name)

        squares = [term.squares for term in mixture]
        totals = [term.total for term in mixture]
        shift = [_mean_products(parts, *ends) for ends in (_LEFT, _RIGHT, _CROSS)]
        return Moments(
            left=collected("left", squares) + shift[0],
            right=collected("right", squares) + shift[1],
            cross=collected("cross", squares) + shift[2],
            mean_left=collected("mean_left", totals),
            mean_right=collected("mean_right", totals),
            tangent=None if source.tangent is None else collected("tangent", squares),
            is_gram=source.is_gram,
        )


def _mean(parts: list[tuple[float, Moments]]) -> Moments:
    """Average moments over the neurons of a concatenation."""

    def mean(name: str) -> Array:
        return reduce(add, [share * getattr(value, name) for share, value in parts])

    names = [name for name in NAMES if getattr(parts[0][1], name) is not None]
    return replace(parts[0][1], **{name: mean(name) for name in names})


def _product(parts: list[tuple[float, Moments]]) -> Moments:
    """Multiply the moments of independent features."""
    first, *others = [value for _, value in parts]
    for other in others:
        found = {name: getattr(first, name) * getattr(other, name) for name in NAMES[:-1]}
        if first.tangent is not None:
            found["tangent"] = first.tangent * other.cross + first.cross * other.tangent
        first = replace(first, **found)
    return first


_LEFT = ("mean_left", "mean_left")
_RIGHT = ("mean_right", "mean_right")
_CROSS = ("mean_left", "mean_right")


def _combined(weights: Array, parts: list[Array]) -> Array:
    """Sum arrays that broadcast against each other, with weights of shape (sums, parts)."""
    xp = array_namespace(weights)
    return xp.tensordot(weights, xp.stack(xp.broadcast_arrays(*parts)), axes=1)


def _mean_products(parts: list[Any], one: str, other: str) -> Array | float:
    """Return what different atoms of a sum have in common: products of their means."""
    total: Array | float = 0.0
    for term, value in parts:
        weight = term.total**2 - term.squares if term.total else 0
        if abs(weight) > 1e-12 * term.squares:
            total = total + weight * (getattr(value, one) * getattr(value, other))
    for (term, value), (term_, value_) in combinations(parts, 2):
        if term.total and term_.total:
            crossed = getattr(value, one) * getattr(value_, other)
            total = total + (term.total * term_.total) * (
                crossed + getattr(value_, one) * getattr(value, other)
            )
    return total


def _mapped(function: Callable[[Array, Array, Array], Array], before: Moments) -> Array:
    """Apply a function of (K_ii, K_jj, K_ij), by symmetry where that is faster."""
    if before.is_gram and is_large_gram(before.cross):
        return symmetric_map(function, before.left, before.cross)
    return function(before.left, before.right, before.cross)


def _with_exact_diagonal(moments: Moments) -> Moments:
    """Write K_ii, which is known exactly, onto the diagonal of a kernel."""
    if not moments.is_gram:
        return moments
    cross = moments.cross
    xp = array_namespace(cross)
    if isinstance(cross, np.ndarray):
        np.fill_diagonal(cross, moments.left[:, 0])
        return moments
    unit = xp.eye(cross.shape[0], dtype=cross.dtype, device=cross.device)
    return replace(moments, cross=xp.where(unit > 0, moments.left + 0 * cross, cross))
