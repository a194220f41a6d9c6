"""The cells of DARTS, NASNet, AmoebaNet, PNAS and ENAS: too many to list, drawn at random."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topograph._checks import whole
from topograph.errors import ArchitectureError, BudgetError
from topograph.generators._genotypes import Choice, Genotype
from topograph.rng import as_generator
from topograph.search.space import CellSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CELL_FORMS", "CellForm", "genotype", "number_of_cells", "random_cells"]

INPUTS, BRANCHES = 2, 2
NONE, CONCAT = "none", "concat"


class CellForm(NamedTuple):
    """A published form of cells with two inputs.

    Attributes
    ----------
    operations : tuple of str
        What a branch may be; `none` among them where a branch may be missing.
    sums : int
        Sums of two branches each; a branch is an operation on an input or an earlier sum.
    is_loose : bool
        Whether the output concatenates only the sums that no branch reads, or all of them.
    """

    operations: tuple[str, ...]
    sums: int
    is_loose: bool


POOLS = ("avg_pool_3x3", "max_pool_3x3")
SEPARABLE = ("sep_conv_3x3", "sep_conv_5x5")
DILATED = ("dil_conv_3x3", "dil_conv_5x5")
WIDE = (*SEPARABLE, "sep_conv_7x7", "conv_7x1_1x7", "dil_conv_3x3")
PLAIN = ("conv_1x1", "conv_3x3", "conv_3x1_1x3", "max_pool_5x5", "max_pool_7x7")

CELL_FORMS = {
    "darts": CellForm((NONE, "skip_connect", *POOLS, *SEPARABLE, *DILATED), 4, is_loose=False),
    "nasnet": CellForm(("skip_connect", *POOLS, *WIDE, *PLAIN), 5, is_loose=True),
    "amoebanet": CellForm(("skip_connect", *POOLS, *WIDE), 5, is_loose=True),
    "pnas": CellForm(("skip_connect", *POOLS, *WIDE), 5, is_loose=False),
    "enas": CellForm(("skip_connect", *POOLS, *SEPARABLE), 5, is_loose=True),
}
"""The forms by name; sums, operations and outputs as they are compared by Radosavovic et al."""


def number_of_cells(form: str) -> int:
    r"""Count the choices of operations and sources of one cell.

    .. math:: \prod_{t = 2}^{B + 1} (o \, t)^2

    for :math:`o` operations and :math:`B` sums; equal cells count as often as they are written.

    Raises
    ------
    BudgetError
        If the form is unknown.

    References
    ----------
    .. [1] I. Radosavovic, J. Johnson, S. Xie, W.-Y. Lo and P. Dollar, "On network design spaces
           for visual recognition", ICCV 2019, Table 1.

    Examples
    --------
    >>> number_of_cells("enas")  # (5 * 2 * 5 * 3 * 5 * 4 * 5 * 5 * 5 * 6) ^ 2
    5062500000000
    """
    found = _form(form)
    return prod((len(found.operations) * t) ** BRANCHES for t in _targets(found))


def random_cells(
    form: str, count: int, *, rng: np.random.Generator | int | None = None
) -> CellSpace:
    """Draw cells of a published form; operations and sources are independent and equally likely.

    Parameters
    ----------
    form : {"darts", "nasnet", "amoebanet", "pnas", "enas"}
    count : int
        Number of cells; equal ones may be among them.
    rng : Generator, int or None

    Returns
    -------
    CellSpace
        Inputs are 0 and 1, sums 2, 3, ..., and the last node is the output. Each edge into a sum is
        there twice, once for each of its branches, and is `none` where the branch reads another
        feature map; what is concatenated is led to the output by the operation ``concat``.

    Raises
    ------
    BudgetError
        If the form is unknown, or `count` is no number above 0.

    Examples
    --------
    >>> space = random_cells("enas", 1000, rng=0)
    >>> len(space), space.nodes
    (1000, 8)
    """
    found = _form(form)
    whole("count", count, minimum=1, error=BudgetError, because="a space has cells")
    generator = as_generator(rng)
    names = tuple(dict.fromkeys((NONE, *found.operations, CONCAT)))
    number = np.array([names.index(name) for name in found.operations], dtype=np.int8)
    output = INPUTS + found.sums
    read = np.zeros((count, output), dtype=bool)
    columns: list[NDArray[np.int8]] = []
    for target in _targets(found):
        for _ in range(BRANCHES):
            source = generator.integers(target, size=count)
            operation = number[generator.integers(len(number), size=count)]
            branch = np.where(source == np.arange(target)[:, None], operation, np.int8(0))
            columns.extend(branch)
            read[np.arange(count), source] |= operation != 0
    for target in _targets(found):
        joined = ~read[:, target] if found.is_loose else np.ones(count, dtype=bool)
        columns.append(joined * np.int8(names.index(CONCAT)))
    edges = [(s, t) for t in _targets(found) for _ in range(BRANCHES) for s in range(t)]
    edges += [(t, output) for t in _targets(found)]
    return CellSpace(np.stack(columns, axis=1), names, tuple(edges), (0, 1), (output,), name=form)


def genotype(space: CellSpace, normal: int, reduce: int) -> Genotype:
    """Write two cells of `random_cells` as the genotype of a network.

    Parameters
    ----------
    space : CellSpace
    normal, reduce : int
        Places of the two cells.

    Returns
    -------
    Genotype
        For :func:`topograph.generators.darts` and :func:`topograph.generators.darts_network`.

    Raises
    ------
    ArchitectureError
        If a sum does not have two branches, or the place is none.

    Examples
    --------
    >>> import topograph as tg
    >>> space = random_cells("pnas", 2, rng=0)
    >>> tg.generators.darts(genotype(space, 0, 1)).inputs
    ('cell_0', 'cell_1')
    """
    return Genotype(*_cell(space, normal), *_cell(space, reduce))


def _cell(space: CellSpace, index: int) -> tuple[list[Choice], tuple[int, ...]]:
    """Return the branches of a cell, sum by sum, and what it concatenates."""
    edges = zip(space.edges, space[index], strict=True)
    present = [(source, target, name) for (source, target), name in edges if name != NONE]
    concat = tuple(source for source, _, name in present if name == CONCAT)
    branches = [(name, source) for source, _, name in present if name != CONCAT]
    targets = [target for _, target, name in present if name != CONCAT]
    expected = [t for t in range(INPUTS, space.nodes - 1) for _ in range(BRANCHES)]
    if targets != expected or not concat:
        raise ArchitectureError(
            "A genotype has two branches for each sum, and an output of some sums. Received the "
            f"cell {index} of {space!r}, whose branches enter the nodes {targets}. "
            "Draw another cell, or take one of random_cells(...)."
        )
    return branches, concat


def _targets(form: CellForm) -> range:
    """Nodes that are sums."""
    return range(INPUTS, INPUTS + form.sums)


def _form(name: str) -> CellForm:
    """Return a form by its name."""
    if name not in CELL_FORMS:
        raise BudgetError(
            f"A published form of cells is one of {', '.join(CELL_FORMS)}. "
            f"Received {name!r:.80}. Choose one of these."
        )
    return CELL_FORMS[name]
