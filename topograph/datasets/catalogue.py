"""The data sets by name, for command lines and study plans."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from topograph.datasets.dataset import Dataset
from topograph.datasets.digits import digits
from topograph.datasets.images import cifar10, fashion_mnist, mnist
from topograph.datasets.synthetic import KINDS, synthetic
from topograph.errors import FormatError

__all__ = ["available", "load"]

LOADERS: dict[str, Callable[..., Dataset]] = {
    "cifar10": cifar10,
    "digits": digits,
    "fashion_mnist": fashion_mnist,
    "mnist": mnist,
    **{kind: partial(synthetic, kind) for kind in KINDS},
}


def available() -> tuple[str, ...]:
    """Return the names that `load` knows.

    Examples
    --------
    >>> available()
    ('cifar10', 'digits', 'fashion_mnist', 'mnist', 'rings', 'segments')
    """
    return tuple(sorted(LOADERS))


def load(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : str
        One of `available`.
    **options
        Passed to the function of that name, for example ``folder`` or ``rng``; "segments" and
        "rings" are kinds of `synthetic`.

    Raises
    ------
    FormatError
        If there is no data set of this name, or if its files cannot be read.

    Examples
    --------
    >>> load("rings", pieces=5, train=100, test=50)
    Dataset('rings5': 100 training and 50 test samples of shape (2,), 2 classes)
    """
    if name not in LOADERS:
        raise FormatError(
            "A data set is loaded by its name, since each has a reader of its own. "
            f"Received {name!r}. Choose one of {', '.join(available())}."
        )
    return LOADERS[name](**options)
