"""Rows dealt out to groups in another order, and their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Deal", "deal_rows"]

Ints = NDArray[Any]


class Deal:
    """Which rows each of some groups takes; nothing is copied where a view shows them.

    That is so for rows in their own order, and for those dealt out like cards, one after the other
    to all groups in turn.

    Parameters
    ----------
    places : array_like of int, shape (groups, rows of a group)
        Rows, in the order in which they are taken.
    length : int
        Rows that there are.
    """

    def __init__(self, places: Ints, length: int) -> None:
        self.shape = places.shape
        every = np.arange(length)
        self.in_order = np.array_equal(places.ravel(), every)
        self.in_turn = np.array_equal(places.T.ravel(), every)
        self.places, self.back = _backed(places.ravel(), length)

    def __call__(self, x: Tensor) -> Tensor:
        """Turn (rows, batch) into (groups, rows of a group, batch)."""
        (groups, rows), columns = self.shape, x.shape[1]
        if self.in_order:
            return x.view(groups, rows, columns)
        if self.in_turn:
            return x.view(rows, groups, columns).transpose(0, 1)
        return deal_rows(x, self.places, self.back).view(groups, rows, columns)


def deal_rows(x: Tensor, places: Any, back: Any) -> Tensor:
    """Gather rows; where no row is taken twice, `back` brings gradients to their places."""
    if back is None:
        return x.index_select(0, torch.as_tensor(places, device=x.device))
    forth, home = (torch.as_tensor(index, device=x.device) for index in (places, back))
    return _Dealt.apply(x, forth, home)  # type: ignore[no-untyped-call]


class _Dealt(torch.autograd.Function):
    """A permutation of rows, whose gradient is the permutation back."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, places: Tensor, back: Tensor) -> Tensor:
        """Gather rows."""
        return x.index_select(0, places)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep both permutations."""
        ctx.save_for_backward(*inputs[1:])
        ctx.save_for_forward(*inputs[1:])

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: Any) -> Tensor:
        """Gather the rows of a direction."""
        return tangent.index_select(0, ctx.saved_tensors[0])

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None, None]:
        """Bring gradients to their places."""
        places, back = ctx.saved_tensors
        return _Dealt.apply(g, back, places), None, None  # type: ignore[no-untyped-call]


def _backed(places: Any, length: int) -> tuple[Any, Any]:
    """Return places and, if they are a permutation, the way back."""
    if len(places) != length or len(np.unique(places)) != length:
        return places, None
    return places, np.argsort(places)
