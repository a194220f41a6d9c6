"""What tests share: array backends, the data folder, and what is left out where it cannot run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import settings

from topograph.arrays.device import _cupy

os.environ["MPLBACKEND"] = "Agg"

# How long an example takes says nothing: machines are slow and shared.
# In CI the examples are the same in every run; elsewhere each run looks for new ones.
settings.register_profile("topograph", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("topograph")


def _unavailable() -> Iterator[tuple[str, str]]:
    """Yield the markers whose tests cannot run here, each with the reason."""
    if _cupy() is None:
        yield "gpu", "needs CuPy and a CUDA device"
    if not os.environ.get("TOPOGRAPH_DATA"):
        yield "data", "needs the data sets of TOPOGRAPH_DATA"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for marker, reason in _unavailable():
        for item in items:
            if marker in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of TOPOGRAPH_DATA; for tests with the marker `data`."""
    return Path(os.environ["TOPOGRAPH_DATA"])


@dataclass(frozen=True)
class Backend:
    """An array library as tests see it."""

    name: str
    xp: Any
    asarray: Callable[[Any], Any]


def _read_only(values: Any) -> np.ndarray:
    array = np.array(values)
    array.flags.writeable = False
    return array


def _backend(name: str) -> Backend:
    """Make the backend of a name; CuPy is imported only when asked for."""
    if name == "cupy":
        return Backend(name, _cupy(), _cupy().asarray)
    if name == "strict":
        return Backend(name, array_api_strict, array_api_strict.asarray)
    return Backend(name, np, _read_only if name == "read-only" else np.asarray)


@pytest.fixture(
    params=["numpy", "read-only", "strict", pytest.param("cupy", marks=pytest.mark.gpu)]
)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Run a test on NumPy, on NumPy arrays that refuse writes, on array-api-strict and on CuPy."""
    return _backend(request.param)
