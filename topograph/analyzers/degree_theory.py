"""How many layers select a channel for a skip connection: the exact law over wirings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.analyzers.degree_laws import LAWS, pmf
from topograph.errors import ArchitectureError
from topograph.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["SelectionLaw", "selection_law"]


@dataclass(frozen=True, slots=True, eq=False)
class SelectionLaw(Result):
    r"""Law of how many layers select a channel; `selection_law` makes it.

    Attributes
    ----------
    degrees : int array
        0, 1, ..., largest number of layers that can select a channel.
    pmf : float array
        Probability of each number for a channel of the network.
    layers : float array, shape (depth, degrees)
        The same for a channel of each layer.
    layer_mean, layer_variance : float array, shape (depth,)
    mean, variance, dispersion : float
        Over the network; the dispersion is variance over mean, NaN without selections.
    poisson, geometric : float array
        Laws of the same mean, at the same degrees.
    poisson_total_variation, geometric_total_variation : float
        Distance of `pmf` to them.
    limit_mean : float
        Of the geometric law that `pmf` tends to as the depth grows, :math:`t / w`.
    limit_total_variation : float
        Distance to it.
    """

    degrees: NDArray[np.int64] = field(metadata={"unit": "layers"}, repr=False)
    pmf: NDArray[np.float64] = field(repr=False)
    layers: NDArray[np.float64] = field(repr=False)
    layer_mean: NDArray[np.float64] = field(metadata={"unit": "layers per channel"}, repr=False)
    layer_variance: NDArray[np.float64] = field(
        metadata={"unit": "layers^2 per channel"}, repr=False
    )
    mean: float = field(metadata={"unit": "layers per channel"})
    variance: float = field(metadata={"unit": "layers^2 per channel"})
    dispersion: float
    poisson: NDArray[np.float64] = field(repr=False)
    geometric: NDArray[np.float64] = field(repr=False)
    poisson_total_variation: float
    geometric_total_variation: float
    limit_mean: float = field(metadata={"unit": "layers per channel"})
    limit_total_variation: float

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy table: one row per layer and number, with its probability."""
        import pandas as pd

        depth, number = self.layers.shape
        return pd.DataFrame(
            {
                "layer": np.repeat(np.arange(depth), number),
                "degree": np.tile(self.degrees, depth),
                "probability": self.layers.ravel(),
            }
        )


def selection_law(width: int, depth: int, *, candidates: int) -> SelectionLaw:
    r"""Law, over random wirings, of how many layers select a channel for a skip connection.

    Layer :math:`i` selects :math:`\min\{w (i - 1), t\}` of the :math:`w (i - 1)` channels of the
    layers :math:`0, \dots, i - 2`, independently of the other layers, so the number :math:`c` for
    a channel of layer :math:`l` is Poisson-binomial, a sum of independent yes or no of probability

    .. math:: p_i = \min\Bigl\{1, \frac{t}{w (i - 1)}\Bigr\} , \qquad i = l + 2, \dots, d - 1 .

    Parameters
    ----------
    width : int
        Channels per layer, :math:`w \ge 1`.
    depth : int
        Layers of the cell, :math:`d \ge 2`.
    candidates : int
        Largest number of earlier channels that a layer selects, :math:`t \ge 0`.

    Returns
    -------
    SelectionLaw

    Raises
    ------
    ArchitectureError
        If a number is not whole or out of range.

    Notes
    -----
    Exact, in :math:`O(d^2)` operations; nothing is drawn. It holds for
    :func:`~topograph.generators.dense_mlp` with as many classes as the width, and for the cells of
    :func:`~topograph.generators.dense_cnn`. The out-degree over skip connections is :math:`w c`.

    Within a layer, :math:`c` is less dispersed than a Poisson law; over the network it is more
    dispersed, since early layers are selected more often. As :math:`d \to \infty`, layer
    :math:`l` has a Poisson law of mean :math:`(t / w) \ln(d / l)`, an exponential variable over
    the layers, and a Poisson law of exponential mean is geometric. The degrees are thus no Poisson
    draws at any depth, as an earlier version [1]_ of the paper takes them to be.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, earlier version of "How does topology influence
           gradient propagation and model performance of deep networks with DenseNet-type skip
           connections?", arXiv:1910.00780, proof of Theorem 2.

    Examples
    --------
    >>> law = selection_law(2, 4, candidates=1)  # p = 1/2 and 1/4 for layers 2 and 3
    >>> law.layers[0].tolist(), law.layers[1].tolist()
    ([0.375, 0.5, 0.125], [0.75, 0.25, 0.0])
    >>> law = selection_law(8, 128, candidates=10)
    >>> round(law.poisson_total_variation, 3), round(law.limit_total_variation, 3)
    (0.214, 0.005)
    """
    _check_plan(width, depth, candidates)
    layers = _selections(width, depth, candidates)
    degrees = np.arange(layers.shape[1])
    mixed = layers.mean(axis=0)
    mean = float(mixed @ degrees)
    variance = float(mixed @ (degrees - mean) ** 2)
    layer_mean = layers @ degrees
    limit = candidates / width
    poisson, geometric = (pmf(law, degrees, mean) for law in LAWS)
    return SelectionLaw(
        degrees=degrees,
        pmf=mixed,
        layers=layers,
        layer_mean=layer_mean,
        layer_variance=(layers * (degrees - layer_mean[:, None]) ** 2).sum(axis=1),
        mean=mean,
        variance=variance,
        dispersion=variance / mean if mean else float("nan"),
        poisson=poisson,
        geometric=geometric,
        poisson_total_variation=_distance(mixed, poisson),
        geometric_total_variation=_distance(mixed, geometric),
        limit_mean=limit,
        limit_total_variation=_distance(mixed, pmf("geometric", degrees, limit)),
    )


def _selections(width: int, depth: int, candidates: int) -> NDArray[np.float64]:
    """Law of the selections of a channel of each layer, from the last layer to the first."""
    laws = np.zeros((depth, depth - 1))
    laws[-2:, 0] = 1.0
    for layer in range(depth - 3, -1, -1):
        chance = min(1.0, candidates / (width * (layer + 1)))
        laws[layer] = laws[layer + 1] * (1 - chance)
        laws[layer, 1:] += laws[layer + 1, :-1] * chance
    return laws


def _distance(share: NDArray[np.float64], law: NDArray[np.float64]) -> float:
    """Total variation between a pmf and a law that goes on beyond it."""
    return float(np.maximum(share - law, 0.0).sum())


def _check_plan(width: int, depth: int, candidates: int) -> None:
    """Raise unless the numbers describe a cell."""
    reason = "it counts parts of the network"
    for name, value, minimum in (
        ("width", width, 1),
        ("depth", depth, 2),
        ("candidates", candidates, 0),
    ):
        whole(name, value, minimum=minimum, error=ArchitectureError, because=reason)
