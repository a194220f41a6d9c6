"""How control flows through a cascade for some pairs of inputs, and the adjoint of that flow.

Every pair flows on its own, so pairs are the columns of all arrays here, and the last axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from topograph.analyzers._groups import Groups
from topograph.arrays import Array, array_namespace


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


def forward(
    sections: Sequence[Section],
    weights: Sequence[Array],
    totals: Sequence[Array],
    added: Iterator[Array],
) -> tuple[list[Array], float]:
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
    state, lost = _clipped(next(added))
    states = [state]
    for section, weight, total, own in zip(sections, weights, totals, added, strict=True):
        share = section.leave.spread(state / total)
        arrived = section.arrive.total(weight * share)
        arrived += own
        # Eqs. (16) and (27)
        state, more = _clipped(arrived)
        states.append(state)
        lost += more
    return states, lost


def adjoint(
    sections: Sequence[Section],
    weights: Sequence[Array],
    totals: Sequence[Array],
    states: list[Array],
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
    states : list of array
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
    state = states.pop()
    beyond = _unclipped(slopes[-1], state)
    yield len(states), None, beyond
    for layer in range(len(sections) - 1, -1, -1):
        section, weight, total, state = sections[layer], weights[layer], totals[layer], states.pop()
        xp = array_namespace(state)
        slope = xp.reshape(xp.take(beyond, section.target, axis=0), weight.shape)
        mean = section.leave.total(weight * slope) / total
        slope -= section.leave.spread(mean)
        slope *= weight
        slope *= section.leave.spread(state / total)
        beyond = _unclipped(mean + slopes[layer], state)
        yield layer, slope, beyond


def _clipped(control: Array) -> tuple[Array, float]:
    """Return control of at most 1, and how much was above."""
    xp = array_namespace(control)
    if control.size == 0 or float(xp.max(control)) <= 1:
        return control, 0.0
    kept = xp.minimum(control, xp.ones_like(control))
    return kept, float(xp.sum(control - kept))


def _unclipped(slope: Array, state: Array) -> Array:
    """Return the slope by control before it was clipped: none where it was."""
    xp = array_namespace(state)
    return xp.where(state < 1, slope, xp.zeros_like(state))
