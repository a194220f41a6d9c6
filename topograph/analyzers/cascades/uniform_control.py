"""Controllability with unbiased routing: a closed form that never looks at a pair of inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from topograph.analyzers.cascades.reach import budgets, reached, reaches
from topograph.arrays import Array, array_namespace, csr
from topograph.arrays.device import Device, to_device
from topograph.graph.wiring import Sparse

__all__ = ["uniform_control"]

BLOCK = 1 << 16
"""Numbers in a block of columns that flows through the cascade."""


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
    added = [own.moved(device) for own in (_strict if strict else _permissive)(wirings)]
    share = {id(wiring): to_device(_share(wiring), device) for wiring in wirings[1:]}
    shares = [share[id(wiring)] for wiring in wirings[1:]]
    peak = _peak(shares, added)
    xp = array_namespace(added[0].most)
    control = xp.empty((wirings[-1].targets, wirings[0].sources))
    gain = [(own.partners, own.most * own.count / 2) for own in added]
    for block, state, _ in _flow(shares, gain):
        control[:, block] = state
    return control.T, peak


@dataclass(frozen=True, slots=True, eq=False)
class _Added:
    """What the neurons of a layer add: per partner of an input, to each of its pairs."""

    most: Array  # the control that each pair gets, shape (neurons, 1)
    partners: Array  # inputs that can be mixed with each input, or whether it is there
    count: Array  # by how much the partners are to be multiplied, shape (neurons, 1)

    @property
    def has_partners(self) -> Array:
        """Tell which inputs can be mixed."""
        is_told = self.partners.dtype == array_namespace(self.partners).bool
        return self.partners if is_told else self.partners > 0

    def moved(self, device: Device) -> _Added:
        """Return the same on a device."""
        return _Added(*(to_device(part, device) for part in (self.most, self.partners, self.count)))


def _peak(shares: Sequence[Any], added: Sequence[_Added]) -> float:
    """Return a bound of what a pair has: by neuron, or else by neuron and one input of the pair."""
    xp = array_namespace(added[0].most)
    single = [(xp.ones_like(own.most), own.most) for own in added]
    peak = max(highest for _, _, highest in _flow(shares, single))
    if peak <= 1:
        return peak
    by_input = [(own.has_partners, own.most) for own in added]
    return max(highest for _, _, highest in _flow(shares, by_input))


def _flow(
    shares: Sequence[Any], added: Sequence[tuple[Array, Array]]
) -> Iterator[tuple[slice, Array, float]]:
    """Pass on what each layer adds, a product of two, in blocks of columns that fit the cache.

    Yields for each block its columns, its state in the last layer, and the largest number anywhere.
    """
    xp = array_namespace(added[0][1])
    step = max(1, BLOCK // max(len(amount) for _, amount in added))
    for start in range(0, added[0][0].shape[1], step):
        block = slice(start, start + step)
        state = added[0][0][:, block] * added[0][1]
        peak = float(xp.max(state))
        for share, (partners, amount) in zip(shares, added[1:], strict=True):
            state = share @ state
            state += partners[:, block] * amount
            peak = max(peak, float(xp.max(state)))
        yield block, state, peak


def _permissive(wirings: Sequence[Sparse]) -> Iterator[_Added]:
    """Yield what each layer adds where every pair that reaches a neuron can be mixed."""
    inputs = np.eye(wirings[0].sources, dtype=bool)
    for wiring in wirings:
        inputs = reached(wiring, inputs)
        size = inputs.sum(axis=1, dtype=np.float64)
        most = np.where(size > 1, budgets(wiring), 0.0) / np.maximum(size * (size - 1) / 2, 1)
        yield _Added(most[:, None], inputs, size[:, None] - 1)


def _strict(wirings: Sequence[Sparse]) -> Iterator[_Added]:
    """Yield what each layer adds where the inputs of a pair come by two edges."""
    for reach in reaches(wirings, strict=True):
        most = np.divide(reach.budget, reach.pairs, out=0 * reach.budget, where=reach.pairs > 0)
        yield _Added(most[:, None], reach.partners, np.ones((len(most), 1)))


def _share(wiring: Sparse) -> Any:
    """Return the share of each source that goes to each target, a matrix of compressed rows."""
    leaving = np.bincount(wiring.indices, minlength=wiring.sources)
    data = 1.0 / leaving[wiring.indices]
    return csr(wiring.indptr, wiring.indices, data=data, shape=(wiring.targets, wiring.sources))
