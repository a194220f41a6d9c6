"""Kernels of many networks at once: what they share is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.analyzers.effective import Cells
from topograph.analyzers.kernels.inputs import gram, pairs
from topograph.analyzers.kernels.kernel import pair_eigenvalue, smallest_pair_eigenvalue
from topograph.analyzers.kernels.ledger import Mixture, common_factor, divided
from topograph.analyzers.kernels.moments import Evaluation
from topograph.analyzers.kernels.nonlinearity import Nonlinearity
from topograph.analyzers.kernels.symbols import KINDS, Edges, symbols
from topograph.arrays import Array, array_namespace, smallest_eigenvalue
from topograph.graph.architecture import Architecture
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["KernelPopulation", "nngp_population", "population_bounds"]


@dataclass(frozen=True, slots=True, eq=False)
class KernelPopulation(Result):
    r"""Kernels of a population of networks; `nngp_population` makes it.

    Arrays have one entry per member.

    Attributes
    ----------
    mode : {"exact", "paper"}
    steps : int
        Evaluations of an activation for the whole population.
    kernels : int
        Distinct kernels up to a factor, without those that are 0.
    paths : tuple of int
        Paths from input to output; 0 for disconnected members, whose kernel is 0.
    diagonal : float array
        Mean of the diagonal, :math:`\mathrm{tr} K / N`.
    lambda_min : float array
        Smallest eigenvalue.
    pair_bound : float array
        Smallest eigenvalue of a 2 x 2 principal submatrix.
    """

    mode: str = field(repr=False)
    steps: int
    kernels: int
    paths: tuple[int, ...] = field(repr=False)
    diagonal: NDArray[np.float64] = field(repr=False)
    lambda_min: NDArray[np.float64] = field(repr=False)
    pair_bound: NDArray[np.float64] = field(repr=False)
    _evaluation: Evaluation = field(repr=False)
    _outputs: tuple[Mixture, ...] = field(repr=False)
    _place: NDArray[np.intp] = field(repr=False)

    def values(self, member: int) -> Array:
        """Return the kernel of one member, of shape (N, N)."""
        return self._evaluation.of(self._outputs[int(self._place[member])]).cross

    @property
    def normalised(self) -> NDArray[np.float64]:
        """`lambda_min` over the mean of the diagonal; NaN where that is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.lambda_min / self.diagonal


def nngp_population(
    population: Cells | ArrayLike | Sequence[Architecture],
    inputs: Array,
    *,
    edges: Edges | None = None,
    kinds: Sequence[str] = KINDS,
    mode: str = "exact",
    activation: str | Nonlinearity | None = None,
    rows: str = "unit",
    operations: str = "exact",
) -> KernelPopulation:
    r"""Kernels of the features of many networks of infinite width at the same inputs.

    Members are read as symbols first. Sub-kernels that two members share are computed once, for
    activations with :math:`\sigma(a x) = a \sigma(x)` also those that differ by a
    factor, since :math:`f(a K) = a f(K)`; and output kernels that differ by a factor are
    diagonalised once.

    Parameters
    ----------
    population : CellSpace, int array of shape (members, edges), or sequence of Architecture
        A space of cells with one input and one output; cells as rows of op numbers, one per edge;
        or any architectures.
    inputs : array of shape (N, d)
        One example per row, as in `nngp`.
    edges : sequence of (int, int), optional
        Source and target of each column of an array; sources come before targets, the
        smallest node is the input, the largest the output.
    kinds : sequence of {"zero", "skip", "linear"}
        What the op numbers 0, 1, 2, ... of an array mean.
    mode : {"exact", "paper"}
        As in `nngp`.
    activation : str or Nonlinearity, optional
        That of all linear edges of cells, by default the ReLU; put in the place of every activation
        of architectures.
    rows, operations : str
        As in `nngp`.

    Returns
    -------
    KernelPopulation

    Raises
    ------
    ArchitectureError
        If op numbers, edges or kinds do not fit together, or as `nngp`.
    ShapeError, BudgetError
        As `nngp`.

    Examples
    --------
    >>> cells = [[2, 0, 2], [1, 2, 0], [2, 2, 0], [0, 0, 1]]
    >>> found = nngp_population(cells, np.eye(2), edges=[(0, 1), (0, 2), (1, 2)])
    >>> found.steps, found.kernels, found.paths
    (2, 2, (1, 1, 1, 0))
    >>> found.lambda_min.round(4).tolist()  # 1 - f(f(0)), 1 - f(0), 1 - f(0), disconnected
    [0.5063, 0.6817, 0.6817, 0.0]
    """
    members = symbols(population, edges, kinds, mode, activation, operations)
    evaluation = Evaluation(members.ledger, gram(inputs, rows=rows))
    factors = [common_factor(output) for output in members.outputs]
    reduced = [divided(*pair) for pair in zip(members.outputs, factors, strict=True)]
    known: dict[Mixture, tuple[float, float, float]] = {}
    for mixture in reduced:
        if mixture not in known:
            known[mixture] = _numbers(evaluation, mixture)
    table = np.array([known[mixture] for mixture in reduced]) * np.array(factors)[:, None]
    diagonal, smallest, bound = table[members.place].T
    return KernelPopulation(
        mode=mode,
        steps=members.ledger.steps,
        kernels=sum(mixture != () for mixture in known),
        paths=members.paths(),
        diagonal=diagonal,
        lambda_min=smallest,
        pair_bound=bound,
        _evaluation=evaluation,
        _outputs=tuple(members.outputs),
        _place=members.place,
    )


