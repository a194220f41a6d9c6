from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from topograph.datasets import Dataset, cifar10, fashion_mnist, mnist
from topograph.errors import FormatError

SETS = [
    (mnist, "mnist", (28, 28), (1, 28, 28)),
    (fashion_mnist, "fashion_mnist_subset", (28, 28), (1, 28, 28)),
    (cifar10, "cifar10_subset", (3, 32, 32), (3, 32, 32)),
]


def arrays(shape: tuple[int, ...], **changes: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of a small set of random images, some of them changed."""
    rng = np.random.default_rng(0)
    good = {
        "x_train": rng.integers(0, 256, (20, *shape), dtype=np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, *shape), dtype=np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }
    return good | changes


def write(folder: Path, name: str, content: dict[str, np.ndarray]) -> None:
    (folder / name).mkdir()
    np.savez(folder / name / f"{name}.npz", **content)


@pytest.mark.parametrize(("load", "name", "stored", "shape"), SETS)
def test_images_are_scaled_and_have_a_channel_axis(
    load: Callable[..., Dataset],
    name: str,
    stored: tuple[int, ...],
    shape: tuple[int, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = arrays(stored)
    write(tmp_path, name, content)
    monkeypatch.setenv("TOPOGRAPH_DATA", str(tmp_path))
    data = load()
    assert data == load(folder=tmp_path)
    assert (data.name, data.shape, data.classes) == (name, shape, 10)
    np.testing.assert_allclose(
        data.train_inputs.ravel() * 255, content["x_train"].ravel(), rtol=1e-6
    )
    np.testing.assert_array_equal(data.test_targets, content["y_test"])


@pytest.mark.parametrize(
    "change",
    [
        {"x_train": np.zeros((20, 27, 28), dtype=np.uint8)},
        {"x_train": np.zeros((20, 28, 28))},
        {"x_test": np.zeros((9, 28, 28), dtype=np.uint8)},
        {"x_test": np.zeros((0, 28, 28), dtype=np.uint8), "y_test": np.zeros(0, dtype=np.uint8)},
        {"y_train": np.full(20, 10, dtype=np.uint8)},
        {"y_test": np.zeros((10, 1), dtype=np.uint8)},
        {"y_test": np.zeros(10)},
    ],
)
def test_arrays_of_another_form_are_refused(change: dict[str, np.ndarray], tmp_path: Path) -> None:
    write(tmp_path, "mnist", arrays((28, 28), **change))
    with pytest.raises(FormatError, match=r"mnist\.npz holds images \(samples, 28, 28\)"):
        mnist(folder=tmp_path)


def test_a_folder_without_the_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no file .*mnist\.npz"):
        mnist(folder=tmp_path)


@pytest.mark.data
def test_mnist_has_its_known_mean_and_deviation(data_folder: Path) -> None:
    data = mnist(folder=data_folder)
    assert (len(data.train_inputs), len(data.test_inputs)) == (60_000, 10_000)
    assert data.train_inputs.mean(dtype=np.float64) * 255 == pytest.approx(33.3184, abs=1e-4)
    assert data.train_inputs.std(dtype=np.float64) * 255 == pytest.approx(78.5675, abs=1e-4)
    assert data.train_targets[:5].tolist() == [5, 0, 4, 1, 9]


@pytest.mark.data
@pytest.mark.parametrize(("load", "name", "stored", "shape"), SETS[1:])
def test_the_subsets_are_balanced(
    load: Callable[..., Dataset],
    name: str,
    stored: tuple[int, ...],
    shape: tuple[int, ...],
    data_folder: Path,
) -> None:
    data = load(folder=data_folder)
    assert data.shape == shape
    assert np.bincount(data.train_targets).tolist() == [1000] * 10
    assert np.bincount(data.test_targets).tolist() == [200] * 10
