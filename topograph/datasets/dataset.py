"""A data set for classification: inputs and classes, split into training and test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph._checks import whole
from topograph.datasets.stratify import draw
from topograph.errors import ShapeError
from topograph.rng import streams

__all__ = ["Dataset"]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled samples, split into a training and a test part.

    A data set is a value: its arrays are read-only, its methods return new data sets, and two are
    equal if they hold the same numbers under the same name.

    Parameters
    ----------
    name : str
        What the samples are.
    train_inputs, test_inputs : array of shape (samples, width, *size)
        Kept as float32. A read-only float32 array is taken as it is, any other is copied.
    train_targets, test_targets : array of shape (samples,)
        Classes, from 0 to ``classes - 1``; kept as int64.
    classes : int
        Number of classes, at least 2.

    Raises
    ------
    ShapeError
        If the arrays do not fit together, are empty, hold NaN or infinity, or if a target is
        not one of the classes.

    Examples
    --------
    >>> points = Dataset("points", [[0.0], [1.0], [2.0]], [0, 1, 1], [[3.0]], [1], classes=2)
    >>> points
    Dataset('points': 3 training and 1 test samples of shape (1,), 2 classes)
    >>> points.standardise().test_inputs.round(3)  # (3 - 1) / sqrt(2 / 3)
    array([[2.449]], dtype=float32)
    """

    name: str
    train_inputs: NDArray[np.float32]
    train_targets: NDArray[np.int64]
    test_inputs: NDArray[np.float32]
    test_targets: NDArray[np.int64]
    classes: int

    def __post_init__(self) -> None:
        classes = whole(
            "classes",
            self.classes,
            minimum=2,
            error=ShapeError,
            because="a classifier has something to tell apart",
        )
        object.__setattr__(self, "classes", classes)
        for part in ("train", "test"):
            inputs = _inputs(part, getattr(self, f"{part}_inputs"))
            targets = _targets(part, getattr(self, f"{part}_targets"), len(inputs), classes)
            object.__setattr__(self, f"{part}_inputs", inputs)
            object.__setattr__(self, f"{part}_targets", targets)
        if self.train_inputs.shape[1:] != self.test_inputs.shape[1:]:
            raise ShapeError(
                "Training and test samples have one shape, since one network reads both. "
                f"Received {self.train_inputs.shape[1:]} and {self.test_inputs.shape[1:]}. "
                "Bring them to the same shape."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample: width (channels), then spatial extents if there are any."""
        return self.train_inputs.shape[1:]

    @property
    def inputs(self) -> int:
        """Numbers in one sample: the width of the flattened data."""
        return prod(self.shape)

    @cached_property
    def digest(self) -> str:
        """Content hash (hexadecimal SHA-256) of the arrays and the classes; free of the name."""
        content = sha256(repr((self.train_inputs.shape, self.test_inputs.shape)).encode())
        content.update(str(self.classes).encode())
        for array in self._arrays():
            little_endian = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            content.update(little_endian.data)
        return content.hexdigest()

    def flatten(self) -> Dataset:
        """Return the data with each sample as a vector, as a perceptron reads it.

        Examples
        --------
        >>> from topograph.datasets import digits
        >>> digits().shape, digits().flatten().shape
        ((1, 8, 8), (64,))
        """
        return replace(
            self,
            train_inputs=self.train_inputs.reshape(len(self.train_inputs), -1),
            test_inputs=self.test_inputs.reshape(len(self.test_inputs), -1),
        )

    def subset(
        self,
        *,
        train: int | None = None,
        test: int | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> Dataset:
        """Draw a smaller data set in which the classes keep their shares.

        Parameters
        ----------
        train, test : int or None
            Number of samples to keep of each part; None keeps all.
        rng : numpy.random.Generator, int or None
            The same seed gives the same samples, and a larger subset of the same seed holds
            nearly all of a smaller one.

        Raises
        ------
        ShapeError
            If fewer than one or more samples are asked for than there are.

        Notes
        -----
        Drawn without replacement, stratified by class, and kept in the original order.
        """
        train_stream, test_stream = streams(rng, 2)
        kept_train = _draw("train", self.train_targets, train, train_stream)
        kept_test = _draw("test", self.test_targets, test, test_stream)
        return replace(
            self,
            train_inputs=self.train_inputs[kept_train],
            train_targets=self.train_targets[kept_train],
            test_inputs=self.test_inputs[kept_test],
            test_targets=self.test_targets[kept_test],
        )

    def standardise(self) -> Dataset:
        r"""Shift and scale each channel to mean 0 and variance 1 over the training samples.

        .. math:: x' = (x - \mu_c) / \sigma_c

        Notes
        -----
        :math:`\mu_c` and :math:`\sigma_c` are taken over training samples and positions; the test
        samples are transformed with the same numbers. A channel that is constant in training is
        only shifted. On flattened data every feature is a channel of its own, and a pixel that is
        nearly always empty is then blown up: standardise images before flattening them.
        """
        axes = (0, *range(2, self.train_inputs.ndim))
        mean = self.train_inputs.mean(axis=axes, keepdims=True, dtype=np.float64)
        deviation = self.train_inputs.std(axis=axes, keepdims=True, dtype=np.float64)
        deviation[deviation <= 1e-7 * np.abs(mean)] = 1.0
        return replace(
            self,
            train_inputs=(self.train_inputs - mean) / deviation,
            test_inputs=(self.test_inputs - mean) / deviation,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        return self.name == other.name and self.digest == other.digest

    def __hash__(self) -> int:
        return hash((self.name, self.digest))

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}: {len(self.train_inputs)} training and "
            f"{len(self.test_inputs)} test samples of shape {self.shape}, {self.classes} classes)"
        )

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        """Return the four arrays in the order of the fields."""
        return (self.train_inputs, self.train_targets, self.test_inputs, self.test_targets)


def _inputs(part: str, values: Any) -> NDArray[np.float32]:
    """Return samples as a read-only float32 array, or refuse them."""
    array = _frozen(f"{part}_inputs", values, np.float32, kinds="fiub")
    if array.ndim < 2 or array.size == 0:
        raise ShapeError(
            f"{part}_inputs has the shape (samples, width, *size) and at least one sample, since "
            f"a network reads samples. Received the shape {array.shape}. Add the missing axis."
        )
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise ShapeError(
            f"{part}_inputs is finite, since NaN and infinity spoil every weight they meet. "
            "Received values that are not finite in float32. Replace or remove those samples."
        )
    return array


def _targets(part: str, values: Any, samples: int, classes: int) -> NDArray[np.int64]:
    """Return classes as a read-only int64 array, or refuse them."""
    array = _frozen(f"{part}_targets", values, np.int64, kinds="iu")
    if array.shape != (samples,):
        raise ShapeError(
            f"{part}_targets has one class for each sample. "
            f"Received the shape {array.shape} for {samples} samples. Give a vector of classes."
        )
    if array.min() < 0 or array.max() >= classes:
        raise ShapeError(
            f"Targets count the classes from 0 to {classes - 1}, because they index the outputs. "
            f"Received {array.min()} to {array.max()} in {part}_targets. Renumber the classes."
        )
    return array


def _frozen(name: str, values: Any, dtype: type, *, kinds: str) -> NDArray[Any]:
    """Return a read-only array of the type, copied unless it is one already."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ShapeError(
            f"{name} is one rectangular array, since all samples have one shape. "
            f"Received something ragged ({error}). Bring the samples to one shape."
        ) from error
    if array.dtype.kind not in kinds:
        wanted = "real numbers" if "f" in kinds else "whole numbers"
        raise ShapeError(
            f"{name} holds {wanted}, since a network computes with them. "
            f"Received the type {array.dtype}. Convert the values first."
        )
    if array.dtype != dtype or array.flags.writeable:
        with np.errstate(over="ignore"):
            array = array.astype(dtype)
        array.flags.writeable = False
    return array


def _draw(
    part: str, targets: NDArray[np.int64], count: int | None, rng: np.random.Generator
) -> NDArray[np.intp] | slice:
    """Return the places of the samples to keep."""
    if count is None:
        return slice(None)
    count = whole(
        part,
        count,
        minimum=1,
        maximum=len(targets),
        error=ShapeError,
        because=f"the {part} part has {len(targets)} samples and keeps at least one",
    )
    return draw(targets, count, rng=rng)
