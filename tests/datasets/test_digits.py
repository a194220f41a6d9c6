from __future__ import annotations

import sys
from importlib import import_module

import numpy as np
import pytest

from topograph.datasets import digits
from topograph.errors import BudgetError

module = sys.modules.get("topograph.datasets.digits") or import_module("topograph.datasets.digits")


def test_the_split_is_fixed_and_stratified() -> None:
    data = digits()
    assert data == digits()
    assert (len(data.train_inputs), len(data.test_inputs)) == (1438, 359)
    everything = np.bincount(data.train_targets) + np.bincount(data.test_targets)
    exact = everything * 359 / 1797
    assert (abs(np.bincount(data.test_targets) - exact) < 1).all()


def test_both_parts_together_are_the_digits_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    pixels, targets = load_digits(return_X_y=True)
    known = sorted((*row, label) for row, label in zip(pixels.tolist(), targets, strict=True))
    data = digits(rng=3)
    inputs = np.concatenate([data.train_inputs, data.test_inputs]).reshape(-1, 64) * 16
    labels = np.concatenate([data.train_targets, data.test_targets])
    assert (
        sorted((*row, label) for row, label in zip(inputs.tolist(), labels, strict=True)) == known
    )


def test_inputs_run_from_zero_to_one() -> None:
    data = digits()
    assert data.shape == (1, 8, 8)
    assert data.train_inputs.min() == 0
    assert data.train_inputs.max() == 1


def test_the_file_and_the_import_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = digits()
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert digits() == expected


def test_another_seed_and_another_fraction_give_another_split() -> None:
    assert digits(rng=1) != digits()
    assert len(digits(test_fraction=0.5).test_inputs) == 898


@pytest.mark.parametrize("fraction", [0, 1, -0.2, 1.5, 1e-9, 1 - 1e-9, float("nan")])
def test_a_fraction_that_empties_a_part_is_refused(fraction: float) -> None:
    with pytest.raises(BudgetError, match="between 0 and 1"):
        digits(test_fraction=fraction)
