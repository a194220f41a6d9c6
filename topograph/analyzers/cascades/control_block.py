"""The trained state of the pairs of one tile: routing weights and added control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from topograph.analyzers.cascades.control_flow import Level, Section, adjoint, forward
from topograph.analyzers.cascades.groups import groups
from topograph.analyzers.cascades.logits import Logits, Step
from topograph.analyzers.cascades.pair_ends import PairEnds
from topograph.analyzers.cascades.pair_tiles import Tile
from topograph.analyzers.cascades.reach import Reach
from topograph.arrays import Array, array_namespace
from topograph.arrays.device import Device, to_device
from topograph.graph.wiring import Sparse

__all__ = ["Block"]


class Block:
    """Routing and added control over the pairs of a tile, and what they lead to.

    Layers are those of the cascade; of each, only the live neurons of the tile are held. What goes
    in and out has a row for every neuron or input.
    """

    def __init__(
        self,
        tile: Tile,
        wirings: Sequence[Sparse],
        reach: Sequence[Reach],
        *,
        device: Device,
        dtype: str,
        noise: float,
        rng: np.random.Generator,
    ) -> None:
        def place(x: NDArray[np.generic]) -> Array:
            return to_device(x, device)

        def start(allowed: NDArray[np.bool_]) -> Logits:
            logits = (
                noise * rng.standard_normal(allowed.shape) if noise else np.zeros(allowed.shape)
            )
            return Logits(place((allowed * np.exp(logits)).astype(dtype)))

        columns = len(tile.one)
        self.sections: list[Section] = []
        self.routes: list[Logits] = []
        self.added: list[Logits] = []
        self._levels: list[Level] = []
        self._slopes: list[Array] = []
        for layer, live in enumerate(tile.live):
            self.added.append(start(reach[layer].mixes(live, tile.one, tile.other)))
        for layer, (sources, targets) in enumerate(tile.links(wirings)):
            leave = groups(sources, len(tile.live[layer]), place=place, dtype=dtype)
            arrive = groups(targets, len(tile.live[layer + 1]), place=place, dtype=dtype)
            self.sections.append(Section(leave, arrive, place(targets)))
            self.routes.append(start(np.ones(leave.shape(len(sources), columns), dtype=bool)))
        self.totals = [
            _positive(section.leave.total(route.weight))
            for section, route in zip(self.sections, self.routes, strict=True)
        ]
        self._live = [place(live) for live in tile.live]
        self._places = [
            place(_places(live, wiring.targets))
            for live, wiring in zip(tile.live, wirings, strict=True)
        ]
        self._ends = PairEnds.of(tile.one, tile.other, place=place, dtype=dtype)
        self.members = self._ends.members
        self._members = place(self.members)

    def added_totals(self) -> list[Array]:
        """Sum the weights of the added control of every neuron, by layer."""
        return [
            _widened(_sum(added.weight), places)
            for added, places in zip(self.added, self._places, strict=True)
        ]

    def flow(self, scales: Sequence[Array], *, keep: bool) -> tuple[Array, float]:
        """Let control flow; return its part of K, shape (outputs, members), and what was lost.

        Keep the control of the last layer if asked to, or if the adjoint needs it.
        """
        shares = [route.weight for route in self.routes]
        levels, lost = forward(self.sections, shares, self.totals, self._control(scales))
        ends = self._ends.total(levels[-1].control)
        if not (keep or levels[-1].is_full):
            levels[-1] = Level(None, is_full=False)
        self._levels = levels
        return _widened(ends, self._places[-1]), lost

    def node_totals(self) -> list[Array]:
        """Sum the control of every neuron over the pairs, by layer; after `flow` kept them all."""
        return [
            _widened(_sum(level.control), places)
            for level, places in zip(self._levels, self._places, strict=True)
        ]

    def descend_routes(self, slope: Array, excess: Sequence[Array] | None, step: Step) -> None:
        """Move the routing, given the slope of the loss by K and by the totals of neurons.

        The slopes by added control take the place of the levels.
        """
        by_added: list[Array] = []
        for layer, by_route, by_control in self.slopes(slope, excess):
            by_added.insert(0, by_control)
            if by_route is not None:
                route, section = self.routes[layer], self.sections[layer]
                route.descend(by_route, step)
                self.totals[layer] = _positive(section.leave.total(route.weight))
        self._slopes = by_added

    def slopes(
        self, slope: Array, excess: Sequence[Array] | None
    ) -> Iterator[tuple[int, Array | None, Array]]:
        """Yield the slopes that `adjoint` gives; after `flow`."""
        xp = array_namespace(slope)
        own = xp.take(xp.take(slope, self._live[-1], axis=0), self._members, axis=1)
        direct: list[Array | float] = [0.0] * len(self._live)
        if excess is not None:
            pairs = zip(excess, self._live, strict=True)
            direct = [xp.take(part, live, axis=0)[:, None] for part, live in pairs]
        direct[-1] = self._ends.spread(own) + direct[-1]
        weights = [route.weight for route in self.routes]
        return adjoint(self.sections, weights, self.totals, self._levels, direct)

    def inner(self) -> list[Array]:
        """Sum weight times slope of the added control of every neuron, by layer."""
        return [
            _widened(_sum(added.weight * slope), places)
            for added, slope, places in zip(self.added, self._slopes, self._places, strict=True)
        ]

    def descend_added(self, scales: Sequence[Array], means: Sequence[Array], step: Step) -> None:
        """Move the added control; `means` are the mean slopes by it, of every neuron."""
        xp = array_namespace(scales[0])
        for layer, control in enumerate(self._control(scales)):
            slope = self._slopes[layer]
            slope = slope - xp.take(means[layer], self._live[layer], axis=0)[:, None]
            slope *= control
            self.added[layer].descend(slope, step)
        self._slopes = []

    def normalise(self, factors: Sequence[Array]) -> None:
        """Divide the routing by its totals, and multiply the added control by factors."""
        for section, route, total in zip(self.sections, self.routes, self.totals, strict=True):
            route.weight /= section.leave.spread(total)
        self.totals = [total / total for total in self.totals]
        for layer, control in enumerate(self._control(factors)):
            self.added[layer].weight = control

    def _control(self, scales: Sequence[Array]) -> Iterator[Array]:
        """Yield the control that the live neurons of each layer add."""
        for added, live, scale in zip(self.added, self._live, scales, strict=True):
            xp = array_namespace(scale)
            yield added.weight * xp.take(scale, live, axis=0)[:, None]


def _positive(total: Array) -> Array:
    """Replace 0, the total of a neuron that no edge leaves, by 1."""
    xp = array_namespace(total)
    return xp.where(total > 0, total, xp.ones_like(total))


def _sum(x: Array) -> Array:
    """Sum over pairs."""
    return array_namespace(x).sum(x, axis=1, dtype=x.dtype)


def _places(chosen: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return for each of `count` numbers its place among the chosen, one behind them if none."""
    places = np.full(count, len(chosen))
    places[chosen] = np.arange(len(chosen))
    return places


def _widened(x: Array, places: Array) -> Array:
    """Lay rows of live neurons out among all neurons, with 0 for the others."""
    if x.shape[0] == places.shape[0]:
        return x
    xp = array_namespace(x)
    zero = xp.zeros((1, *x.shape[1:]), dtype=x.dtype)
    return xp.take(xp.concat([x, zero]), places, axis=0)
