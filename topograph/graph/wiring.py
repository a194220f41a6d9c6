"""Which source channels an edge connects with which target channels, and which links are constant.

========== ================================================= =========================
wiring     target channel i reads                            used by
========== ================================================= =========================
Full       every source channel                              Linear, Conv2d
OneToOne   source channel i                                  every op
Grouped    the source channels of its own group              Linear, Conv2d
Select     the selected channels, wired as the op does       every op but Flatten
Sparse     the channels that its row lists                   Linear, Conv2d
========== ================================================= =========================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from topograph._checks import whole
from topograph.errors import ArchitectureError

Channels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Wiring:
    """A pattern of links from the channels of a source to the channels of a target."""


@dataclass(frozen=True, slots=True)
class Full(Wiring):
    """Every target channel reads every source channel."""


@dataclass(frozen=True, slots=True)
class OneToOne(Wiring):
    """Target channel i reads source channel i: depthwise for a convolution."""


@dataclass(frozen=True, slots=True)
class Grouped(Wiring):
    """Sources and targets fall into `groups` equal consecutive runs, each wired in full."""

    groups: int

    def __post_init__(self) -> None:
        reason = "channels are divided among the groups"
        whole("groups", self.groups, minimum=1, error=ArchitectureError, because=reason)


@dataclass(frozen=True, slots=True, eq=False)
class Select(Wiring):
    """The op sees only these source channels, in this order.

    Channelwise ops then carry them one to one; mixing ops read them in full.

    Parameters
    ----------
    channels : array_like of int, shape (selected,)
        Channel numbers of the source, kept as a read-only int32 array.
    """

    channels: Channels

    def __init__(self, channels: ArrayLike) -> None:
        object.__setattr__(self, "channels", _indices("channels", channels))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Select) and np.array_equal(self.channels, other.channels)

    def __hash__(self) -> int:
        return hash(self.channels.tobytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return Select, (self.channels,)

    def __repr__(self) -> str:
        return f"Select({_brief(self.channels)})"


@dataclass(frozen=True, slots=True, eq=False)
class Sparse(Wiring):
    """An arbitrary pattern, kept as compressed rows: one row of sources per target channel.

    Parameters
    ----------
    indptr : array_like of int, shape (targets + 1,)
        Row `i` of `indices` is ``indices[indptr[i]:indptr[i + 1]]``.
    indices : array_like of int, shape (links,)
        Source channel of each link, ascending within a row, no link twice.
    sources : int
        Number of source channels.
    constant : array_like of bool, shape (links,), optional
        True where the link keeps the fixed weight `value` and does not train.
    value : float
        Weight of the constant links.
    """

    indptr: Channels
    indices: Channels
    sources: int
    constant: NDArray[np.bool_] | None
    value: float

    def __init__(
        self,
        indptr: ArrayLike,
        indices: ArrayLike,
        sources: int,
        *,
        constant: ArrayLike | None = None,
        value: float = 1.0,
    ) -> None:
        fields = {
            "indptr": _indices("indptr", indptr),
            "indices": _indices("indices", indices),
            "sources": sources,
            "constant": None if constant is None else _flags(constant),
            "value": _weight(value),
        }
        for name, field in fields.items():
            object.__setattr__(self, name, field)
        _check_rows(self)

    @classmethod
    def from_mask(
        cls, mask: ArrayLike, *, constant: ArrayLike | None = None, value: float = 1.0
    ) -> Sparse:
        """Read the pattern from a boolean matrix of shape (targets, sources).

        `constant`, of the same shape, marks the links that do not train.
        """
        present = _array("mask", mask)
        if present.ndim != 2 or present.dtype != bool:
            raise ArchitectureError(
                "A mask is a boolean matrix (targets, sources): True where a link is. "
                f"Received shape {present.shape} of {present.dtype}. Convert it with `mask != 0`."
            )
        if constant is not None and np.shape(constant) != present.shape:
            raise ArchitectureError(
                "`constant` marks links of the mask, so both have one shape. "
                f"Received {np.shape(constant)} for {present.shape}. Give a matrix of its shape."
            )
        rows, columns = np.nonzero(present)
        indptr = np.searchsorted(rows, np.arange(present.shape[0] + 1))
        fixed = None if constant is None else np.asarray(constant)[rows, columns]
        return cls(indptr, columns, present.shape[1], constant=fixed, value=value)

    @property
    def targets(self) -> int:
        """Number of target channels."""
        return len(self.indptr) - 1

    @property
    def links(self) -> int:
        """Number of links, constant ones included."""
        return len(self.indices)

    @property
    def trainable(self) -> int:
        """Number of links that train."""
        return self.links - (0 if self.constant is None else int(self.constant.sum()))

    def rows(self) -> NDArray[np.int64]:
        """Target channel of each link, shape (links,)."""
        return np.repeat(np.arange(self.targets), np.diff(self.indptr))

    def _key(self) -> tuple[object, ...]:
        fixed = None if self.constant is None else self.constant.tobytes()
        return self.indptr.tobytes(), self.indices.tobytes(), self.sources, fixed, self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sparse) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        rows = self.indptr, self.indices, self.sources
        return partial(Sparse, constant=self.constant, value=self.value), rows

    def __repr__(self) -> str:
        return f"Sparse({self.targets} x {self.sources}, {self.links} links)"


WIRINGS: tuple[type[Wiring], ...] = (Full, OneToOne, Grouped, Select, Sparse)


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return an array, if all rows of the values have one length."""
    try:
        return np.asarray(values)
    except ValueError:
        raise ArchitectureError(
            f"{name} is an array, so its rows have one length. "
            f"Received {values!r:.80}. Give a list of numbers, or an array."
        ) from None


