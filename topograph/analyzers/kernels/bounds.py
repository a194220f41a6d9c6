"""Bounds of smallest eigenvalues of kernels from the correlation of two inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from topograph.analyzers.effective import Cells, effective
from topograph.analyzers.kernels.inputs import pairs
from topograph.analyzers.kernels.kernel import pair_eigenvalue
from topograph.analyzers.kernels.ledger import Ledger, paths_by_depth
from topograph.analyzers.kernels.moments import Evaluation, Moments
from topograph.analyzers.kernels.nonlinearity import Nonlinearity, nonlinearity
from topograph.analyzers.kernels.reading import Program, read
from topograph.analyzers.kernels.symbols import KINDS, symbols
from topograph.arrays import Array, array_namespace
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EigenBound", "eigen_bound"]


MODES = ("exact", "paper", "path_sum")


@dataclass(frozen=True, slots=True, eq=False)
class EigenBound(Result):
    r"""Smallest eigenvalue of the kernel of two inputs; `eigen_bound` makes it.

    Arrays have the shape of `correlation`, for a space with the cells as a further first axis.

    Attributes
    ----------
    mode : {"exact", "paper", "path_sum"}
    paths : int, or int array for a space
        Paths from the input to the output.
    correlation : array
        Of the two inputs, :math:`c`.
    diagonal : array
        Mean of the two diagonal entries of the kernel, :math:`a`.
    off_diagonal : array
        :math:`b`.
    bound : array
        Smallest eigenvalue, :math:`a - |b|` for inputs of one norm.
    signed : array
        :math:`a - b`, as it is printed; above the eigenvalue where :math:`b < 0`.
    true : array
        Smallest eigenvalue of the 2 x 2 kernel by recursion. That of the paper's recursion
        for ``"path_sum"``, and `bound` itself in the other modes.
    ratio : array
        `bound` over `true`; NaN where both are 0.
    normalised : array
        `bound` over `diagonal`, which is half the trace; NaN where that is 0.
    """

    mode: str
    paths: int | NDArray[np.int64]
    correlation: Array
    diagonal: Array
    off_diagonal: Array
    bound: Array = field(metadata={"unit": "squared norm of an input"})
    signed: Array = field(metadata={"unit": "squared norm of an input"})
    true: Array = field(metadata={"unit": "squared norm of an input"})
    ratio: Array
    normalised: Array


def eigen_bound(
    architecture: Architecture | Cells,
    correlation: Array | float,
    *,
    mode: str = "exact",
    activation: str | Nonlinearity | None = None,
    norms: tuple[float, float] = (1.0, 1.0),
    operations: str = "exact",
) -> EigenBound:
    r"""Smallest eigenvalue of the kernel of two inputs, by their correlation.

    The smallest eigenvalue of a kernel of any inputs is at most that of two of them,

    .. math:: \lambda_{min}(K) \le \min_{i \ne j} \left( \frac{K_{ii} + K_{jj}}{2}
              - \sqrt{\frac{(K_{ii} - K_{jj})^2}{4} + K_{ij}^2} \right) .

    Parameters
    ----------
    architecture : Architecture or CellSpace
        As in `nngp`; or a space of cells with one input and one output.
    correlation : array or float
        Cosines of the angle between two inputs, from -1 to 1; any shape.
    mode : {"exact", "paper", "path_sum"}
        ``"exact"`` and ``"paper"`` as in `nngp`. ``"path_sum"`` takes

        .. math:: K_{ij} = \sum_p f^{d_p}(c) , \qquad K_{ii} = P ,

        over the paths :math:`p` with :math:`d_p` activations: an estimate, see Notes.
    activation : str or Nonlinearity, optional
        Put in the place of every activation of the architecture; that of all cells of a space, by
        default the ReLU.
    norms : tuple of two float
        Squared norms of the two inputs.
    operations : {"exact", "connectivity"}
        As in `nngp`.

    Returns
    -------
    EigenBound

    Raises
    ------
    BudgetError
        If a correlation lies outside [-1, 1], or a norm is not above 0.
    ArchitectureError
        As `nngp`, or if the mode is unknown.

    Notes
    -----
    The eigenvalue is :math:`a - |b|`; [1]_ prints :math:`a - b` (`signed`), which is too large
    where the kernel is negative. A path sum is exact where all that merges in front of a linear
    map has equal normalised kernels. Elsewhere it over-estimates :math:`K_{ij}`, since the dual
    activation is convex, and the sum can lie below the eigenvalue: it bounds nothing.

    Inputs have mean 0 over their neurons, as if turned at random.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Lemma 3.3, Eqs. (7), (9), (11), (12).

    Examples
    --------
    >>> import topograph as tg
    >>> layer = tg.generators.dag([(0, 1, "linear"), (0, 1, "skip")])
    >>> round(float(eigen_bound(layer, 0.0).bound), 6)  # 2 - 1 / pi
    1.68169
    >>> space = tg.search.CellSpace.typed(nodes=2)  # no edge, a skip connection, a layer
    >>> eigen_bound(space, 0.0).bound.round(6).tolist()
    [0.0, 1.0, 0.68169]
    """
    if mode not in MODES:
        raise ArchitectureError(
            f"A bound comes from the modes {', '.join(MODES)}. "
            f"Received {mode!r:.80}. Choose one of these."
        )
    xp = array_namespace(correlation)
    source = pairs(xp.asarray(correlation, dtype=xp.float64), norms)
    if isinstance(architecture, Architecture):
        program = read(architecture, operations=operations, activation=activation)
        return _of_program(program, source, mode)
    sigma = nonlinearity("relu" if activation is None else activation)
    return _of_space(architecture, source, mode, sigma)


def _of_program(program: Program, source: Moments, mode: str) -> EigenBound:
    """Bound the kernel of one architecture."""
    paths = paths_by_depth(program)
    found = reference = recursion(program, source, "paper" if mode == "path_sum" else mode)
    if mode == "path_sum":
        if any(step.merge != "sum" for step in program):
            raise ArchitectureError(
                "A path sum adds kernels, so that nodes merge by sums. Received a network with a "
                "product or a concatenation. Choose another mode."
            )
        activations = {step.activation for step in program if step.activation is not None}
        found = _path_sum(activations, paths, source)
    return _described(mode, sum(paths.values()), source, (found, reference))


def _of_space(space: Cells, source: Moments, mode: str, sigma: Nonlinearity) -> EigenBound:
    """Bound the kernels of all cells of a space, the same ones once."""
    shape = effective(space)
    members = symbols(space, None, KINDS, "paper" if mode == "path_sum" else mode, sigma, "exact")
    stacked = Evaluation(members.ledger, source).stacked(members.outputs)
    found = reference = _taken(stacked, members.place)
    if mode == "path_sum":
        counts = shape.counts.reshape(*shape.counts.shape, *(1,) * source.cross.ndim)
        by_depth = dict(enumerate(np.moveaxis(counts, 1, 0)))
        found = _path_sum({sigma}, by_depth, source)
    return _described(mode, shape.paths.astype(np.int64), source, (found, reference))


def _taken(moments: Moments, place: NDArray[np.intp]) -> Moments:
    """Repeat moments along their first axis."""
    names = ("left", "right", "cross", "mean_left", "mean_right")
    return replace(moments, **{name: getattr(moments, name)[place] for name in names})


def recursion(program: Program, source: Moments, mode: str) -> Moments:
    """Return the moments of the output."""
    ledger = Ledger(mode)
    return Evaluation(ledger, source).of(ledger.output(program))


def _described(
    mode: str,
    paths: int | NDArray[np.int64],
    source: Moments,
    results: tuple[Moments, Moments],
) -> EigenBound:
    """Put the numbers of a bound together; `results` are the moments chosen and the recursion's."""
    found, reference = results
    xp = array_namespace(source.cross)
    zero = 0 * source.cross
    bound = pair_eigenvalue(found.left, found.right, found.cross + zero)
    true = pair_eigenvalue(reference.left, reference.right, reference.cross + zero)
    half = (found.left + found.right) / 2 + zero
    norm = (source.left * source.right) ** 0.5
    return EigenBound(
        mode=mode,
        paths=paths,
        correlation=source.cross / norm,
        diagonal=half,
        off_diagonal=found.cross + zero,
        bound=bound,
        signed=xp.where(found.cross + zero < 0, 2 * half - bound, bound),
        true=true,
        ratio=_ratio(bound, true),
        normalised=_ratio(bound, half),
    )


