"""Which device computes: the host's cores, or a CUDA device through CuPy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

from topograph.arrays.namespace import Array, to_host
from topograph.arrays.sparse import is_sparse
from topograph.errors import BudgetError

__all__ = ["Device", "choose_device", "to_device"]


@dataclass(frozen=True, slots=True)
class Device:
    """A place where arrays live.

    Attributes
    ----------
    name : {"cpu", "cuda"}
        The name under which it is chosen.
    description : str
        What a reader wants to know of it, such as "CPU (2 cores)".
    """

    name: Literal["cpu", "cuda"]
    description: str

    def __str__(self) -> str:
        return self.description


def choose_device(name: str = "auto") -> Device:
    """Choose the device for arrays.

    Parameters
    ----------
    name : {"auto", "cpu", "cuda"}
        "auto" takes a CUDA device where CuPy finds one, else the CPU.

    Returns
    -------
    Device
        With a description to print.

    Raises
    ------
    BudgetError
        If the name is unknown, or "cuda" is asked for where CuPy finds no device.

    Examples
    --------
    >>> choose_device("cpu").name
    'cpu'
    """
    if name not in ("auto", "cpu", "cuda"):
        raise BudgetError(
            "Arrays live on the CPU or on a CUDA device, since NumPy and CuPy hold them. "
            f"Received the device {name!r}. Choose 'auto', 'cpu' or 'cuda'."
        )
    cupy = None if name == "cpu" else _cupy()
    if cupy is not None:
        return Device("cuda", _gpu_name(cupy))
    if name == "cuda":
        raise BudgetError(
            "The device 'cuda' needs CuPy and a CUDA device that its driver can use. "
            "Received 'cuda' on a machine where CuPy finds none. "
            "Install the extra gpu-12 or gpu-13, or choose 'cpu'."
        )
    return Device("cpu", _cpu_name(_cores()))


def to_device(x: Array, device: Device | str) -> Any:
    """Bring an array or sparse matrix onto a device.

    Parameters
    ----------
    x : array or sparse matrix
        Of any shape, on any device.
    device : Device or str
        A device, or a name for `choose_device`.

    Returns
    -------
    array or sparse matrix
        A dense `x` itself where it lives there already. Sparse matrices are compressed by rows
        on a GPU, and their integers become float64, which CuPy can hold.

    Raises
    ------
    BudgetError
        As `choose_device`.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(3)
    >>> to_device(x, "cpu") is x
    True
    """
    chosen = choose_device(device) if isinstance(device, str) else device
    if chosen.name == "cpu":
        return to_host(x)
    if not is_sparse(x):
        return import_module("cupy").asarray(x)
    library = import_module("cupyx.scipy.sparse")
    entries = x.astype("float64") if x.dtype.kind in "iu" else x
    return getattr(library, "csr_array", library.csr_matrix)(entries)


@cache
def _cupy() -> Any:
    """Import CuPy where it is installed and has a device, else return None."""
    try:
        cupy = import_module("cupy")
        return cupy if cupy.cuda.is_available() else None
    except (ImportError, RuntimeError):
        return None


def _gpu_name(cupy: Any) -> str:
    """Return the name of the current CUDA device."""
    runtime = cupy.cuda.runtime
    return str(runtime.getDeviceProperties(runtime.getDevice())["name"].decode())


def _cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_name(cores: int) -> str:
    """Describe a CPU by its cores."""
    return f"CPU ({cores} core{'' if cores == 1 else 's'})"