def _indices(name: str, values: ArrayLike) -> Channels:
    """Return a read-only int32 vector; an array that is one already is not copied."""
    if _is_settled(values):
        return values
    array = _array(name, values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ArchitectureError(
            f"{name} is a vector of whole numbers: it names channels. "
            f"Received shape {array.shape} of {array.dtype}. Give a list of ints."
        )
    if array.size and (array.min() < 0 or array.max() > np.iinfo(np.int32).max):
        raise ArchitectureError(
            f"{name} counts channels from 0 to 2147483647. "
            f"Received values from {array.min()} to {array.max()}. Give channel numbers."
        )
    return _read_only(array.astype(np.int32))


def _is_settled(values: ArrayLike) -> TypeGuard[Channels]:
    """True for channel numbers that were checked before, which nobody can write to."""
    if not isinstance(values, np.ndarray) or values.flags.writeable:
        return False
    return values.dtype == np.int32 and values.ndim == 1


def _flags(values: ArrayLike) -> NDArray[np.bool_]:
    """Return a read-only boolean vector."""
    array = _array("constant", values)
    if array.ndim != 1 or (array.size and array.dtype != bool):
        raise ArchitectureError(
            "`constant` is a vector of booleans: it says for each link whether it is constant. "
            f"Received shape {array.shape} of {array.dtype}. Give one bool per link."
        )
    return _read_only(array.astype(bool))


def _weight(value: float) -> float:
    """Return a number as float; -0.0 becomes 0.0, which it equals, so that digests agree."""
    try:
        return float(value) + 0.0
    except (TypeError, ValueError, OverflowError):
        raise ArchitectureError(
            "The constant links share one finite weight. "
            f"Received {type(value).__name__} {str(value)[:40]!r}. Give a number."
        ) from None


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Forbid writes to a freshly made array and return it."""
    array.flags.writeable = False
    return array


def _check_rows(wiring: Sparse) -> None:
    """Raise unless the compressed rows are well formed."""
    reason = "it is the width of the source"
    whole("sources", wiring.sources, minimum=1, error=ArchitectureError, because=reason)
    indptr, indices = wiring.indptr, wiring.indices
    in_rows = np.diff(indices.astype(np.int64)) > 0
    starts = indptr[1:-1][(indptr[1:-1] > 0) & (indptr[1:-1] < len(indices))] - 1
    in_rows[starts] = True
    faults = {
        "indptr starts at 0": not len(indptr) or indptr[0] != 0,
        "indptr never falls": bool((np.diff(indptr) < 0).any()),
        "indptr ends at the number of links": len(indptr) and indptr[-1] != len(indices),
        "every link has a source": bool((indices >= wiring.sources).any()),
        "a row lists its sources once, ascending": not in_rows.all(),
        "constant has one entry per link": wiring.constant is not None
        and len(wiring.constant) != len(indices),
        "the constant value is finite": not np.isfinite(wiring.value),
    }
    broken = [rule for rule, fails in faults.items() if fails]
    if broken:
        raise ArchitectureError(
            f"Sparse wiring is kept as compressed rows, in which {broken[0]}. Received indptr "
            f"{_brief(indptr)}, indices {_brief(indices)} for {wiring.sources} sources. "
            "Build it with Sparse.from_mask, or sort the links of each target."
        )


def _brief(values: Sequence[int] | Channels) -> str:
    """At most eight of the values, for messages and representations."""
    shown = [int(value) for value in values[:8]]
    return repr(shown) if len(values) <= 8 else f"{str(shown)[:-1]}, ... {len(values)} in all]"
