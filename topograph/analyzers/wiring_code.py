"""How many nats it takes to say which wiring of its family an architecture has."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lgamma, log
from typing import TYPE_CHECKING

import numpy as np

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.node import Node
from topograph.graph.places import layer_links
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WiringCode", "wiring_code", "wiring_code_length"]


@dataclass(frozen=True, slots=True, eq=False)
class WiringCode(Result):
    r"""Code lengths cell by cell; `wiring_code` makes it. Arrays have one entry per cell.

    Attributes
    ----------
    cell : tuple of str
    links : int array
        Long-range links that are there, :math:`\sum_i \ell_i`.
    possible : int array
        Channels that the layers could read, :math:`\sum_i n_i`.
    wiring : float array
        Which of them are read, given their number in each layer:
        :math:`\sum_i \ln \binom{n_i}{\ell_i}`.
    limit : float array
        Which number :math:`t` of candidates the cell has, :math:`\ln(1 + \max_i n_i)`; NaN where
        no one limit gives the cell's links, :math:`\ell_i \ne \min\{n_i, t\}`.
    """

    cell: tuple[str, ...]
    links: NDArray[np.int64] = field(metadata={"unit": "links of a channel to a layer"})
    possible: NDArray[np.int64] = field(metadata={"unit": "links of a channel to a layer"})
    wiring: NDArray[np.float64] = field(metadata={"unit": "nats"})
    limit: NDArray[np.float64] = field(metadata={"unit": "nats"})


def wiring_code_length(architecture: Architecture) -> float:
    r"""Logarithm of the number of wirings that have the same links per layer, in nats.

    .. math:: \ln W = \sum_{c} \sum_{i \ge 2} \ln \binom{n_{ci}}{\ell_{ci}}

    where layer :math:`i` of cell :math:`c` reads :math:`\ell_{ci}` of the :math:`n_{ci}` channels
    of the layers :math:`0, \dots, i - 2`; :math:`n_{ci} = w_c (i - 1)` in a cell of one width.

    Parameters
    ----------
    architecture : Architecture
        At least one cell; widths may differ.

    Returns
    -------
    float
        In nats; 0 without long-range links and where every layer reads all it can.

    Raises
    ------
    ArchitectureError
        If there is no cell.

    See Also
    --------
    wiring_code : the same cell by cell, and what the choice of the number of candidates adds.

    Notes
    -----
    It is the KL divergence of a wiring that the data chose from the uniform law over all wirings
    with its link counts, and so goes into `certified_error`. A wiring drawn before the data were
    seen costs nothing. The code says which channels a layer reads, as in the families whose layers
    read them with all their channels; which channel of the layer reads which is not coded.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=1, rng=0)
    >>> round(wiring_code_length(tower), 6)  # 1 of 2, then 1 of 4 channels: ln 2 + ln 4
    2.079442
    """
    return float(wiring_code(architecture).wiring.sum())


def wiring_code(architecture: Architecture) -> WiringCode:
    """Code lengths of the wiring of each cell; `wiring_code_length` gives the formula.

    Parameters and errors are those of `wiring_code_length`.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(2, 4, candidates=1, rng=0)
    >>> found = wiring_code(tower)
    >>> found.links.tolist(), found.possible.tolist(), found.limit.round(6).tolist()  # ln 5
    ([2], [6], [1.609438])
    """
    if not architecture.cells:
        raise ArchitectureError(
            "Wirings are counted cell by cell. Received an architecture without cells. "
            'Let `architecture.assign_cells(by="resolution")` name them, or give layers a cell and '
            "a place in it: Node(..., cell='cell', layer=0)."
        )
    taken = layer_links(architecture)
    counts = [_counts(layers, taken) for layers in architecture.cells.values()]
    return WiringCode(
        cell=tuple(architecture.cells),
        links=np.array([sum(links) for _, links in counts]),
        possible=np.array([sum(possible) for possible, _ in counts]),
        wiring=np.array([sum(map(_log_binomial, *cell)) for cell in counts], dtype=float),
        limit=np.array([_limit(*cell) for cell in counts]),
    )


def _counts(layers: tuple[Node, ...], taken: dict[str, int]) -> tuple[list[int], list[int]]:
    """Channels that each layer of a cell could read over a layer, and those that it reads."""
    possible = [
        sum(source.width for source in layers if _place(source) <= _place(layer) - 2)
        for layer in layers
    ]
    return possible, [taken[layer.name] for layer in layers]


def _place(node: Node) -> int:
    """Return the layer of a node that has one."""
    return -1 if node.layer is None else node.layer


def _log_binomial(total: int, chosen: int) -> float:
    """Logarithm of the number of ways to choose."""
    return lgamma(total + 1) - lgamma(chosen + 1) - lgamma(total - chosen + 1)


def _limit(possible: list[int], links: list[int]) -> float:
    """Code length of a cell's number of candidates; NaN where it has no one number."""
    candidates = max(links, default=0)
    if links != [min(most, candidates) for most in possible]:
        return float("nan")
    return log(1 + max(possible))
