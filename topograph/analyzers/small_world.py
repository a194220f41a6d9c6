"""Whether a network is a small world: clustered like a lattice, short ways like a random graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topograph._checks import whole
from topograph.analyzers.clustering import average_clustering
from topograph.analyzers.degree import counted_graph
from topograph.analyzers.null_models import NULL_MODELS, null_model
from topograph.analyzers.path_length import average_path_length
from topograph.errors import BudgetError
from topograph.result import Result
from topograph.rng import as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topograph.graph.architecture import Architecture

__all__ = ["SmallWorld", "small_world"]

DRAWN = tuple(name for name in NULL_MODELS if name != "nearest")


@dataclass(frozen=True, slots=True, eq=False)
class SmallWorld(Result):
    r"""Clustering and path length beside those of null models; `small_world` makes it.

    Arrays have one entry per null model.

    Attributes
    ----------
    clustering, path_length : float
        :math:`C` and :math:`L` of the architecture.
    lattice_clustering, lattice_path_length : float
        :math:`C_\ell` and :math:`L_\ell` of the layered lattice, ``"nearest"``.
    null : tuple of str
        Names of the null models.
    samples : int
        Networks drawn from each.
    null_clustering, null_path_length : float array
        Their means, :math:`C_r` and :math:`L_r`.
    null_clustering_std, null_path_length_std : float array
        Their standard deviations, by :math:`\text{samples} - 1`.
    clustering_z, path_length_z : float array
        How many standard deviations :math:`C` and :math:`L` lie above the means; NaN where the
        null model always gives the same.
    sigma : float array
        :math:`\sigma = (C / C_r) / (L / L_r)`; above 1 in a small world. NaN where
        :math:`C_r = 0`.
    omega : float array
        :math:`\omega = L_r / L - C / C_\ell`; near 0 in a small world, towards 1 in a random
        graph, towards -1 in a lattice. NaN where :math:`C_\ell = 0`.
    """

    clustering: float
    path_length: float = field(metadata={"unit": "links"})
    lattice_clustering: float
    lattice_path_length: float = field(metadata={"unit": "links"})
    null: tuple[str, ...]
    samples: int
    null_clustering: NDArray[np.float64]
    null_clustering_std: NDArray[np.float64]
    null_path_length: NDArray[np.float64] = field(metadata={"unit": "links"})
    null_path_length_std: NDArray[np.float64] = field(metadata={"unit": "links"})
    clustering_z: NDArray[np.float64]
    path_length_z: NDArray[np.float64]
    sigma: NDArray[np.float64]
    omega: NDArray[np.float64]


def small_world(
    architecture: Architecture,
    *,
    nulls: str | Sequence[str] = ("sources", "links"),
    samples: int = 20,
    progress: bool = False,
    rng: np.random.Generator | int | None = None,
) -> SmallWorld:
    r"""Compare clustering and path length of an architecture with those of null models.

    Parameters
    ----------
    architecture : Architecture
        Its channels in cells are taken; all its channels where it has no cells.
    nulls : str or sequence of str
        Names of `null_model`: ``"sources"``, ``"links"``, ``"degrees"``, ``"erdos_renyi"``.
    samples : int
        Networks drawn from each, at least 2.
    progress : bool
        Show a bar.
    rng : Generator, int or None
        Source of the networks drawn; each null model and each sample draws from a stream of its
        own.

    Returns
    -------
    SmallWorld

    Raises
    ------
    BudgetError
        If there are fewer than two samples, or a name is unknown or nothing is drawn by it.

    See Also
    --------
    null_model : what each null model draws and keeps.
    average_clustering, average_path_length : what is compared.

    Notes
    -----
    Against ``"sources"``, which is how random-skip networks are generated, such networks show
    z-scores of no more than sampling noise: they are as clustered as their blocks make them.
    ``"links"`` keeps the same layers and numbers of links but not the blocks. The classical null
    models forget the layers, which by themselves keep neighbours apart.

    References
    ----------
    .. [1] M. D. Humphries and K. Gurney, "Network 'small-world-ness': a quantitative method for
           determining canonical network equivalence", PLoS ONE 3, e0002051, 2008.
    .. [2] Q. K. Telesford et al., "The ubiquity of small-world networks", Brain Connectivity 1,
           367-375, 2011.

    Examples
    --------
    >>> import topograph as tg
    >>> tower = tg.generators.dense_mlp(4, 12, candidates=6, rng=0)
    >>> found = small_world(tower, nulls="sources", samples=4, rng=0)
    >>> found.clustering < found.lattice_clustering, found.path_length < found.lattice_path_length
    (True, True)
    """
    nulls = (nulls,) if isinstance(nulls, str) else tuple(nulls)
    _check(nulls, samples)
    observed = counted_graph(architecture, "all")
    regular = null_model(architecture, "nearest", rng=0)
    drawn = np.array(list(_drawn(architecture, nulls, samples, progress, as_generator(rng))))
    drawn = drawn.reshape(len(nulls), samples, 2)
    return _compared(
        np.array([average_clustering(observed), average_path_length(observed)]),
        np.array([average_clustering(regular), average_path_length(regular)]),
        nulls,
        drawn,
    )


def _check(nulls: tuple[str, ...], samples: int) -> None:
    """Raise unless every name draws, and there are samples enough for a deviation."""
    reason = "their standard deviation is needed"
    whole("samples", samples, minimum=2, error=BudgetError, because=reason)
    unknown = [name for name in nulls if name not in DRAWN]
    if unknown or not nulls:
        raise BudgetError(
            f"Networks are drawn from null models: {', '.join(DRAWN)}. "
            f"Received {unknown[0] if unknown else nulls!r}. Choose one or several of these."
        )


def _drawn(
    architecture: Architecture,
    nulls: tuple[str, ...],
    samples: int,
    progress: bool,
    rng: np.random.Generator,
) -> Iterator[tuple[float, float]]:
    """Yield clustering and path length of each network drawn, null model by null model."""
    from tqdm import tqdm

    streams = [(name, stream) for name in nulls for stream in rng.spawn(samples)]
    for name, stream in tqdm(streams, unit="network", disable=not progress):
        graph = null_model(architecture, name, rng=stream)
        yield average_clustering(graph), average_path_length(graph)


def _compared(
    observed: NDArray[np.float64],
    regular: NDArray[np.float64],
    nulls: tuple[str, ...],
    drawn: NDArray[np.float64],
) -> SmallWorld:
    """Put (clustering, path length) of the architecture, the lattice and the draws together."""
    mean, spread = drawn.mean(axis=1), drawn.std(axis=1, ddof=1)
    z = _ratio(observed - mean, spread)
    relative = _ratio(observed, mean)
    return SmallWorld(
        clustering=float(observed[0]),
        path_length=float(observed[1]),
        lattice_clustering=float(regular[0]),
        lattice_path_length=float(regular[1]),
        null=nulls,
        samples=drawn.shape[1],
        null_clustering=mean[:, 0],
        null_clustering_std=spread[:, 0],
        null_path_length=mean[:, 1],
        null_path_length_std=spread[:, 1],
        clustering_z=z[:, 0],
        path_length_z=z[:, 1],
        sigma=relative[:, 0] / relative[:, 1],
        omega=mean[:, 1] / observed[1] - _ratio(observed[0], regular[0]),
    )


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; NaN where the divisor is 0 up to rounding."""
    above, below = np.broadcast_arrays(above, below)
    real = np.abs(below) > 1e-12
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=real)
