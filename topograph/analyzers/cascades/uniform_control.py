"""Controllability with unbiased routing: a closed form that never looks at a pair of inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.reach import budgets, reached, reaches
from topograph.arrays import Array, array_namespace, csr
from topograph.arrays.device import Device, to_device
from topograph.graph.wiring import Sparse

__all__ = ["uniform_control"]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


def uniform_control(
    wirings: Sequence[Sparse], *, strict: bool, device: Device
) -> tuple[Array, float]:
    r"""Return K, shape (inputs, outputs), and a bound of the control of any pair anywhere.

    A neuron adds its budget evenly to the pairs that it can mix and passes its control on in equal
    shares, so routing does not depend on the pair, and K itself flows through the cascade:

    .. math:: K_{iv} = \sum_{u \to v} \frac{K_{iu}}{d_u} + b_v \frac{p_{iv}}{\sum_j p_{jv}} ,

    with :math:`d_u` the edges that leave u, :math:`b_v` the budget of v and :math:`p_{iv}` the
    number of inputs that v can mix with i.
    """
    added = list(_strict(wirings) if strict else _permissive(wirings))
    shares = [to_device(_shares(wiring), device) for wiring in wirings[1:]]
    control, _ = _flow(shares, (to_device(own.gain(), device) for own in added))
    # Two bounds of what a pair can have: by neuron, and by neuron and one input of the pair.
    _, peak = _flow(shares, (to_device(own.most[:, None], device) for own in added))
    if peak > 1:
        _, peak = _flow(shares, (to_device(own.bound(), device) for own in added))
    return control.T, peak


@dataclass(frozen=True, slots=True, eq=False)
class _Added:
    """What the neurons of a layer add: per partner of an input, to each of its pairs."""

    most: Floats  # the control that each pair gets, shape (neurons,)
    partners: Floats | Flags  # inputs that can be mixed with each input, or whether it is there
    count: Floats  # by how much the partners are to be multiplied

    def gain(self) -> Floats:
        """Return what each input gains, half of what its pairs gain; shape (neurons, inputs)."""
        share = (self.most * self.count / 2)[:, None]
        if self.partners.dtype == bool:  # several times faster than a product
            return np.where(self.partners, share, 0.0)
        return share * self.partners

    def bound(self) -> Floats:
        """Return what a pair with the input gains at most, shape (neurons, inputs)."""
        return self.most[:, None] * (self.partners > 0)


def _flow(shares: Sequence[Any], added: Iterator[Array]) -> tuple[Array, float]:
    """Pass what each layer adds on to the last one; return its state and the largest anywhere."""
    state = next(added)
    xp = array_namespace(state)
    peak = float(xp.max(state))
    for share, own in zip(shares, added, strict=True):
        state = share @ state
        state += own
        peak = max(peak, float(xp.max(state)))
    return state, peak


def _permissive(wirings: Sequence[Sparse]) -> Iterator[_Added]:
    """Yield what each layer adds where every pair that reaches a neuron can be mixed."""
    inputs = np.eye(wirings[0].sources, dtype=bool)
    for layer, wiring in enumerate(wirings):
        inputs = reached(wiring, inputs)
        size = inputs.sum(axis=1, dtype=np.float64)
        most = np.where(size > 1, budgets(wiring), 0.0) / np.maximum(size * (size - 1) / 2, 1)
        # Where all inputs are alike, one column is added to those of the layer before.
        alike = layer > 0 and inputs.all()
        yield _Added(most, inputs[:, :1] if alike else inputs, size - 1)


def _strict(wirings: Sequence[Sparse]) -> Iterator[_Added]:
    """Yield what each layer adds where the inputs of a pair come by two edges."""
    for reach in reaches(wirings, strict=True):
        most = np.divide(reach.budget, reach.pairs, out=0 * reach.budget, where=reach.pairs > 0)
        yield _Added(most, reach.partners, np.ones_like(most))


def _shares(wiring: Sparse) -> Any:
    """Return the share of each source that goes to each target, a matrix of compressed rows."""
    leaving = np.bincount(wiring.indices, minlength=wiring.sources)
    data = 1.0 / leaving[wiring.indices]
    return csr(wiring.indptr, wiring.indices, data=data, shape=(wiring.targets, wiring.sources))
