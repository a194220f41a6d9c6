"""How much memory is free, asked before a computation begins that could need more."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from topograph.arrays.device import Device

__all__ = ["free_memory"]

_LISTING = Path("/proc/meminfo")


def free_memory(device: Device) -> int:
    """Bytes that a program may still take on a device.

    Parameters
    ----------
    device : Device
        From `choose_device`.

    Returns
    -------
    int
        On a GPU what the driver reports. On Linux what can be had without swapping; on other
        systems all the memory of the machine, the only number known there.

    Examples
    --------
    >>> from topograph.arrays import choose_device
    >>> free_memory(choose_device("cpu")) > 2**20
    True
    """
    if device.name == "cuda":
        return int(import_module("cupy").cuda.runtime.memGetInfo()[0])
    if _LISTING.is_file():
        for line in _LISTING.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
