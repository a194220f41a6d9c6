from __future__ import annotations

import pytest
import torch

from topograph.errors import BudgetError
from topograph.training.device import (
    choose_device,
    describe_device,
    deterministic,
    private_randomness,
)

CPU = torch.device("cpu")


def test_auto_is_cuda_where_there_is_one() -> None:
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert choose_device().type == choose_device("auto").type == expected


def test_a_torch_device_passes_through() -> None:
    assert choose_device(CPU) == CPU


@pytest.mark.parametrize("name", ["quantum", "cuda:99", "", None])
def test_a_device_that_cannot_be_used_is_refused(name: str) -> None:
    with pytest.raises(BudgetError, match="Choose 'auto' or 'cpu'"):
        choose_device(name)


def test_the_description_names_device_and_threads() -> None:
    text = describe_device(CPU)
    assert text.startswith("cpu (")
    assert f"{torch.get_num_threads()} threads" in text


def test_determinism_is_on_inside_and_as_before_outside() -> None:
    memory = torch.utils.deterministic
    before = memory.fill_uninitialized_memory
    with deterministic(CPU):
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert memory.fill_uninitialized_memory is before


def test_private_randomness_repeats_and_leaves_the_rest_alone() -> None:
    torch.manual_seed(1)
    undisturbed = torch.rand(4)
    torch.manual_seed(1)
    with private_randomness(CPU, 7):
        first = torch.rand(4)
    assert torch.equal(torch.rand(4), undisturbed)
    with private_randomness(CPU, 7):
        assert torch.equal(torch.rand(4), first)


@pytest.mark.gpu
def test_the_generator_of_the_gpu_is_private_too() -> None:
    device = choose_device("cuda")
    before = torch.cuda.get_rng_state(device)
    with private_randomness(device, 7):
        first = torch.rand(4, device=device)
    assert torch.equal(torch.cuda.get_rng_state(device), before)
    with private_randomness(device, 7):
        assert torch.equal(torch.rand(4, device=device), first)
