"""How far layers are from isometries: the singular values of their Jacobians."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from topograph.arrays import Array, array_namespace, scaled_singular_values, singular_values
from topograph.errors import BudgetError, ShapeError
from topograph.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Isometry", "LayerIsometry", "isometry"]


@dataclass(frozen=True, slots=True, eq=False)
class LayerIsometry(Result):
    r"""Singular values of each layer over a batch, in numbers. Arrays have one entry per layer.

    Attributes
    ----------
    layer : tuple of str
    values : tuple of int
        Singular values of one Jacobian.
    mean, spread : float array
        Their mean and their standard deviation over values and samples.
    smallest, largest : float array
    deviation : float array
        Root mean square of :math:`\sigma - 1`: 0 for an isometry.
    """

    layer: tuple[str, ...]
    values: tuple[int, ...]
    mean: Array
    spread: Array
    smallest: Array
    largest: Array
    deviation: Array


@dataclass(frozen=True, slots=True, eq=False)
class Isometry(Result):
    r"""Singular values of layerwise Jacobians; `isometry` makes it.

    Attributes
    ----------
    mean, spread : float
        Mean and standard deviation of all singular values together, so that a layer counts by
        how many it has.
    layer_mean, layer_spread : float
        The same with equal weight for each layer.
    deviation : float
        Root mean square of :math:`\sigma - 1` over all singular values.
    worst : float
        The largest deviation of a layer: layerwise dynamical isometry holds where it is small.
    by_layer : LayerIsometry
    singular_values : dict of str to array of shape (batch, values)
        Of each layer, largest first.
    """

    mean: float
    spread: float
    layer_mean: float
    layer_spread: float
    deviation: float
    worst: float
    by_layer: LayerIsometry = field(repr=False)
    singular_values: dict[str, Array] = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row per layer."""
        return self.by_layer.to_frame()


Layer = Array | tuple[Array, Array]
"""Jacobians of a batch, or the factors that they share: slopes (batch, outputs) and weights."""


def isometry(jacobians: Mapping[str, Layer] | Sequence[Layer]) -> Isometry:
    r"""Singular values of layerwise Jacobians, with mean and spread per layer and overall.

    A network has layerwise dynamical isometry if all singular values :math:`\sigma` of the
    Jacobians of its layers are close to 1. Over the values i of the samples b of the layers l,

    .. math:: \bar\sigma = \frac{\sum_{l,b,i} \sigma_{lbi}}{\sum_l B_l k_l} , \qquad
              \bar\sigma_{\mathrm{layer}} = \frac 1 L \sum_l \frac{1}{B_l k_l}
              \sum_{b,i} \sigma_{lbi} , \qquad
              \delta^2 = \overline{(\sigma - 1)^2} .

    Parameters
    ----------
    jacobians : mapping of str to layers, or sequence of layers
        For each layer the Jacobians :math:`D_b W` of a batch, shape (batch, outputs, inputs), or
        their factors as a pair: the diagonals of :math:`D_b`, shape (batch, outputs), and W,
        (outputs, inputs). `topograph.exporter.probe` gives both. All in one array library.

    Returns
    -------
    Isometry

    Raises
    ------
    ShapeError
        If there is no layer, or an array is no batch of matrices, or is empty, or factors do not
        fit each other.
    BudgetError
        If an entry is NaN, infinite or complex.

    Notes
    -----
    A Jacobian of m x n has :math:`k = \min(m, n)` singular values, zeros included: a unit whose
    slope is 0 adds a zero. `mean` and `spread` weigh a layer by its values, as the released
    program of [1]_ does, which divides the spread by one value less; in
    `layer_mean` and `layer_spread` layers weigh the same.

    Values come from the eigenvalues of the smaller Gram matrix where the spectrum allows it, with
    a relative error of 4e-11 in float64, and from an SVD where it does not. From factors a layer
    that is wider before than behind needs one Gram matrix for its whole batch.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Definition 2 and Section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> found = isometry({"a": np.eye(2)[None], "b": np.array([[[3.0, 0.0]]])})
    >>> round(found.mean, 4), found.layer_mean, found.worst
    (1.6667, 2.0, 2.0)
    >>> slopes, weights = np.array([[1.0, 0.5]]), np.array([[3.0, 0.0], [0.0, 4.0]])
    >>> isometry([(slopes, weights)]).singular_values["0"].tolist()
    [[3.0, 2.0]]
    """
    named = _named(jacobians)
    xp = array_namespace(*(part for layer in named.values() for part in layer))
    groups = _groups(named)
    spectra = [_spectra({name: named[name] for name in names}, xp) for names in groups]
    layers = _layers(list(named), groups, spectra, xp)
    by_name = {
        name: values[place, ...]
        for names, values in zip(groups, spectra, strict=True)
        for place, name in enumerate(names)
    }
    sizes = xp.asarray([float(by_name[name].size) for name in named], dtype=layers.mean.dtype)
    mean, spread, deviation = _overall(layers, sizes / xp.sum(sizes), xp)
    layer_mean, layer_spread, _ = _overall(layers, xp.ones_like(sizes) / len(named), xp)
    return Isometry(
        mean=mean,
        spread=spread,
        layer_mean=layer_mean,
        layer_spread=layer_spread,
        deviation=deviation,
        worst=float(xp.max(layers.deviation)),
        by_layer=layers,
        singular_values={name: by_name[name] for name in named},
    )


