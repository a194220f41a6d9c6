"""How much the long-range links of an architecture weigh: densities and NN-Mass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.node import Node
from topograph.graph.places import layer_links
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
    depth : int array
        Layers of the cell, :math:`d`.
    width : int array
        Channels of each layer, :math:`w`.
    links : int array
        Long-range links that are there, :math:`\sum_i \ell_i`: a link joins one channel to one
        layer.
    possible : int array
        Long-range links that could be there, :math:`w (d - 1)(d - 2) / 2`.
    density : float array
        Their ratio, :math:`\rho`.
    mass : float array
        :math:`w \, d \, \rho`.
    """

    cell: tuple[str, ...]
    depth: NDArray[np.int64] = field(metadata={"unit": "layers"})
    width: NDArray[np.int64] = field(metadata={"unit": "channels"})
    links: NDArray[np.int64] = field(metadata={"unit": "links of a channel to a layer"})
    possible: NDArray[np.int64] = field(metadata={"unit": "links of a channel to a layer"})
    density: NDArray[np.float64]
    mass: NDArray[np.float64] = field(metadata={"unit": "channels x layers"})


def nn_mass(architecture: Architecture, *, classifier: str = "layer") -> float:
    r"""Sum the NN-Mass of the cells of an architecture.

    NN-Mass weighs the density of long-range links by the size of the cell that holds them,

    .. math:: m = \sum_{c=1}^{C} w_c \, d_c \, \rho_c , \qquad
              \rho_c = \frac{2 \sum_{i=2}^{d_c-1} \ell_{ci}}{w_c (d_c-1)(d_c-2)} ,

    where cell :math:`c` has :math:`d_c` layers of :math:`w_c` channels and its layer :math:`i`
    reads :math:`\ell_{ci}` channels of the layers :math:`0, \dots, i-2`.

    Parameters
    ----------
    architecture : Architecture
        At least one cell, each of one width and at least three layers; with fewer, no link can
        pass over a layer.
    classifier : {"layer", "weighted", "excluded"}
        How a cell counts its last layer where that is an output of the network; see
        `mass_profile`.

    Returns
    -------
    float
        NN-Mass :math:`m \ge 0` in channels x layers. It is 0 exactly when no cell has a
        long-range link.

    Raises
    ------
    ArchitectureError
        If there is no cell, or a cell has fewer than three layers or more than one width.

    See Also
    --------
    mass_profile : the same quantity cell by cell.

    Notes
    -----
    Only the graph is read: no weight is drawn, nothing is trained. Where the paper bounds the links
    of a layer by :math:`t_c` candidates, we count the links that are there; for
    :func:`~topograph.generators.dense_mlp` and :func:`~topograph.generators.dense_cnn` both agree,
    :math:`\ell_{ci} = \min\{w_c (i-1), t_c\}`.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Eqs. (1)-(2).

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(8, 8, candidates=10, rng=0)
    >>> round(nn_mass(tower), 3)  # 8 * 8 * 58 / 168
    22.095
    """
    return float(mass_profile(architecture, classifier=classifier).mass.sum())


def nn_density(architecture: Architecture, *, classifier: str = "layer") -> float:
    r"""Mean of the densities of the cells, :math:`\rho_{avg} = \frac{1}{C} \sum_c \rho_c`.

    Parameters, errors and references are those of `nn_mass`; see Appendix F there.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dense_cnn((2, 3, 4), 4, candidates=(3, 4, 5), rng=0)
    >>> round(nn_density(network), 6)  # (5/6 + 7/9 + 3/4) / 3 = 85/108
    0.787037
    """
    return float(cell_density(architecture, classifier=classifier).mean())


def cell_density(architecture: Architecture, *, classifier: str = "layer") -> NDArray[np.float64]:
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
    return mass_profile(architecture, classifier=classifier).density


def mass_profile(architecture: Architecture, *, classifier: str = "layer") -> MassProfile:
    r"""Depth, width, links, density and NN-Mass of each cell; `nn_mass` gives the formulas.

    Parameters
    ----------
    architecture : Architecture
    classifier : {"layer", "weighted", "excluded"}
        How a cell counts its last layer where that is an output of the network, as in
        :func:`~topograph.generators.dense_mlp`:

        - ``"layer"``: as a layer like the others, of the width of the cell (what the paper's
          released program computes);
        - ``"weighted"``: as a layer with the neurons that it really has. The density is then that
          of links between channels, :math:`\rho = \sum_i w_i \ell_i / \sum_i w_i w (i - 1)`,
          and `links` and `possible` count channel to channel;
        - ``"excluded"``: not at all, so that the cell is one layer less deep.

    Returns
    -------
    MassProfile

    Raises
    ------
    ArchitectureError
        If there is no cell, or a cell has fewer than three layers or more than one width.
    """
    if classifier not in CLASSIFIERS:
        raise ArchitectureError(
            f"The classifier of a cell counts in one of the ways {', '.join(CLASSIFIERS)}. "
            f"Received {classifier!r}. Choose one of these."
        )
    if not architecture.cells:
        raise ArchitectureError(
            "NN-Mass is defined cell by cell. Received an architecture without cells. "
            "Give its layers a cell and a place in it: Node(..., cell='cell', layer=0)."
        )
    taken = layer_links(architecture)
    rows = [
        _cell(architecture, cell, layers, taken, classifier)
        for cell, layers in architecture.cells.items()
    ]
    depth, width, links, possible = np.array(rows, dtype=np.int64).T
    density = links / possible
    return MassProfile(
        tuple(architecture.cells), depth, width, links, possible, density, width * depth * density
    )


def _cell(
    architecture: Architecture,
    cell: str,
    layers: tuple[Node, ...],
    taken: dict[str, int],
    classifier: str,
) -> tuple[int, int, int, int]:
    """Depth, width, long-range links and possible long-range links of a cell."""
    ends = layers[-1].name in architecture.outputs
    if ends and classifier == "excluded":
        layers = layers[:-1]
    depth, width = len(layers), layers[0].width if layers else 0
    _check_cell(cell, layers, ends and classifier != "excluded")
    weight = [1] * depth
    if classifier == "weighted":
        weight = [layer.width for layer in layers]
    links = sum(taken[layer.name] * copies for layer, copies in zip(layers, weight, strict=True))
    # The denominator of Eq. (1): layer i could read w (i - 1) channels.
    possible = sum(width * (i - 1) * weight[i] for i in range(2, depth))
    return depth, width, links, possible


def _check_cell(cell: str, layers: tuple[Node, ...], ends: bool) -> None:
    """Raise unless the layers of a cell can hold long-range links of one kind."""
    if len(layers) < 3:
        raise ArchitectureError(
            "NN-Mass needs cells of at least 3 layers, since a link must pass over one. "
            f"Received {len(layers)} layers in cell {cell!r}. Merge it with its neighbour."
        )
    places = [layer.layer for layer in layers]
    if places != list(range(len(layers))):
        raise ArchitectureError(
            "The layers of a cell are numbered 0, 1, 2, ..., since links are long or short by "
            f"these numbers. Received {places} in cell {cell!r}. Number them without gaps."
        )
    widths = sorted({layer.width for layer in (layers[:-1] if ends else layers)})
    if len(widths) > 1:
        raise ArchitectureError(
            "NN-Mass of concatenated skip connections needs cells of one width, as its formula has "
            f"one. Received widths {widths} in cell {cell!r}. Divide it into cells of one width."
        )
