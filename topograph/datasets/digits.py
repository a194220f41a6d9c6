"""The embedded data set: handwritten digits that come with scikit-learn."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topograph.datasets.dataset import Dataset
from topograph.datasets.stratify import draw
from topograph.errors import BudgetError

__all__ = ["digits"]

LEVELS = 16


def digits(*, test_fraction: float = 0.2, rng: np.random.Generator | int | None = 0) -> Dataset:
    """Load the 1,797 handwritten digits of scikit-learn, 8 x 8 pixels each.

    Parameters
    ----------
    test_fraction : float
        Share of the samples that is kept for testing, between 0 and 1.
    rng : numpy.random.Generator, int or None
        Draws the split. The default is a fixed split, the same for everybody.

    Returns
    -------
    Dataset
        Inputs of shape (1, 8, 8) from 0 to 1, ten classes.

    Raises
    ------
    BudgetError
        If the test fraction leaves no sample for training or none for testing.

    Notes
    -----
    The split is stratified by class. The set has no official split: the file's own order, which
    some use, tests on other writers than it trains on. Pixels have 17 levels, 0 to 16, and are
    divided by 16. Needs no network: the file is part of scikit-learn.

    References
    ----------
    .. [1] E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
           Learning Repository, 1998 (the test part).

    Examples
    --------
    >>> digits()
    Dataset('digits': 1438 training and 359 test samples of shape (1, 8, 8), 10 classes)
    """
    images, targets = _read()
    count = round(test_fraction * len(targets)) if 0 < test_fraction < 1 else 0
    if not 0 < count < len(targets):
        raise BudgetError(
            "The test fraction lies between 0 and 1, because both parts need samples. "
            f"Received {test_fraction!r}. Choose for example 0.2."
        )
    is_test = np.zeros(len(targets), dtype=bool)
    is_test[draw(targets, count, rng=rng)] = True
    return Dataset(
        "digits", images[~is_test], targets[~is_test], images[is_test], targets[is_test], classes=10
    )


def _read() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Read the file where scikit-learn keeps it, for importing scikit-learn takes seconds."""
    package = find_spec("sklearn")
    folder = Path(package.origin).parent if package and package.origin else Path()
    path = folder / "datasets" / "data" / "digits.csv.gz"
    if not path.is_file():
        return _read_by_import()
    with gzip.open(path, "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.int64)
    return _scaled(table[:, :-1]), table[:, -1]


def _read_by_import() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Ask scikit-learn itself, should it keep the file elsewhere one day."""
    from sklearn.datasets import load_digits

    pixels, targets = load_digits(return_X_y=True)
    return _scaled(pixels), targets.astype(np.int64)


def _scaled(pixels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Turn rows of 64 grey levels into images from 0 to 1."""
    return (pixels / LEVELS).astype(np.float32).reshape(-1, 1, 8, 8)
