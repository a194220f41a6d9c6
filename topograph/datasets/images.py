"""Real image sets, read from the folder that TOPOGRAPH_DATA names."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph.datasets.dataset import Dataset
from topograph.datasets.folder import data_folder, read_arrays
from topograph.errors import FormatError

__all__ = ["cifar10", "fashion_mnist", "mnist"]

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def mnist(*, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Load MNIST: 60,000 + 10,000 handwritten digits of 28 x 28 pixels.

    Parameters
    ----------
    folder : path or None
        The folder that holds ``mnist/mnist.npz``; None takes the one named by TOPOGRAPH_DATA.

    Returns
    -------
    Dataset
        Inputs of shape (1, 28, 28) from 0 to 1, ten classes, the official split.

    Raises
    ------
    FormatError
        If the folder or the file is missing, damaged, or not of this form.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
           document recognition", Proceedings of the IEEE 86, 1998.
    """
    return _load("mnist", (28, 28), folder)


def fashion_mnist(*, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Load a subset of Fashion-MNIST: 10,000 + 2,000 pieces of clothing of 28 x 28 pixels.

    Parameters
    ----------
    folder : path or None
        The folder that holds ``fashion_mnist_subset/fashion_mnist_subset.npz``; None takes the
        one named by TOPOGRAPH_DATA.

    Returns
    -------
    Dataset
        Named ``fashion_mnist_subset``; inputs of shape (1, 28, 28) from 0 to 1, ten classes.

    Raises
    ------
    FormatError
        If the folder or the file is missing, damaged, or not of this form.

    Notes
    -----
    A subset balanced by class: not to be compared with published accuracies on the full set.

    References
    ----------
    .. [1] H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for
           benchmarking machine learning algorithms", arXiv:1708.07747, 2017.
    """
    return _load("fashion_mnist_subset", (28, 28), folder)


def cifar10(*, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Load a subset of CIFAR-10: 10,000 + 2,000 colour images of 32 x 32 pixels.

    Parameters
    ----------
    folder : path or None
        The folder that holds ``cifar10_subset/cifar10_subset.npz``; None takes the one named by
        TOPOGRAPH_DATA.

    Returns
    -------
    Dataset
        Named ``cifar10_subset``; inputs of shape (3, 32, 32) from 0 to 1, ten classes.

    Raises
    ------
    FormatError
        If the folder or the file is missing, damaged, or not of this form.

    Notes
    -----
    A subset balanced by class: not to be compared with published accuracies on the full set.

    References
    ----------
    .. [1] A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    return _load("cifar10_subset", (3, 32, 32), folder)


def _load(name: str, shape: tuple[int, ...], folder: str | os.PathLike[str] | None) -> Dataset:
    """Read the four arrays of an image set and check them."""
    path = data_folder(folder) / name / f"{name}.npz"
    arrays = read_arrays(path, ARRAYS)
    for part in ("train", "test"):
        _check(path.name, part, arrays[f"x_{part}"], arrays[f"y_{part}"], shape)
    return Dataset(
        name,
        _scaled(arrays["x_train"]),
        arrays["y_train"],
        _scaled(arrays["x_test"]),
        arrays["y_test"],
        classes=10,
    )


def _check(
    file: str, part: str, images: NDArray[Any], targets: NDArray[Any], shape: tuple[int, ...]
) -> None:
    """Refuse arrays that are not images of the shape with one class from 0 to 9 each."""
    fits = images.dtype == np.uint8 and images.shape == (len(images), *shape)
    labelled = targets.dtype == np.uint8 and targets.shape == (len(images),)
    if not (fits and labelled and len(images) > 0 and targets.max() < 10):
        raise FormatError(
            f"{file} holds images (samples, {', '.join(map(str, shape))}) and as many classes "
            f"from 0 to 9, both uint8. Received {images.dtype} {images.shape} in x_{part} and "
            f"{targets.dtype} {targets.shape} in y_{part}. Fetch the file again."
        )


def _scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale pixels to 0..1 as read-only float32 (samples, channels, height, width)."""
    scaled = np.divide(images, 255, dtype=np.float32)
    scaled = scaled.reshape(len(images), -1, *images.shape[-2:])
    scaled.flags.writeable = False
    return scaled
