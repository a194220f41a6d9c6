"""Ways through an architecture: how many, how deep, and its effective depth and width."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, overload

from topograph.analyzers._steps import StepGraph, step_graph
from topograph.analyzers.effective import Cells, EffectiveShape, effective
from topograph.graph.architecture import Architecture
from topograph.result import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PathProfile", "effective_depth", "effective_width", "path_profile"]


@dataclass(frozen=True, slots=True)
class PathProfile(Result):
    r"""Paths from inputs to outputs by their depth; `path_profile` makes it.

    Attributes
    ----------
    counts : tuple of int
        At place :math:`k` the paths with :math:`k` parameterised operations, exact however many
        they are. Empty if there is no path.
    paths : int
        All paths, :math:`P`.
    deep : int
        Those with at least one parameterised operation.
    effective_depth : float
        Mean number of parameterised operations on a path, :math:`\bar d`; 0 without any path.
    effective_width : float
        :math:`\bar m`, `deep` by `effective_depth`; 0 where the depth is 0.
    is_connected : bool
        Whether there is a path at all.
    """

    counts: tuple[int, ...] = field(metadata={"unit": "paths"})
    paths: int = field(metadata={"unit": "paths"})
    deep: int = field(metadata={"unit": "paths"})
    effective_depth: float = field(metadata={"unit": "parameterised operations per path"})
    effective_width: float = field(metadata={"unit": "paths per effective depth"})
    is_connected: bool


class _Ways(NamedTuple):
    """What one pass over a graph counts: paths, operations on all of them, and shallow paths."""

    paths: int
    operations: int
    shallow: int

    @property
    def deep(self) -> int:
        """Paths with at least one parameterised operation."""
        return self.paths - self.shallow


@overload
def effective_depth(architecture: Architecture, *, cell: str | None = None) -> float: ...
@overload
def effective_depth(architecture: Cells) -> NDArray[np.float64]: ...
def effective_depth(
    architecture: Architecture | Cells, *, cell: str | None = None
) -> float | NDArray[np.float64]:
    r"""Mean number of parameterised operations on a path from an input to an output.

    .. math:: \bar d = \frac{1}{P} \sum_{p=1}^{P} d_p ,

    where path :math:`p` of :math:`P` has :math:`d_p` linear maps and convolutions.

    Parameters
    ----------
    architecture : Architecture or CellSpace
        Parallel edges are different paths; a `Zero` edge is none.
    cell : str, optional
        Count the paths of one cell only, as `path_profile` explains.

    Returns
    -------
    float, or float array with one entry per cell of a space
        :math:`\bar d \ge 0` in operations per path; 0 if no path leads to an output.

    Raises
    ------
    ArchitectureError
        If there is no cell of that name.

    See Also
    --------
    path_profile : paths by their depth, and whether there is any.
    dag_paths : the same for arrays of graphs.

    Notes
    -----
    Skip connections, pooling, normalisation, activation and flattening have depth 0, as in
    Remark 4.2. A separable convolution is two convolutions here, as in the graph. Numbers of paths
    are exact integers; only their quotient is rounded.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Definition 4.1, Eq. (13).

    Examples
    --------
    >>> import topograph as tg
    >>> cell = tg.generators.nasbench201(9)  # average pooling to node 1, a skip to node 3
    >>> effective_depth(cell)
    0.0
    >>> effective_depth(tg.generators.resnet(18))  # 2 + 8 blocks of mean 1 + 3 projections / 2
    11.5
    >>> effective_depth(tg.search.CellSpace.nasbench201()[[9, 11]]).round(3).tolist()
    [0.0, 1.333]
    """
    if not isinstance(architecture, Architecture):
        return effective(architecture).depth
    ways = _ways(step_graph(architecture, cell))
    return _ratio(ways.operations, ways.paths)


@overload
def effective_width(architecture: Architecture, *, cell: str | None = None) -> float: ...
@overload
def effective_width(architecture: Cells) -> NDArray[np.float64]: ...
def effective_width(
    architecture: Architecture | Cells, *, cell: str | None = None
) -> float | NDArray[np.float64]:
    r"""Paths with parameters, by the effective depth.

    .. math:: \bar m = \frac{1}{\bar d} \sum_{p=1}^{P} \mathbf 1 (d_p > 0) .

    Parameters, errors, notes and references are those of `effective_depth`. Where the depth is 0
    or there is no path, the width is 0, as in the paper's released program; where it is larger than
    every float, it is infinite, and `path_profile` has the integers.

    Examples
    --------
    >>> import topograph as tg
    >>> skip, conv = "skip_connect", "nor_conv_3x3"
    >>> cell = tg.generators.nasbench201([conv, "none", conv, skip, "none", conv])
    >>> effective_depth(cell), effective_width(cell)  # one path of depth 3, one of depth 0
    (1.5, 0.6666666666666666)
    """
    if not isinstance(architecture, Architecture):
        return effective(architecture).width
    ways = _ways(step_graph(architecture, cell))
    return _ratio(ways.deep * ways.paths, ways.operations)


@overload
def path_profile(architecture: Architecture, *, cell: str | None = None) -> PathProfile: ...
@overload
def path_profile(architecture: Cells) -> EffectiveShape: ...
def path_profile(
    architecture: Architecture | Cells, *, cell: str | None = None
) -> PathProfile | EffectiveShape:
    """Count the paths from inputs to outputs by their number of parameterised operations.

    Parameters
    ----------
    architecture : Architecture or CellSpace
    cell : str, optional
        Count the paths of this cell only: from feature maps outside that it reads, and from inputs
        of the network inside, to its feature maps that are read outside or leave the network.

    Returns
    -------
    PathProfile, or `EffectiveShape` of a space, whose arrays have one entry per cell

    Raises
    ------
    ArchitectureError
        If there is no cell of that name.

    Notes
    -----
    The counts of a node are the digits of one integer, in a base larger than the number of all
    paths, so that one shift and one sum of integers follow each edge, whatever the depths.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Definition 4.1.

    Examples
    --------
    >>> import topograph as tg
    >>> path_profile(tg.generators.resnet(18)).counts[5:8]  # x^5 (1 + x)^3 (1 + x^2)^5
    (1, 3, 8)
    """
    if not isinstance(architecture, Architecture):
        return effective(architecture)
    graph = step_graph(architecture, cell)
    ways = _ways(graph)
    return PathProfile(
        counts=_counts(graph, ways.paths),
        paths=ways.paths,
        deep=ways.deep,
        effective_depth=_ratio(ways.operations, ways.paths),
        effective_width=_ratio(ways.deep * ways.paths, ways.operations),
        is_connected=ways.paths > 0,
    )


def _ways(graph: StepGraph) -> _Ways:
    """Count paths, the operations on all of them, and the paths without any, in one pass."""
    paths, operations, shallow = ([0] * graph.nodes for _ in range(3))
    for start in graph.starts:
        paths[start] = shallow[start] = 1
    for source, target, depth in graph.steps:
        paths[target] += paths[source]
        operations[target] += operations[source]
        if depth:
            operations[target] += paths[source]
        else:
            shallow[target] += shallow[source]
    return _Ways(*(sum(found[end] for end in graph.ends) for found in (paths, operations, shallow)))


def _counts(graph: StepGraph, paths: int) -> tuple[int, ...]:
    """Count paths by depth: digits of an integer in base 2^b, where a deeper step shifts by b."""
    if not paths:
        return ()
    bits = 8 * (paths.bit_length() // 8 + 1)
    found = [0] * graph.nodes
    live = _live(graph)
    for start in graph.starts:
        found[start] = 1
    for target, steps in groupby(graph.steps, key=attrgetter("target")):
        sources: tuple[list[int], list[int]] = ([], [])
        for step in steps:
            sources[step.depth].append(found[step.source])
        if live[target]:
            found[target] += sum(sources[0]) + (sum(sources[1]) << bits)
    digits = sum(found[end] for end in graph.ends)
    size = bits // 8
    whole = digits.to_bytes(-(-digits.bit_length() // bits) * size, "little")
    parts = range(0, len(whole), size)
    return tuple(int.from_bytes(whole[part : part + size], "little") for part in parts)


def _live(graph: StepGraph) -> list[bool]:
    """Tell which nodes lead to an end: the others may have more paths than there are in all."""
    live = [False] * graph.nodes
    for end in graph.ends:
        live[end] = True
    for source, target, _ in reversed(graph.steps):
        live[source] = live[source] or live[target]
    return live


def _ratio(above: int, below: int) -> float:
    """Divide integers of any size, correctly rounded; 0 where nothing is counted."""
    try:
        return above / below if below else 0.0
    except OverflowError:
        return inf
