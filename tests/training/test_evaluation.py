from __future__ import annotations

from math import log

import numpy as np
import pytest
import torch
from torch import nn

from topograph.errors import ShapeError
from topograph.training import evaluation
from topograph.training.evaluation import Samples, check_fit, evaluate

CPU = torch.device("cpu")


def samples(count: int = 5, shape: tuple[int, ...] = (3,), classes: int = 3) -> Samples:
    inputs = np.random.default_rng(0).random((count, *shape), dtype=np.float32)
    return Samples.on(CPU, inputs, np.arange(count) % classes)


class Fixed(nn.Module):
    """Gives the same outputs for every sample, and tells in which mode."""

    def __init__(self, *outputs: float) -> None:
        super().__init__()
        self.outputs = torch.tensor(outputs, dtype=torch.float32)
        self.modes: list[bool] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.modes.append(self.training)
        return self.outputs.expand(len(x), -1)


def test_equal_outputs_lose_the_logarithm_of_the_classes() -> None:
    loss, _ = evaluate(Fixed(0, 0, 0), samples(6))
    assert loss == pytest.approx(log(3))


def test_accuracy_is_the_share_of_hits() -> None:
    assert evaluate(Fixed(0, 1, 0), samples(8))[1] == pytest.approx(3 / 8)  # 0 1 2 0 1 2 0 1


def test_evaluation_runs_in_evaluation_mode_without_gradients() -> None:
    module = Fixed(0, 1, 0).train()
    module.outputs.requires_grad_()
    evaluate(module, samples())
    assert module.modes == [False]
    assert not module.training


def test_chunks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    module, data = nn.Linear(3, 3), samples(11)
    whole = evaluate(module, data)
    monkeypatch.setattr(evaluation, "NUMBERS_AT_ONCE", 6)
    assert evaluate(module, data) == pytest.approx(whole, rel=1e-6)
    monkeypatch.setattr(evaluation, "NUMBERS_AT_ONCE", 1)
    assert evaluate(module, data) == pytest.approx(whole, rel=1e-6)


def test_a_module_that_fits_passes() -> None:
    check_fit(nn.Linear(3, 3), samples(), classes=3)
    check_fit(nn.Linear(3, 3), samples(count=1), classes=3)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Linear(4, 3), r"refuses them.*data\.flatten\(\)"),
        (nn.Bilinear(3, 3, 3), "refuses them"),
        (nn.Linear(3, 4), r"Received \(2, 4\) from 2 samples.*classes=3"),
        (nn.Flatten(0), r"Received \(6,\)"),
        (nn.LSTM(3, 3), "Received tuple"),
    ],
)
def test_a_module_that_does_not_fit_is_refused(module: nn.Module, words: str) -> None:
    with pytest.raises(ShapeError, match=r"samples of shape \(3,\) and gives 3 outputs.*" + words):
        check_fit(module, samples(), classes=3)
