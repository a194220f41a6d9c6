"""How much can pass through a cascade at once: disjoint paths from its inputs to its outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from topograph.analyzers.cascades.links import Cascade, Ints, cascade_links
from topograph.graph.architecture import Architecture
from topograph.result import Result

__all__ = ["Bandwidth", "bandwidth"]


@dataclass(frozen=True, slots=True)
class Bandwidth(Result):
    r"""Disjoint paths through a cascade, and what they bound; `bandwidth` makes it.

    Attributes
    ----------
    paths : int
        Paths from different inputs to different outputs that share no neuron, :math:`b`: the
        largest rank of the matrix of the cascade.
    narrowest : int
        Neurons of the narrowest layer, input and output included; :math:`b` is not larger.
    freedom : int
        Dimension of the matrices of rank :math:`b`, :math:`b (n_{in} + n_{out} - b)`: the degrees
        of freedom of the cascade are not more.
    """

    paths: int = field(metadata={"unit": "paths"})
    narrowest: int = field(metadata={"unit": "neurons"})
    freedom: int = field(metadata={"unit": "degrees of freedom"})


def bandwidth(cascade: Architecture) -> Bandwidth:
    r"""Count the paths from inputs to outputs that share no neuron.

    Their largest number :math:`b` is the smallest number of neurons that cut all outputs off
    (Menger), and the generic rank of :math:`W_d = S_L \cdots S_1`:

    .. math:: \mathrm{rank} \, W_d \le b , \qquad
              \mathrm{rank} \, \frac{\partial \, \mathrm{vec}(W_d)}{\partial w}
              \le b \, (n_{in} + n_{out} - b) ,

    the first with equality for almost all weights, if none is constant.

    Parameters
    ----------
    cascade : Architecture
        A chain of linear maps from one input to one output.

    Returns
    -------
    Bandwidth

    Raises
    ------
    ArchitectureError
        If the architecture is no cascade.

    Notes
    -----
    Inputs and outputs count as neurons. The paths are a maximum flow in which a neuron carries
    one unit. Constant links carry like others, although fixed weights may cancel each other.

    References
    ----------
    .. [1] "NeuroFabric: Identifying ideal topologies for training a priori sparse networks",
           Section VIII, Fig. 9a, "information bandwidth".
    .. [2] K. Menger, "Zur allgemeinen Kurventheorie", Fundamenta Mathematicae 10, 1927.

    Examples
    --------
    >>> import numpy as np
    >>> from topograph.generators.cascades import from_masks
    >>> bottleneck = from_masks([np.ones((1, 2), dtype=bool), np.ones((2, 1), dtype=bool)])
    >>> bandwidth(bottleneck)
    Bandwidth(paths=1, narrowest=1, freedom=3)
    """
    links = cascade_links(cascade)
    paths = _disjoint_paths(links)
    ends = links.widths[0] + links.widths[-1]
    return Bandwidth(paths, min(links.widths), paths * (ends - paths))


def _disjoint_paths(cascade: Cascade) -> int:
    """Return the maximum flow where each neuron is a link of capacity 1."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    offsets = np.cumsum([0, *cascade.widths])
    neurons = int(offsets[-1])
    way_in, way_out = np.arange(neurons), np.arange(neurons) + neurons
    start, end = 2 * neurons, 2 * neurons + 1
    first, last = way_in[: offsets[1]], way_out[offsets[-2] :]
    tails = [way_in, np.full(len(first), start), last]
    heads = [way_out, first, np.full(len(last), end)]
    for layer, (here, there) in zip(cascade.layers, pairwise(offsets), strict=False):
        tails.append(way_out[here + layer.sources])
        heads.append(way_in[there + layer.targets])
    source: Ints = np.concatenate(tails)
    target: Ints = np.concatenate(heads)
    ones = np.ones(len(source), dtype=np.int32)
    size = 2 * neurons + 2
    capacities = csr_array((ones, (source, target)), shape=(size, size))
    return int(maximum_flow(capacities, start, end).flow_value)
