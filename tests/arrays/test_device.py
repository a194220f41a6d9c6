from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pytest

from topograph.arrays import Device, choose_device, device, to_device
from topograph.errors import BudgetError


class DriverError(RuntimeError):
    """Stands for CuPy's own RuntimeError."""


def toy_cupy(available):
    """Make a module that answers the probe as CuPy does."""
    runtime = SimpleNamespace(getDevice=lambda: 0, getDeviceProperties=lambda _: {"name": b"Toy 1"})
    return SimpleNamespace(cuda=SimpleNamespace(is_available=available, runtime=runtime))


@pytest.fixture
def machine(monkeypatch):
    """Return a function that says what importing CuPy gives."""

    def says(outcome):
        def import_module(name):
            assert name == "cupy"
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(device, "import_module", import_module)

    device._cupy.cache_clear()
    yield says
    device._cupy.cache_clear()


def broken_driver():
    raise DriverError("cudaErrorInsufficientDriver")


@pytest.mark.parametrize(
    "outcome",
    [
        ImportError("no module"),
        DriverError("no driver"),
        toy_cupy(broken_driver),
        toy_cupy(lambda: False),
    ],
)
def test_without_a_usable_gpu_the_cpu_is_chosen(machine, outcome):
    machine(outcome)
    assert choose_device().name == "cpu"
    with pytest.raises(BudgetError, match=r"needs CuPy.*Received 'cuda'.*gpu-12"):
        choose_device("cuda")


def test_with_a_gpu_it_is_chosen_and_named(machine):
    machine(toy_cupy(lambda: True))
    assert choose_device() == choose_device("cuda") == Device("cuda", "Toy 1")
    assert choose_device("cpu").name == "cpu"


def test_the_cpu_says_how_many_cores_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3}, raising=False)
    assert str(choose_device("cpu")) == "CPU (2 cores)"
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert str(choose_device("cpu")) == "CPU (1 core)"


@pytest.mark.parametrize("name", ["gpu", "", "cuda:0"])
def test_other_names_are_refused(name):
    with pytest.raises(BudgetError, match="Choose 'auto', 'cpu' or 'cuda'"):
        choose_device(name)


def test_the_cpu_brings_arrays_home(backend):
    x = backend.asarray([1.0, 2.0])
    assert to_device(x, choose_device("cpu")).tolist() == [1.0, 2.0]
    assert isinstance(to_device(x, "cpu"), np.ndarray)


@pytest.mark.gpu
def test_the_gpu_takes_arrays_and_gives_them_back():
    x = np.arange(6.0).reshape(2, 3)
    on_gpu = to_device(x, "cuda")
    assert type(on_gpu).__module__.startswith("cupy")
    assert to_device(on_gpu, "cuda") is on_gpu
    assert np.array_equal(to_device(on_gpu, "cpu"), x)
