"""How many ratios of inputs a cascade can set, counted behind a training by absolute errors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from topograph.errors import BudgetError
from topograph.graph.architecture import Architecture
from topograph.graph.cascade import cascade_wirings
from topograph.graph.wiring import Sparse
from topograph.result import Result
from topograph.search._descent import descend, trials
from topograph.search.factors import is_diagonal
from topograph.search.reconstruct import checked_targets

__all__ = ["RatioCount", "count_ratios"]

RATE = 0.02
"""Of the first step."""


@dataclass(frozen=True, slots=True, eq=False)
class RatioCount(Result):
    """How many ratios a cascade sets; `count_ratios` makes it.

    Attributes
    ----------
    name : str
        Of the cascade.
    satisfied : int array, shape (targets, seeds)
        Entries of each target that are met.
    mean : float
        Ratios: the most entries of a target that one of its seeds meets, less the outputs, on
        average over targets.
    most : int
        The most ratios of all.
    outputs, trainable : int
        Of the cascade, without the diagonal layer.
    steps : int
        Steps taken; fewer than asked where training was interrupted.
    """

    name: str
    satisfied: NDArray[np.int64]
    mean: float = field(metadata={"unit": "ratios"})
    most: int = field(metadata={"unit": "ratios"})
    outputs: int = field(metadata={"unit": "neurons"})
    trainable: int = field(metadata={"unit": "weights"})
    steps: int = field(metadata={"unit": "steps"})


def count_ratios(
    cascade: Architecture,
    targets: ArrayLike,
    *,
    seeds: int = 4,
    steps: int = 4000,
    tolerance: float = 2e-3,
    device: str = "auto",
    progress: bool = True,
    rng: np.random.Generator | int | None = None,
) -> RatioCount:
    r"""Count the ratios that a cascade sets, by a diagonal layer behind it and training.

    .. math:: k - n, \qquad
              k = \#\{(o, i) : |W - D S_L \cdots S_1|_{oi} < \varepsilon \|W\|_F / \sqrt{n m}\} ,

    for :math:`n` outputs and :math:`m` inputs, behind the minimisation of
    :math:`\sum_{oi} |W - D S_L \cdots S_1|_{oi}` over the trained weights and the diagonal
    :math:`D`.

    An absolute error, unlike a squared one, is least where some entries are met and others are
    left. The diagonal sets the magnitude of each output, so :math:`n` of the entries that are met
    are magnitudes, and the others are ratios of inputs.

    Parameters
    ----------
    cascade : Architecture
        One input and a chain of linear layers. A diagonal layer is added unless it ends in one.
    targets : array_like, shape (targets, outputs, inputs) or (outputs, inputs)
        Matrices with entries in general position; see `random_targets`.
    seeds : int
        Initial weights that are tried for each target.
    steps : int
        Steps of Adam, at a rate that falls from 0.02 to 0 as a cosine.
    tolerance : float
        Error :math:`\varepsilon` of an entry that is met, over the root mean square of the target.
    device : str
        Where torch computes; "auto" is a GPU where there is one.
    progress : bool
        Whether to show a bar.
    rng : numpy.random.Generator, int or None
        For the initial weights.

    Returns
    -------
    RatioCount

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
    For almost all targets at most as many entries can be met as the cascade with its diagonal layer
    has :func:`~topograph.analyzers.degrees_of_freedom`, which is exact and needs no training. The
    count comes close from below: training gets stuck, and its best of four seeds meets some 80 to
    100 % of what can be met. An entry may also come within the tolerance by chance, more often the
    larger that is.

    The paper names neither the tolerance nor the optimiser.

    References
    ----------
    .. [1] M. Isakov and M. A. Kinsy, "NeuroFabric: Identifying ideal topologies for training a
           priori sparse networks", 2020, Section V.A and Appendix, Fig. 7.

    Examples
    --------
    Two inputs enter one neuron, along one trained and one constant link, and two outputs read it:

    >>> from topograph.generators.cascades import from_masks
    >>> one, both = np.array([[True, False]]), np.ones((2, 1), dtype=bool)
    >>> figure_7 = from_masks([np.ones((1, 2), dtype=bool), both], constant=[one, both])
    >>> found = count_ratios(figure_7, [[1, 2], [4, 3]], steps=1000, progress=False, rng=0)
    >>> found.most  # of four entries three are met, two of them by the diagonal
    1
    """
    given = cascade_wirings(cascade)
    wirings = given if is_diagonal(given[-1]) else (*given, _diagonal(given[-1].targets))
    goal = checked_targets(targets, (wirings[-1].targets, wirings[0].sources))
    if not 0 < tolerance < 1:
        raise BudgetError(
            "The tolerance is a share of the size of an entry, above 0 and below 1. "
            f"Received {tolerance!r}. The default is 0.002."
        )
    scaled = goal / np.sqrt((goal**2).mean(axis=(1, 2), keepdims=True))
    factors, weights, wanted = trials(wirings, scaled, seeds=seeds, device=device, rng=rng)
    taken = descend(factors, weights, wanted, _absolute, steps=steps, rate=RATE, progress=progress)
    with torch.no_grad():
        met = (factors.product(weights) - wanted).abs() < tolerance
    satisfied = met.sum(dim=(1, 2)).cpu().numpy().reshape(-1, seeds)
    return _result(cascade, given, satisfied, taken)


def _result(
    cascade: Architecture, wirings: tuple[Sparse, ...], satisfied: NDArray[np.int64], steps: int
) -> RatioCount:
    """Put the result together."""
    outputs = wirings[-1].targets
    best = satisfied.max(axis=1) - outputs
    return RatioCount(
        name=cascade.name,
        satisfied=satisfied,
        mean=float(best.mean()),
        most=int(best.max()),
        outputs=outputs,
        trainable=sum(wiring.trainable for wiring in wirings),
        steps=steps,
    )


def _absolute(gap: Tensor) -> Tensor:
    """Return the sum of absolute errors of each trial."""
    return gap.abs().sum(dim=(1, 2))


def _diagonal(width: int) -> Sparse:
    """Link neuron i with neuron i, to be trained."""
    return Sparse(np.arange(width + 1), np.arange(width), width)
