"""A refusal before memory runs out."""

from __future__ import annotations

from topograph.arrays.device import Device, choose_device
from topograph.arrays.memory import free_memory
from topograph.errors import BudgetError

__all__ = ["check_memory"]


def check_memory(
    what: str,
    needed: int,
    *,
    instead: str,
    device: Device | None = None,
    limit: int | None = None,
) -> None:
    """Raise if something needs more bytes than a limit, by default what is free on a device."""
    if limit is None:
        limit = free_memory(choose_device("cpu") if device is None else device)
    if needed > limit:
        raise BudgetError(
            f"The arrays of {what} stay in memory, since every step reads all of them. "
            f"Received a cascade that needs about {needed / 2**30:,.3g} GiB where "
            f"{limit / 2**30:,.3g} GiB are free. Choose {instead}."
        )