def _path_sum(activations: set[Nonlinearity], paths: Mapping[int, Any], source: Moments) -> Moments:
    """Add the kernels of the paths, each as if it stood alone; `paths` counts them by depth."""
    if len(activations) > 1:
        raise ArchitectureError(
            "A path sum composes one activation with itself. Received "
            f"{', '.join(sorted(sigma.name for sigma in activations))}. "
            "Choose another mode, or one activation for all."
        )
    total = replace(source, left=0 * source.left, right=0 * source.right, cross=0 * source.cross)
    power, depth = source, 0
    for wanted, count in paths.items():
        while depth < wanted:
            (sigma,) = activations
            power = replace(
                power,
                left=sigma.variance(power.left),
                right=sigma.variance(power.right),
                cross=sigma.dual(power.left, power.right, power.cross),
            )
            depth += 1
        total = replace(
            total,
            left=total.left + count * power.left,
            right=total.right + count * power.right,
            cross=total.cross + count * power.cross,
        )
    return total


def _ratio(one: Array, other: Array) -> Array:
    """Divide where that is defined; NaN elsewhere."""
    xp = array_namespace(one)
    known = other != 0
    quotient = one / xp.where(known, other, xp.ones_like(other))
    return xp.where(known, quotient, xp.full_like(quotient, float("nan")))
