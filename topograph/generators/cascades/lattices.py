"""Neighbours on a lattice: hypercubes and tori."""

from __future__ import annotations

import numpy as np

from topograph.generators.cascades._patterns import count, own, power_of_two, reaching, regular
from topograph.graph.architecture import Architecture

__all__ = ["hypercube", "torus"]


def hypercube(n: int, layers: int, *, skip: bool = False, diagonal: bool = False) -> Architecture:
    r"""Hypercube: neuron :math:`x` reads :math:`x` and every :math:`x \oplus 2^b`.

    Parameters
    ----------
    n : int
        Neurons of each layer, a power of two, :math:`n = 2^d`.
    layers : int
        Number of layers, of :math:`n (d + 1)` links each; :math:`d` of them join all pairs.
    skip : bool
        If True, the link :math:`x \to x` of each neuron is constant with weight 1.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.

    Returns
    -------
    Architecture
        See `from_masks`.

    Raises
    ------
    ArchitectureError
        If n is no power of two, or `layers` no count.

    Warns
    -----
    UserWarning
        If there are fewer than :math:`d` layers; it names pairs that are not joined.

    References
    ----------
    .. [1] "NeuroFabric", Section VII and Fig. 5, whose 1152 links include :math:`x \to x`.

    Examples
    --------
    >>> import topograph as tg
    >>> network = hypercube(32, 6, skip=True)
    >>> network.channel_graph().adjacency.nnz, tg.analyzers.cost(network).parameters
    (1152, 960)
    """
    bits = power_of_two(n)
    depth = count("layers", layers)
    steps = np.array([0, *(1 << bit for bit in range(bits))])
    wiring = regular(np.arange(n)[:, None] ^ steps, n, fixed=own(n, skip=skip))
    name = f"hypercube({n}, {layers})"
    return reaching([wiring] * depth, name, diagonal=diagonal, enough=depth >= bits)


def torus(
    rows: int, columns: int, *, layers: int, skip: bool = False, diagonal: bool = False
) -> Architecture:
    r"""Torus: each neuron of a grid reads itself and its neighbours, around the edges too.

    Parameters
    ----------
    rows, columns : int
        Sides of the grid. Along a side of more than 2 neurons each has two neighbours, along a
        side of 2 one, along a side of 1 none.
    layers : int
        Number of layers; as many as the diameter,
        :math:`\lfloor r / 2 \rfloor + \lfloor c / 2 \rfloor`, join all pairs.
    skip : bool
        If True, the link of each neuron with itself is constant with weight 1.
    diagonal : bool
        If True, a last layer multiplies each output by a trainable factor.

    Returns
    -------
    Architecture
        See `from_masks`. Neuron :math:`i c + j` lies in row :math:`i` and column :math:`j`.

    Raises
    ------
    ArchitectureError
        If a number is no count.

    Warns
    -----
    UserWarning
        If there are fewer layers than the diameter; it names pairs that are not joined.

    References
    ----------
    .. [1] "NeuroFabric", Section VII and Fig. 5; 7 layers of the 8 x 4 torus have its 1120 links.

    Examples
    --------
    >>> torus(8, 4, layers=7).channel_graph().adjacency.nnz
    1120
    """
    sides = count("rows", rows), count("columns", columns)
    depth = count("layers", layers)
    n = sides[0] * sides[1]
    grid = np.arange(n).reshape(sides)
    moves = [
        (shift, axis) for axis in (0, 1) for shift in {2: (1,), 1: ()}.get(sides[axis], (1, -1))
    ]
    reads = np.stack([grid, *(np.roll(grid, *move) for move in moves)], axis=-1).reshape(n, -1)
    wiring = regular(reads, n, fixed=own(n, skip=skip))
    name = f"torus({rows}, {columns}, layers={layers})"
    enough = depth >= sides[0] // 2 + sides[1] // 2
    return reaching([wiring] * depth, name, diagonal=diagonal, enough=enough)
