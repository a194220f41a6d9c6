"""How well the sparse factors of a cascade approximate given matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from topograph._checks import whole
from topograph.errors import BudgetError, ShapeError
from topograph.graph.architecture import Architecture
from topograph.graph.cascade import cascade_wirings
from topograph.graph.wiring import Sparse
from topograph.result import Result
from topograph.rng import as_generator
from topograph.search._descent import descend, trials
from topograph.search.factors import Factors

__all__ = ["Reconstruction", "random_targets", "reconstruct", "svd_error"]


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction(Result):
    r"""How well a cascade approximates matrices; `reconstruct` makes it.

    Attributes
    ----------
    name : str
        Of the cascade.
    error : float array, shape (targets, seeds)
        :math:`\|W - S_L \cdots S_1\|_F^2 / \|W\|_F^2` at the end: 1 for the zero map. NaN where
        training diverged.
    mean, std : float
        Of all errors.
    best : float
        Mean over targets of the least error of its seeds.
    links, trainable : int
        Connections of the cascade, and those of them that train.
    steps : int
        Steps taken; fewer than asked where training was interrupted.
    """

    name: str
    error: NDArray[np.float64]
    mean: float
    std: float
    best: float
    links: int = field(metadata={"unit": "connections"})
    trainable: int = field(metadata={"unit": "weights"})
    steps: int = field(metadata={"unit": "steps"})


def reconstruct(
    cascade: Architecture,
    targets: ArrayLike,
    *,
    seeds: int = 1,
    steps: int = 8000,
    learning_rate: float = 0.02,
    device: str = "auto",
    progress: bool = True,
    rng: np.random.Generator | int | None = None,
) -> Reconstruction:
    r"""Train the sparse factors of a cascade until their product approximates matrices.

    .. math:: \min_{S_1, \dots, S_L} \| W - S_L \cdots S_2 S_1 \|_F^2

    over the trained weights of the cascade, for each target and seed on its own, all at once.

    Parameters
    ----------
    cascade : Architecture
        One input and a chain of linear layers, from :mod:`topograph.generators.cascades`.
    targets : array_like, shape (targets, outputs, inputs) or (outputs, inputs)
        Matrices to approximate; `random_targets` draws those of the paper.
    seeds : int
        Initial weights that are tried for each target.
    steps : int
        Steps of Adam.
    learning_rate : float
        Of the first step; it falls to 0 as a cosine.
    device : str
        Where torch computes; "auto" is a GPU where there is one.
    progress : bool
        Whether to show a bar.
    rng : numpy.random.Generator, int or None
        For the initial weights.

    Returns
    -------
    Reconstruction

    Raises
    ------
    ArchitectureError
        If the architecture is no cascade.
    ShapeError
        If the targets have another shape than the cascade, or are not finite, or are 0.
    BudgetError
        If a number is out of its range, or the device cannot be used.

    Notes
    -----
    The paper fixes neither the scale of its matrices, nor initial weights beside constant
    connections, nor the optimiser. Targets are taken as they are, and fit the initial weights best
    with entries of variance 1 / inputs. Weights start by sparse Xavier; beside constant connections
    uniform with a bound that falls with the depth, since sparse Xavier explodes there. A layer of
    one factor per output starts as ones. In the product the first layer stands last.

    Training that is interrupted returns the errors that it has reached.

    References
    ----------
    .. [1] M. Isakov and M. A. Kinsy, "NeuroFabric: Identifying ideal topologies for training a
           priori sparse networks", 2020, Eqs. (3)-(5) and Figs. 3 and 4.

    Examples
    --------
    >>> from topograph.generators.cascades import from_masks
    >>> rank_one = from_masks([np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)])
    >>> found = reconstruct(rank_one, [[2.0, 0.0], [0.0, 1.0]], steps=300, progress=False, rng=0)
    >>> round(found.mean, 4)  # the lesser singular value is left: 1 / (4 + 1)
    0.2
    """
    wirings = cascade_wirings(cascade)
    goal = checked_targets(targets, (wirings[-1].targets, wirings[0].sources))
    if not isfinite(learning_rate) or learning_rate <= 0:
        raise BudgetError(
            "A learning rate is positive and finite, so that steps lead somewhere. "
            f"Received {learning_rate!r}. The default is 0.02."
        )
    factors, weights, repeated = trials(wirings, goal, seeds=seeds, device=device, rng=rng)
    scale = 1 / repeated.square().sum(dim=(1, 2))
    taken = descend(
        factors,
        weights,
        repeated,
        lambda gap: gap.square().sum(dim=(1, 2)) * scale,
        steps=steps,
        rate=learning_rate,
        progress=progress,
    )
    return _result(cascade, wirings, _errors(factors, weights, repeated), seeds, taken)


def svd_error(targets: ArrayLike, rank: int) -> NDArray[np.float64]:
    r"""Error of the best approximations of matrices by matrices of a rank.

    .. math:: \sum_{i > k} \sigma_i^2 \Big/ \sum_i \sigma_i^2

    Parameters
    ----------
    targets : array_like, shape (targets, outputs, inputs) or (outputs, inputs)
        Matrices that are not 0.
    rank : int
        From 0 to the number of singular values.

    Returns
    -------
    float array, shape (targets,)
        What a bottleneck of `rank` neurons reaches at best: the errors of `reconstruct` for
        :func:`~topograph.generators.cascades.low_rank`.

    Raises
    ------
    ShapeError
        If the targets are no matrices of numbers, or one is 0.
    BudgetError
        If there is no such rank.

    Examples
    --------
    >>> svd_error([[2.0, 0.0], [0.0, 1.0]], 1).tolist()
    [0.2]
    """
    goal = checked_targets(targets, None)
    whole(
        "rank", rank, maximum=min(goal.shape[1:]), error=BudgetError, because="a matrix has no more"
    )
    squares = np.linalg.svd(goal, compute_uv=False) ** 2
    return squares[:, rank:].sum(axis=1) / squares.sum(axis=1)


def random_targets(
    count: int, size: tuple[int, int], *, rng: np.random.Generator | int | None = None
) -> NDArray[np.float64]:
    r"""Draw matrices with independent entries :math:`N(0, 1 / n)` for n inputs.

    Parameters
    ----------
    count : int
        How many.
    size : tuple of int
        Outputs and inputs.
    rng : numpy.random.Generator, int or None

    Returns
    -------
    float array, shape (count, outputs, inputs)
        No subspace of matrices is preferred, so a linear family of dimension p leaves an error of
        :math:`1 - p / n^2` on average.

    Raises
    ------
    BudgetError
        If a number is not positive.

    Examples
    --------
    >>> random_targets(5, (8, 4), rng=0).shape
    (5, 8, 4)
    """
    reason = "matrices have rows and columns"
    numbers = [
        whole(name, number, minimum=1, error=BudgetError, because=reason)
        for name, number in zip(("count", "outputs", "inputs"), (count, *size), strict=True)
    ]
    return as_generator(rng).standard_normal(numbers) / np.sqrt(numbers[-1])


@torch.no_grad()
def _errors(factors: Factors, weights: Tensor, goal: Tensor) -> NDArray[np.float64]:
    """Return the normalised error of each trial; NaN where it is not finite."""
    wanted = goal.double()
    gap = factors.product(weights).double() - wanted
    errors = (gap.square().sum(dim=(1, 2)) / wanted.square().sum(dim=(1, 2))).cpu().numpy()
    return np.where(np.isfinite(errors), errors, np.nan)


def _result(
    cascade: Architecture,
    wirings: Sequence[Sparse],
    errors: NDArray[np.float64],
    seeds: int,
    steps: int,
) -> Reconstruction:
    """Put the result together."""
    table = errors.reshape(-1, seeds)
    found = np.where(np.isnan(table).all(axis=1), np.nan, np.fmin.reduce(table, axis=1))
    return Reconstruction(
        name=cascade.name,
        error=table,
        mean=float(table.mean()),
        std=float(table.std()),
        best=float(found.mean()),
        links=sum(wiring.links for wiring in wirings),
        trainable=sum(wiring.trainable for wiring in wirings),
        steps=steps,
    )


def checked_targets(targets: ArrayLike, shape: tuple[int, int] | None) -> NDArray[np.float64]:
    """Return matrices along axis 0, if they are finite, not 0, and of the shape."""
    goal = np.asarray(targets, dtype=np.float64)
    goal = goal[None] if goal.ndim == 2 else goal
    wanted = "(targets, outputs, inputs)" if shape is None else f"(targets, {shape[0]}, {shape[1]})"
    if goal.ndim != 3 or not goal.size or (shape is not None and goal.shape[1:] != shape):
        raise ShapeError(
            "A cascade approximates matrices of its own shape, outputs by inputs. "
            f"Received targets of shape {np.shape(targets)}. Give them the shape {wanted}."
        )
    power = (goal**2).sum(axis=(1, 2))
    if not np.isfinite(power).all() or not power.all():
        raise ShapeError(
            "Errors are relative to the norm of a target, which is finite and not 0. "
            f"Received norms from {np.sqrt(power.min())} to {np.sqrt(power.max())}. "
            "Leave out or scale these targets."
        )
    return goal
