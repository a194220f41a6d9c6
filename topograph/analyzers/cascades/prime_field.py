"""Matrices of whole numbers modulo the prime 2^31 - 1: products, ranks, without rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from topograph.analyzers.cascades.links import Ints

__all__ = ["PRIME", "product", "rank", "reduce", "residue"]

PRIME = 2**31 - 1

BLOCK = 64
"""Terms of a sum of products of 16 and 31 bits that float64 holds exactly, at most."""

ROWS = 32
"""Rows that are eliminated at a time, so that what is computed on the way stays in the cache."""


def reduce(numbers: Ints) -> Ints:
    """Return the remainders of numbers from 0 to 2^62: 2^31 leaves 1, so halves add up."""
    folded = (numbers & PRIME) + (numbers >> 31)
    folded = (folded & PRIME) + (folded >> 31)
    return np.where(folded == PRIME, 0, folded)


def residue(value: float) -> int:
    """Return a number modulo the prime: floats are fractions."""
    exact = Fraction(value)
    return exact.numerator * pow(exact.denominator, -1, PRIME) % PRIME


def product(left: Ints, right: Ints) -> Ints:
    """Multiply two matrices of remainders."""
    total = np.zeros((left.shape[0], right.shape[1]), dtype=np.int64)
    for begin in range(0, left.shape[1], BLOCK):
        part = left[:, begin : begin + BLOCK]
        factor = right[begin : begin + BLOCK].astype(np.float64)
        upper = ((part >> 16).astype(np.float64) @ factor).astype(np.int64)
        lower = ((part & 0xFFFF).astype(np.float64) @ factor).astype(np.int64)
        total = reduce(total + (reduce(upper) << 16) + lower)
    return total


def rank(matrix: Ints) -> int:
    """Return the rank of a matrix of remainders by elimination, a block of columns at a time."""
    rest, found = matrix, 0
    while rest.size:
        order, factors, inverse = _eliminate(rest[:, :BLOCK])
        pivots = len(inverse)
        rest = rest[order, BLOCK:]
        upper, rest = product(inverse, rest[:pivots]), rest[pivots:]
        for begin in range(0, len(rest), ROWS):
            rows = slice(begin, begin + ROWS)
            below = product(factors[pivots:][rows], upper)
            rest[rows] = reduce(rest[rows] + PRIME - below)
        found += pivots
    return found


def _eliminate(panel: Ints) -> tuple[Ints, Ints, Ints]:
    """Factorise the columns of a panel one after the other, each when its turn comes.

    Returns the order of its rows, pivot rows first; the factors by which pivot rows are taken off
    the rows, a triangle with a diagonal of ones on top; the inverse of that triangle.
    """
    rows, columns = panel.shape
    order, pivots = np.arange(rows), 0
    factors = np.zeros((rows, columns), dtype=np.int64)
    inverse = np.eye(columns, dtype=np.int64)
    for column in range(columns):
        entries = panel[order, column][:, None]
        upper = product(inverse[:pivots, :pivots], entries[:pivots])
        left = reduce(entries + PRIME - product(factors[:, :pivots], upper))[pivots:, 0]
        candidates = np.flatnonzero(left)
        if not len(candidates):
            continue
        factors[pivots:, pivots] = reduce(left * pow(int(left[candidates[0]]), -1, PRIME))
        swap = [pivots, pivots + int(candidates[0])]
        order[swap], factors[swap] = order[swap[::-1]], factors[swap[::-1]]
        taken = product(factors[pivots : pivots + 1, :pivots], inverse[:pivots])
        inverse[pivots] = reduce(inverse[pivots] + PRIME - taken[0])
        pivots += 1
    return order, factors[:, :pivots], inverse[:pivots, :pivots]
