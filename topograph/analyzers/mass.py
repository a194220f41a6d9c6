"""How much the long-range links of an architecture weigh: densities and NN-Mass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.analyzers._addition_mass import AdditionMass, addition_mass, check_rules
from topograph.analyzers._cell_mass import added, concatenated
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.blocks import blocks
from topograph.graph.places import layer_links
from topograph.graph.required import require_architecture
from topograph.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MassProfile", "cell_density", "mass_profile", "nn_density", "nn_mass"]

CLASSIFIERS = ("layer", "weighted", "excluded")


@dataclass(frozen=True, slots=True, eq=False)
class MassProfile(Result):
    r"""NN-Mass cell by cell; `mass_profile` makes it. Arrays have one entry per cell.

    Attributes
    ----------
    cell : tuple of str
    skips : tuple of str
        ``"concatenated"`` or ``"added"``: how long-range links end in the cell; ``"none"`` if there
        are none.
    depth : int array
        Layers of the cell, :math:`d`; where skips are added, the layers that they pass over.
    width : int array
        Channels of each layer, :math:`w`; 0 if they differ.
    channels : int array
        Channels of all its layers, :math:`w d`; where skips are added, the channels that enter the
        layers, :math:`i_c`.
    links : int array
        Long-range links that are there, :math:`\sum_i \ell_i`: a link joins one channel to one
        layer, or to one sum.
    possible : int array
        Long-range links that could be there, :math:`w (d - 1)(d - 2) / 2` in a cell of one width.
    density : float array
        Their ratio, :math:`\rho`; 0 where no link could be there.
    mass : float array
        :math:`w \, d \, \rho`, or :math:`i_c \, \rho` added up over the blocks of the cell.
    """

    cell: tuple[str, ...]
    skips: tuple[str, ...]
    depth: NDArray[np.int64] = field(metadata={"unit": "layers"})
    width: NDArray[np.int64] = field(metadata={"unit": "channels"})
    channels: NDArray[np.int64] = field(metadata={"unit": "channels"})
    links: NDArray[np.int64] = field(metadata={"unit": "links of a channel to a layer"})
    possible: NDArray[np.int64] = field(metadata={"unit": "links of a channel to a layer"})
    density: NDArray[np.float64]
    mass: NDArray[np.float64] = field(metadata={"unit": "channels x layers"})


def nn_mass(
    architecture: Architecture,
    *,
    classifier: str = "layer",
    additions: str = "text",
    projections: str = "counted",
) -> float:
    r"""Sum the NN-Mass of the cells of an architecture.

    NN-Mass weighs the density of long-range links by the size of the cell that holds them,

    .. math:: m = \sum_{c=1}^{C} w_c \, d_c \, \rho_c , \qquad
              \rho_c = \frac{2 \sum_{i=2}^{d_c-1} \ell_{ci}}{w_c (d_c-1)(d_c-2)} ,

    where cell :math:`c` has :math:`d_c` layers of :math:`w_c` channels and its layer :math:`i`
    reads :math:`\ell_{ci}` channels of the layers :math:`0, \dots, i-2`. Where skip connections are
    added instead of concatenated,

    .. math:: m = \sum_c i_c \, \rho_c , \qquad
              \rho_c = \frac{\text{additions that are}}{\text{additions that could be}} ,

    with :math:`i_c` the channels that enter the layers of a block.

    Parameters
    ----------
    architecture : Architecture
        At least one cell. A cell of concatenated skip connections has one width.
    classifier : {"layer", "weighted", "excluded"}
        How a cell of concatenated skip connections counts its last layer where that is an output
        of the network.
    additions : {"text", "counted", "strict"}
        How many channels could be added.
    projections : {"counted", "ignored"}
        Whether additions over a projection are there; `mass_profile` explains all three.

    Returns
    -------
    float
        NN-Mass :math:`m \ge 0` in channels x layers. It is 0 exactly when no cell has a
        long-range link.

    Raises
    ------
    ArchitectureError
        If there is no cell, no cell has room for a long-range link, the layers of a cell are not
        numbered 0, 1, 2, ..., or a cell has concatenated skip connections and several widths, or
        both kinds of skip connections.

    See Also
    --------
    mass_profile : the same quantity cell by cell.

    Notes
    -----
    Only the graph is read: no weight is drawn, nothing is trained. Where the paper bounds the links
    of a layer by :math:`t_c` candidates, we count the links that are there; for
    :func:`~topograph.generators.dense_mlp` and :func:`~topograph.generators.dense_cnn` both agree,
    :math:`\ell_{ci} = \min\{w_c (i-1), t_c\}`. A cell without long-range links has mass 0, also
    one where none could be there, beside others where they could.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Eqs. (1)-(3), Remark 2.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(8, 8, candidates=10, rng=0)
    >>> round(nn_mass(tower), 3)  # 8 * 8 * 58 / 168
    22.095
    >>> nn_mass(tg.generators.resnet(18))  # blocks of W1 and W2 channels weigh W1 + W2
    3392.0
    """
    profile = mass_profile(
        architecture, classifier=classifier, additions=additions, projections=projections
    )
    return float(profile.mass.sum())


def nn_density(
    architecture: Architecture,
    *,
    classifier: str = "layer",
    additions: str = "text",
    projections: str = "counted",
) -> float:
    r"""Mean of the densities of the cells, :math:`\rho_{avg} = \frac{1}{C} \sum_c \rho_c`.

    Parameters, errors and references are those of `nn_mass`; see Appendix F there.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dense_cnn((2, 3, 4), 4, candidates=(3, 4, 5), rng=0)
    >>> round(nn_density(network), 6)  # (5/6 + 7/9 + 3/4) / 3 = 85/108
    0.787037
    """
    densities = cell_density(
        architecture, classifier=classifier, additions=additions, projections=projections
    )
    return float(densities.mean())


def cell_density(
    architecture: Architecture,
    *,
    classifier: str = "layer",
    additions: str = "text",
    projections: str = "counted",
) -> NDArray[np.float64]:
    r"""Density :math:`\rho_c` of long-range links in each cell, from 0 to 1.

    Parameters, errors and references are those of `nn_mass`.

    Returns
    -------
    float array, shape (cells,)

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dense_cnn((2, 3, 4), 4, candidates=(3, 4, 5), rng=0)
    >>> cell_density(network).round(4).tolist()
    [0.8333, 0.7778, 0.75]
    """
    return mass_profile(
        architecture, classifier=classifier, additions=additions, projections=projections
    ).density


def mass_profile(
    architecture: Architecture,
    *,
    classifier: str = "layer",
    additions: str = "text",
    projections: str = "counted",
) -> MassProfile:
    r"""Depth, width, links, density and NN-Mass of each cell; `nn_mass` gives the formulas.

    Parameters
    ----------
    architecture : Architecture
    classifier : {"layer", "weighted", "excluded"}
        How a cell of concatenated skip connections counts its last layer where that is an output
        of the network, as in :func:`~topograph.generators.dense_mlp`:

        - ``"layer"``: as a layer like the others, of the width of the cell (what the paper's
          released program computes);
        - ``"weighted"``: as a layer with the neurons that it really has. The density is then that
          of links between channels, :math:`\rho = \sum_i w_i \ell_i / \sum_i w_i w (i - 1)`,
          and `links` and `possible` count channel to channel;
        - ``"excluded"``: not at all, so that the cell is one layer less deep.
    additions : {"text", "counted", "strict"}
        How many channels could be added from a place :math:`j` of a block, where its layers read
        :math:`W_j` channels, to a place :math:`i \ge j + 2`:

        - ``"text"``: :math:`W_j`, as the paper says. A block of a depthwise and a further
          convolution counts as an inverted residual that expands by 1, with three layers, as in
          the paper's released program;
        - ``"counted"``: :math:`W_j`, with the layers that are there and no others;
        - ``"strict"``: :math:`\min\{W_j, W_i\}`, since additions are one to one.
    projections : {"counted", "ignored"}
        Whether a skip connection over a projection (a 1 x 1 convolution or a linear map) counts in
        full, as in the paper, or is left out.

    Returns
    -------
    MassProfile

    Raises
    ------
    ArchitectureError
        As `nn_mass`, or if one of the three words is unknown.

    Notes
    -----
    Blocks of additions are found in the graph: a sum, the feature map that reaches it over an
    identity or one projection, and the layers on the other ways between them. Additions that pass
    over a common layer are in one block. A block belongs to the cell of its last sum; whether a
    cell holds one block or several does not change the mass.
    """
    _check_readings(architecture, classifier)
    check_rules(additions, projections)
    found: dict[str, list[AdditionMass]] = {cell: [] for cell in architecture.cells}
    entered: set[str] = set()
    for block in blocks(architecture):
        if block.cell is not None:
            entered.update(block.route)
            weight = addition_mass(block, additions=additions, projections=projections)
            found[block.cell].append(weight)
    taken = layer_links(architecture, ignoring=entered)
    rows = [
        added(cell, layers, taken, found[cell])
        if found[cell]
        else concatenated(cell, layers, taken, classifier, ends=architecture.outputs)
        for cell, layers in architecture.cells.items()
    ]
    skips, *numbers, mass = zip(*rows, strict=True)
    depth, width, channels, links, possible = np.array(numbers, dtype=np.int64)
    _check_room(depth, possible)
    density = links / np.maximum(possible, 1)
    return MassProfile(
        tuple(architecture.cells),
        skips,
        depth,
        width,
        channels,
        links,
        possible,
        density,
        np.array(mass),
    )


def _check_room(depth: NDArray[np.int64], possible: NDArray[np.int64]) -> None:
    """Raise if no cell has room for a long-range link."""
    if not possible.any():
        raise ArchitectureError(
            "NN-Mass needs a cell of at least 3 layers, since a link must pass over one. Received "
            f"cells of at most {depth.max()} layers. Merge them with their neighbours."
        )


def _check_readings(architecture: Architecture, classifier: str) -> None:
    """Raise if there are no cells, or the reading of classifiers is unknown."""
    require_architecture(architecture)
    if classifier not in CLASSIFIERS:
        raise ArchitectureError(
            f"The classifier of a cell counts in one of the ways {', '.join(CLASSIFIERS)}. "
            f"Received {classifier!r:.80}. Choose one of these."
        )
    if not architecture.cells:
        raise ArchitectureError(
            "NN-Mass is defined cell by cell. Received an architecture without cells. "
            'Let `architecture.assign_cells(by="resolution")` name them, or give layers a cell and '
            "a place in it: Node(..., cell='cell', layer=0)."
        )