def _named(jacobians: Mapping[str, Layer] | Sequence[Layer]) -> dict[str, tuple[Array, ...]]:
    """Return of each layer its Jacobians, alone, or their factors; checked."""
    if isinstance(jacobians, Mapping):
        named = {str(name): layer for name, layer in jacobians.items()}
    else:
        named = {str(place): layer for place, layer in enumerate(jacobians)}
    if not named:
        raise ShapeError(
            "Isometry is a property of layers, so there is at least one. "
            "Received no Jacobians. Take those of topograph.exporter.probe."
        )
    parts = {name: one if isinstance(one, tuple) else (one,) for name, one in named.items()}
    for name, one in parts.items():
        _check(name, one)
    return parts


def _check(name: str, parts: tuple[Array, ...]) -> None:
    """Refuse what is no batch of matrices, by the name of the layer."""
    shapes = [tuple(part.shape) for part in parts]
    match shapes:
        case [(_, _, _)]:
            fits = True
        case [(_, outputs), (rows, _)]:
            fits = outputs == rows
        case _:
            fits = False
    if not fits or any(0 in shape for shape in shapes):
        received = " and ".join(map(str, shapes))
        raise ShapeError(
            "A layer has one Jacobian per sample, so its array has the shape (batch, outputs, "
            "inputs), and its factors have (batch, outputs) and (outputs, inputs). "
            f"Received {received} for layer {name!r}. "
            "Add an axis, or probe a batch of at least one sample."
        )


def _groups(named: dict[str, tuple[Array, ...]]) -> list[list[str]]:
    """Put layers together that take one call for all, as their values have one shape and type."""
    groups: dict[Any, list[str]] = {}
    for name, (first, *weights) in named.items():
        values = min(weights[0].shape) if weights else None
        groups.setdefault((first.shape, first.dtype, values), []).append(name)
    return list(groups.values())


def _spectra(group: dict[str, tuple[Array, ...]], xp: Any) -> Array:
    """Return the singular values of layers of one shape, as (layers, batch, values)."""
    first, *weights = zip(*group.values(), strict=True)
    together = xp.stack(first) if len(first) > 1 else first[0][None, ...]
    try:
        return (
            scaled_singular_values(weights[0], together) if weights else singular_values(together)
        )
    except BudgetError as error:
        faulty = [
            name
            for name, parts in group.items()
            if not all(bool(xp.all(xp.isfinite(part))) for part in parts)
        ]
        raise BudgetError(
            "Singular values belong to matrices of finite real numbers, since NaN spreads to "
            f"every value. Received {together.dtype}, not finite in layers {faulty}. "
            "Look for NaN in their weights and in the batch."
        ) from error


def _layers(
    names: list[str], groups: list[list[str]], spectra: list[Array], xp: Any
) -> LayerIsometry:
    """Describe the singular values of each layer; `spectra` has (layers, batch, values)."""
    place = {name: at for at, name in enumerate(name for group in groups for name in group)}
    order = xp.asarray([place[name] for name in names])
    flat = [xp.reshape(values, (values.shape[0], -1)) for values in spectra]
    counts = [values.shape[2] for values in spectra for _ in range(values.shape[0])]

    def described(part: Callable[[Array], Array]) -> Array:
        return xp.take(xp.concat([part(values) for values in flat]), order)

    mean = described(lambda values: xp.mean(values, axis=1))
    spread = described(lambda values: xp.std(values, axis=1))
    return LayerIsometry(
        layer=tuple(names),
        values=tuple(counts[place[name]] for name in names),
        mean=mean,
        spread=spread,
        smallest=described(lambda values: xp.min(values, axis=1)),
        largest=described(lambda values: xp.max(values, axis=1)),
        deviation=xp.sqrt(spread**2 + (mean - 1) ** 2),
    )


def _overall(layers: LayerIsometry, share: Array, xp: Any) -> tuple[float, float, float]:
    """Return mean, spread and deviation from 1 of layers together, each with its share."""
    mean = xp.sum(share * layers.mean)
    variance = xp.sum(share * (layers.spread**2 + (layers.mean - mean) ** 2))
    deviation = xp.sqrt(xp.sum(share * layers.deviation**2))
    return float(mean), float(xp.sqrt(variance)), float(deviation)
