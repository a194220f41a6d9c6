"""How much each input channel contributes to each output channel: fixed probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.weighted import weighted_adjacency
from topograph.errors import ArchitectureError
from topograph.graph.architecture import Architecture
from topograph.graph.channels import Counts
from topograph.graph.edge import Edge
from topograph.graph.mixing import mixing_edges, weight_shape
from topograph.graph.wiring import OneToOne, Sparse
from topograph.result import Result
from topograph.rng import streams

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

__all__ = ["Contributions", "contributions"]

MODES = ("random", "constant", "ones")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Contributions(Result):
    r"""Factors of the links of an architecture; `contributions` makes it.

    Layers are named as in `factors`: by the feature map that they make, or by that and a position,
    ``"sum[1]"``, where several linear maps or convolutions make one.

    Attributes
    ----------
    architecture : Architecture
    mode : str
    factors : mapping of str to float array
        :math:`\alpha` of each linear map and convolution, of shape (outputs, inputs): row
        :math:`j` holds what each input contributes to output :math:`j`. With grouped wiring the
        inputs are those of one group; with sparse wiring there is one axis, of the links that
        train, in the order of their outputs. A map that reads one channel per channel has a single
        contribution, 1, and is left out.
    weights : mapping of str to float array
        Contribution weights :math:`q` before the softmax, in the shapes of `factors`; empty in the
        mode "ones".
    """

    architecture: Architecture
    mode: str
    factors: Mapping[str, Floats] = field(repr=False)
    weights: Mapping[str, Floats] = field(repr=False)

    def adjacency(self, cell: str | None = None) -> csr_array:
        """Return the links of a cell, or all links, with these factors; `weighted_adjacency`."""
        return weighted_adjacency(self.architecture, self.factors, cell=cell)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as plain Python values; the architecture by its digest."""
        tables = {"factors": self.factors, "weights": self.weights}
        plain = {
            part: {name: values.tolist() for name, values in table.items()}
            for part, table in tables.items()
        }
        return {"architecture": self.architecture.digest, "mode": self.mode, **plain}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per layer: links, and mean and standard deviation of their factors."""
        import pandas as pd

        rows = [
            (self.mode, name, values.size, values.mean(), values.std())
            for name, values in self.factors.items()
        ]
        return pd.DataFrame(rows, columns=["mode", "layer", "links", "mean", "deviation"])

    def _repr_html_(self) -> str:
        """Show the table of layers in a notebook."""
        return self.to_frame().to_html(index=False)


def contributions(
    architecture: Architecture,
    *,
    mode: str = "random",
    layers: Iterable[str] | None = None,
    rng: np.random.Generator | int | None = None,
) -> Contributions:
    r"""Assign to each link a fixed probability with which its source contributes to its target.

    Output channel :math:`j` of a layer that reads :math:`n_j` channels takes them in the shares

    .. math:: \alpha_{ij} = \frac{e^{q_{ij}}}{\sum_k e^{q_{kj}}} ,

    which are never trained.

    Parameters
    ----------
    architecture : Architecture
    mode : {"random", "constant", "ones"}
        - ``"random"``: :math:`q_{ij} \sim N(0, 2 / n_j)`, Kaiming's law;
        - ``"constant"``: :math:`q_{ij} = 0`, so :math:`\alpha_{ij} = 1 / n_j`;
        - ``"ones"``: :math:`\alpha_{ij} = 1`, as in the usual convolution.
    layers : iterable of str, optional
        Names of those linear maps and convolutions that have contributions; by default all.
    rng : Generator, int or None
        Source of :math:`q`. Each layer draws from a stream of its own, so one more layer at the
        end leaves the others as they are.

    Returns
    -------
    Contributions
        Its `factors` are what `topograph.to_module` takes as `contributions`.

    Raises
    ------
    ArchitectureError
        If `mode` is another word, or a layer is not there or reads one channel per channel.

    Notes
    -----
    The fan-in :math:`n_j` is the number of channels read, without the taps of the kernel, since a
    contribution belongs to a channel. The contributions that compete are those of one layer; where
    several layers are summed into one feature map, each has its own. Links that do not train carry
    their constant weight and take no part.

    Random contributions are nearly equal where a layer reads many channels: relative to their mean,
    :math:`\alpha` is log-normal with a standard deviation of :math:`\sqrt{e^{2/n} - 1} \approx
    \sqrt{2/n}`, 10 % at :math:`n = 200`. All factors are positive, so all modes describe the same
    functions of the weights; they differ in how gradient descent, regularisation and the
    initialisation see them. Shares that sum to 1 shrink the output of a layer, which matters
    where no normalisation follows: the published networks have contributions in their convolutions,
    so name these as `layers`. Where batch normalisation follows, scaling all weights of a layer
    alike changes no step of gradient descent, up to its :math:`\epsilon`: "constant" and "ones"
    are then the same network. The variance that shares leave to a normalised input is
    :math:`1 / n^2` after Kaiming's initialisation; beyond :math:`n = \epsilon^{-1/2} = 316` the
    :math:`\epsilon` of torch exceeds it, and the signal dies out with depth.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, earlier version of "How does topology influence
           gradient propagation and model performance of deep networks with DenseNet-type skip
           connections?", arXiv:1910.00780, Section 3.1, Appendix B and Fig. 7.

    Examples
    --------
    >>> import topograph as tg
    >>> network = tg.generators.dense_mlp(2, 3, candidates=2, inputs=4, classes=2, rng=0)
    >>> found = contributions(network, mode="constant")
    >>> found.factors["classifier"].tolist()  # two neurons of layer 1 and two of layer 0
    [[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]]
    """
    if mode not in MODES:
        raise ArchitectureError(
            "Contributions are random, constant or one, since these three are compared. "
            f"Received {mode!r}. Choose among {', '.join(MODES)}."
        )
    edges = {
        name: edge
        for name, edge in mixing_edges(architecture).items()
        if not isinstance(edge.pattern, OneToOne)
    }
    chosen = _chosen(layers, edges)
    factors: dict[str, Floats] = {}
    weights: dict[str, Floats] = {}
    for (name, edge), stream in zip(edges.items(), streams(rng, len(edges)), strict=True):
        if name not in chosen:
            continue
        shape = weight_shape(architecture, edge)
        if mode == "ones":
            factors[name] = _fixed(np.ones(shape))
            continue
        output = _outputs(edge, shape)
        fan_in = np.bincount(output.ravel(), minlength=1)[output]
        drawn = stream.standard_normal(shape) if mode == "random" else np.zeros(shape)
        weights[name] = _fixed(np.sqrt(2 / fan_in) * drawn)
        factors[name] = _fixed(_softmax(weights[name], output))
    return Contributions(architecture, mode, factors, weights)


def _chosen(layers: Iterable[str] | None, edges: Mapping[str, Edge]) -> set[str]:
    """Names of the layers that have contributions."""
    chosen = set(edges if layers is None else layers)
    if unknown := sorted(chosen.difference(edges)):
        raise ArchitectureError(
            "Contributions belong to linear maps and convolutions that read several channels, "
            f"named by what they make. Received {unknown[0]!r}. "
            f"Choose among {', '.join(list(edges)[:8])}, ..."
        )
    return chosen


def _outputs(edge: Edge, shape: tuple[int, ...]) -> Counts:
    """Output channel to which each factor on an edge belongs."""
    if isinstance(edge.wiring, Sparse):
        rows = edge.wiring.rows()
        return rows if edge.wiring.constant is None else rows[~edge.wiring.constant]
    return np.broadcast_to(np.arange(shape[0])[:, None], shape)


def _softmax(weights: Floats, output: Counts) -> Floats:
    """Softmax over the weights of each output; they are standard normal or smaller: no overflow."""
    powers = np.exp(weights)
    return powers / np.bincount(output.ravel(), weights=powers.ravel(), minlength=1)[output]


def _fixed(values: Floats) -> Floats:
    """Forbid writes."""
    values.flags.writeable = False
    return values
