"""Sets of numbers as rows of bits, 64 to a word, in any array library."""

from __future__ import annotations

from typing import Any

from topograph.arrays.namespace import Array, array_namespace

__all__ = ["WORD", "from_sorted", "pick", "single_bits", "union", "words_for"]

WORD = 64


def words_for(count: int) -> int:
    """Words that a row of so many bits takes."""
    return -(-count // WORD)


def single_bits(count: int, like: Array) -> Array:
    """Return the sets {0}, {1}, ..., one per row, in the library of an array."""
    xp = array_namespace(like)
    number = xp.arange(count)
    column = xp.arange(words_for(count))
    bit = _bit(number, xp)
    return xp.where(
        column == (number // WORD)[:, None], bit[:, None], xp.asarray(0, dtype=xp.uint64)
    )


def from_sorted(numbers: Array, shape: tuple[int, int]) -> Array:
    """Set bits in a table of `shape` words; `numbers` ascend and count through its rows."""
    xp = array_namespace(numbers)
    # Different bits add up to their union, and differences of sums that wrap around are exact.
    sums = xp.cumulative_sum(_bit(numbers & (WORD - 1), xp), include_initial=True)
    bounds = xp.searchsorted(numbers >> 6, xp.arange(shape[0] * shape[1] + 1))
    ends = xp.take(sums, bounds)
    return xp.reshape(ends[1:] - ends[:-1], shape)


def union(rows: Array, table: Array) -> Array:
    """Return for each row of a table the union of the sets that it lists."""
    xp = array_namespace(rows)
    gathered = xp.take(rows, table[:, 0], axis=0)
    for slot in range(1, table.shape[1]):
        gathered |= xp.take(rows, table[:, slot], axis=0)
    return gathered


def pick(rows: Array, noise: Array) -> Array:
    """Return one number of each set; the noise (61 random bits) says which. No set is empty."""
    xp = array_namespace(rows)
    column = favourite(rows != 0, noise)
    words = rows.shape[1]
    word = xp.take(xp.reshape(rows, (-1,)), xp.arange(rows.shape[0]) * words + column)
    # The first bit at or behind a random place of the word, which is turned around for that.
    place = noise >> 55
    turn = xp.astype(place, xp.uint64)
    turned = (word >> turn) | (word << ((WORD - turn) % WORD))
    lowest = xp.astype(turned & (~turned + 1), xp.float64)
    return column * WORD + (place + xp.astype(xp.round(xp.log2(lowest)), xp.int64)) % WORD


def favourite(present: Array, noise: Array) -> Array:
    """Return the place of a present entry in each row; which one depends on the noise."""
    xp = array_namespace(present)
    size = present.shape[1]
    mask = (1 << (size - 1).bit_length()) - 1
    shuffle = xp.astype(noise & mask, xp.int32)
    rank = (xp.arange(size, dtype=xp.int32) ^ shuffle[:, None]) + 1
    return xp.argmax(xp.where(present, rank, xp.asarray(0, dtype=xp.int32)), axis=1)


def _bit(place: Array, xp: Any) -> Array:
    """Return words with one bit set, at a place below 64."""
    return xp.asarray(1, dtype=xp.uint64) << xp.astype(place % WORD, xp.uint64)