def population_bounds(
    population: Cells | ArrayLike | Sequence[Architecture],
    correlation: Array,
    *,
    edges: Edges | None = None,
    kinds: Sequence[str] = KINDS,
    mode: str = "exact",
    activation: str | Nonlinearity | None = None,
    operations: str = "exact",
) -> NDArray[np.float64]:
    r"""Smallest eigenvalue of the kernel of two inputs, for every member of a population.

    Parameters are those of `nngp_population` and `eigen_bound`.

    Parameters
    ----------
    correlation : array
        Correlations of two inputs of length 1, from -1 to 1; any shape.

    Returns
    -------
    float array of shape (members, \*correlation.shape)

    Examples
    --------
    >>> cells = [[0], [1], [2]]
    >>> population_bounds(cells, np.zeros(1), edges=[(0, 1)])[:, 0].round(4).tolist()
    [0.0, 1.0, 0.6817]
    """
    members = symbols(population, edges, kinds, mode, activation, operations)
    source = pairs(np.asarray(correlation, dtype=np.float64))
    found = Evaluation(members.ledger, source).stacked(members.outputs)
    return pair_eigenvalue(found.left, found.right, found.cross)[members.place]


def _numbers(evaluation: Evaluation, mixture: Mixture) -> tuple[float, float, float]:
    """Mean of the diagonal, smallest eigenvalue and smallest eigenvalue of two inputs."""
    if not mixture:
        return 0.0, 0.0, 0.0
    moments = evaluation.of(mixture)
    xp = array_namespace(moments.cross)
    size = moments.cross.shape[0]
    column = moments.left + xp.zeros((size, 1), dtype=moments.cross.dtype)
    mean = float(xp.mean(column))
    if moments.left.size == 1 and isinstance(moments.cross, np.ndarray):
        bound = _bound_of_equal_inputs(moments.cross, mean)
    else:
        bound = smallest_pair_eigenvalue(column, moments.cross)
    return mean, smallest_eigenvalue(moments.cross), bound


def _bound_of_equal_inputs(cross: NDArray[np.float64], diagonal: float) -> float:
    """Smallest a - |b| of a kernel with one diagonal entry, without copies of it."""
    inner = cross.ravel()[1:].reshape(-1, len(cross) + 1)[:, :-1] if len(cross) > 1 else cross[:0]
    return diagonal - float(max(np.max(inner, initial=0.0), -np.min(inner, initial=0.0)))
