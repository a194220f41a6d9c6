"""How control flows through a cascade for some pairs of inputs, and the adjoint of that flow.

Every pair flows on its own, so pairs are the columns of all arrays here, and the last axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from topograph.analyzers.cascades.groups import Groups, rows_of
from topograph.arrays import Array, array_namespace

__all__ = ["Level", "Section", "adjoint", "forward"]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """The edges between two layers, sorted by the neuron that they leave.

    Attributes
    ----------
    leave, arrive : Groups
        The edges by their source and by their target.
    target : int array, shape (edges,)
    """

    leave: Groups
    arrive: Groups
    target: Array


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The control of a layer over the pairs, and whether it reaches 1 anywhere.

    Where it does not, nothing was clipped, and the adjoint does not read the last layer: its
    control may be left out.
    """

    control: Array
    is_full: bool


def forward(
    sections: Sequence[Section],
    weights: Sequence[Array],
    totals: Sequence[Array],
    added: Iterator[Array],
) -> tuple[list[Level], float]:
    r"""Return the control of each layer over the pairs, and what was lost where it exceeds 1.

    .. math:: c_v = \min\Big(1, \sum_{e = (u \to v)} R_e \, c_u + D_v\Big), \qquad
              R_e = \frac{w_e}{\sum_{f = (u \to \cdot)} w_f} .

    Parameters
    ----------
    sections : sequence of Section
    weights : sequence of array
        Of each section :math:`w > 0`, as its `leave` holds arrays over edges.
    totals : sequence of array, shape (neurons, pairs)
        Of each section the sum of the weights that leave a neuron.
    added : iterator of array, shape (neurons, pairs)
        Of each layer the control that it adds, :math:`D`.
    """
    level, lost = _clipped(next(added))
    levels = [level]
    for section, weight, total, own in zip(sections, weights, totals, added, strict=True):
        # Eqs. (16) and (27)
        if total.shape[0]:  # before, no neuron mixes any of the pairs
            share = section.leave.spread(level.control / total)
            arrived = section.arrive.total(weight * share)
            arrived += own
            own = arrived
        level, more = _clipped(own)
        levels.append(level)
        lost += more
    return levels, lost


def adjoint(
    sections: Sequence[Section],
    weights: Sequence[Array],
    totals: Sequence[Array],
    levels: list[Level],
    slopes: Sequence[Array],
) -> Iterator[tuple[int, Array | None, Array]]:
    r"""Yield, from the last layer to the first, the slopes of a loss.

    With :math:`\lambda_v` the slope of the loss by :math:`c_v`, a softmax of logits
    :math:`z = \log w` has the slope

    .. math:: \frac{\partial L}{\partial z_e} = R_e \, c_u \, (\lambda_v - \bar\lambda_u), \qquad
              \bar\lambda_u = \sum_{f = (u \to v)} R_f \, \lambda_v .

    Parameters
    ----------
    sections, weights, totals
        As in `forward`. A weight is not read after its slope was yielded, so it may be changed.
    levels : list of Level
        What `forward` returned; used up.
    slopes : sequence of array, shape (neurons, pairs) or (neurons, 1)
        What the loss itself depends on in each layer.

    Yields
    ------
    layer : int
    by_logits : array or None
        Slope by the logits of the edges that leave the layer; None for the last layer.
    by_added : array, shape (neurons, pairs)
        Slope by the control that the layer adds.
    """
    beyond = _unclipped(slopes[-1], levels.pop())
    yield len(levels), None, beyond
    for layer in range(len(sections) - 1, -1, -1):
        section, weight, total, level = sections[layer], weights[layer], totals[layer], levels.pop()
        xp = array_namespace(weight)
        slope = xp.reshape(rows_of(beyond, section.target), weight.shape)
        mean = section.leave.total(weight * slope) / total
        slope -= section.leave.spread(mean)
        slope *= weight
        slope *= section.leave.spread(level.control / total)
        beyond = _unclipped(mean + slopes[layer], level)
        yield layer, slope, beyond


def _clipped(control: Array) -> tuple[Level, float]:
    """Return control of at most 1, and how much was above."""
    xp = array_namespace(control)
    most = float(xp.max(control)) if control.size else 0.0
    if most <= 1:
        return Level(control, is_full=most == 1), 0.0
    kept = xp.minimum(control, xp.ones_like(control))
    return Level(kept, is_full=True), float(xp.sum(control - kept))


def _unclipped(slope: Array, level: Level) -> Array:
    """Return the slope by control before it was clipped: none where it was."""
    if not level.is_full:
        return slope
    xp = array_namespace(slope)
    return xp.where(level.control < 1, slope, xp.zeros_like(level.control))
