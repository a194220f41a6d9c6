"""Where training runs, and how a run there is made repeatable."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import torch

from topograph.errors import BudgetError

__all__ = ["choose_device", "describe_device", "deterministic", "private_randomness"]


def choose_device(name: str | torch.device = "auto") -> torch.device:
    """Return the device of a name; "auto" is a CUDA device where there is one, else the CPU.

    Raises
    ------
    BudgetError
        If torch does not know the device or cannot use it here.

    Examples
    --------
    >>> choose_device("cpu")
    device(type='cpu')
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise BudgetError(
            "Training runs on a device that torch can use on this machine. "
            f"Received {str(name)!r}, which it cannot ({reason}). Choose 'auto' or 'cpu'."
        ) from error
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", torch.cuda.current_device())
    return device


def describe_device(device: torch.device) -> str:
    """Name the hardware behind a device, for the record."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        return f"cpu ({_processor()}, {torch.get_num_threads()} threads)"
    return str(device)


@contextmanager
def deterministic(device: torch.device) -> Iterator[None]:
    """Let torch choose algorithms that give the same bits in every run; restored at the end.

    An operation that has no such algorithm on the device still runs, and torch warns of it.
    """
    enabled = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic
    filled = memory.fill_uninitialized_memory
    searched = torch.backends.cudnn.benchmark
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # torch asks for it
    try:
        torch.use_deterministic_algorithms(True, warn_only=True)
        memory.fill_uninitialized_memory = False
        torch.backends.cudnn.benchmark = False
        yield
    finally:
        torch.use_deterministic_algorithms(enabled, warn_only=warned)
        memory.fill_uninitialized_memory = filled
        torch.backends.cudnn.benchmark = searched


@contextmanager
def private_randomness(device: torch.device, seed: int) -> Iterator[None]:
    """Seed torch's default generators, which dropout draws from; restored at the end."""
    on_cuda = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if on_cuda else []):
        torch.default_generator.manual_seed(seed)
        if on_cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


@cache
def _processor() -> str:
    """Name the processor as precisely as the system tells."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
