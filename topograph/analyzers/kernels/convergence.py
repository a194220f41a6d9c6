"""How fast gradient descent converges at least, by the smallest eigenvalue of a kernel."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf, log

from topograph.analyzers.kernels.kernel import nngp, ntk
from topograph.analyzers.kernels.ledger import paths_by_depth
from topograph.analyzers.kernels.reading import read
from topograph.arrays import Array
from topograph.errors import BudgetError
from topograph.graph.architecture import Architecture
from topograph.result import Result

__all__ = ["Convergence", "OrderConstants", "convergence"]


@dataclass(frozen=True, slots=True)
class OrderConstants:
    r"""Constants that the theorem leaves open; the orders are right up to them.

    Attributes
    ----------
    step, width : float
        Factors of the orders of the step and of the width.
    exponent : float
        :math:`\kappa` in :math:`2^{\kappa H}`, printed as :math:`2^{O(H)}`.
    """

    step: float = 1.0
    width: float = 1.0
    exponent: float = 1.0


@dataclass(frozen=True, slots=True)
class Convergence(Result):
    r"""A bound of the training error and what it depends on; `convergence` makes it.

    Attributes
    ----------
    paths : int
        Paths from the input to the output, :math:`P`.
    height : int
        :math:`H`.
    examples : int
        :math:`N`.
    lambda_min : float
        Of the NNGP kernel.
    rate : float
        :math:`\rho`, the factor of the squared error per step, by the NNGP kernel.
    steps : float
        Steps until the bound of the squared error has fallen to the target; infinite for rate 1.
    tangent_lambda_min, tangent_rate, tangent_steps : float
        The same by the tangent kernel, which is never slower.
    step_order, width_order : float
        Orders, not numbers: the largest step and the smallest width of the theorem, up to
        the constants that were given.
    """

    paths: int
    height: int
    examples: int
    lambda_min: float
    rate: float = field(metadata={"unit": "per step"})
    steps: float = field(metadata={"unit": "steps"})
    tangent_lambda_min: float
    tangent_rate: float = field(metadata={"unit": "per step"})
    tangent_steps: float = field(metadata={"unit": "steps"})
    step_order: float = field(metadata={"unit": "order, not a number"})
    width_order: float = field(metadata={"unit": "order, not a number"})


def convergence(
    architecture: Architecture,
    inputs: Array,
    *,
    step: float,
    target: float = 0.01,
    height: int | None = None,
    failure: float = 0.1,
    mode: str = "exact",
    constants: OrderConstants = OrderConstants(),
) -> Convergence:
    r"""Bound the training error of gradient descent on a wide network.

    With mean squared error and a step :math:`\eta` that is small enough,

    .. math:: \lVert y - u(k) \rVert^2 \le \rho^k \, \lVert y - u(0) \rVert^2 , \qquad
              \rho = 1 - \eta \, \lambda_{min}(K^{(H)}) / 2 , \qquad
              k(\epsilon) = \lceil \log \epsilon / \log \rho \rceil .

    Parameters
    ----------
    architecture : Architecture
        As in `nngp`.
    inputs : array of shape (N, d)
        Rows of length 1.
    step : float
        :math:`\eta > 0`.
    target : float
        :math:`\epsilon`, the fraction of the squared error that may be left, between 0 and 1.
    height : int, optional
        :math:`H`; by default the most activations on a path.
    failure : float
        :math:`\delta`, the probability with which the bound may fail.
    mode : {"exact", "paper"}
        As in `nngp`.
    constants : OrderConstants
        What the theorem leaves open.

    Returns
    -------
    Convergence
        A disconnected network (no path) has rate 1 and infinitely many steps.

    Raises
    ------
    BudgetError
        If a number is out of range, or the step so large that the bound says nothing.

    Notes
    -----
    The orders are, with :math:`\kappa` and the factors from `constants`,

    .. math:: \eta = O\!\left(\frac{\lambda}{(N P)^2 \, 2^{O(H)}}\right) , \qquad
              m = \Omega\!\left(\max\!\left\{\frac{(N P)^4}{\lambda^4}, \frac{N P H}{\delta},
              \frac{(N P)^2 \log(H N / \delta) \, 2^{O(H)}}{\lambda^2}\right\}\right) .

    They rank architectures; they prescribe nothing. The bound is valid and loose: the speed of a
    wide network is that of its tangent kernel, in every direction and not in the slowest alone.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Theorem 3.1, Eq. (3).

    Examples
    --------
    >>> import numpy as np
    >>> import topograph as tg
    >>> layer = tg.generators.dag([(0, 1, "linear")])
    >>> found = convergence(layer, np.eye(2), step=0.1)
    >>> round(found.rate, 6), found.steps  # 1 - 0.05 (1 - 1 / pi)
    (0.965915, 133)
    """
    program = read(architecture)
    depths = paths_by_depth(program)
    height = max(depths, default=0) if height is None else height
    _check(step=step, target=target, failure=failure, height=height)
    kernel = nngp(architecture, inputs, mode=mode)
    tangent = ntk(architecture, inputs, mode=mode)
    rates = [_rate(step, found.lambda_min) for found in (kernel, tangent)]
    examples, paths = inputs.shape[0], kernel.paths
    orders = _orders(kernel.lambda_min, examples * paths, height, examples, failure, constants)
    return Convergence(
        paths=paths,
        height=height,
        examples=examples,
        lambda_min=kernel.lambda_min,
        rate=rates[0],
        steps=_steps(rates[0], target),
        tangent_lambda_min=tangent.lambda_min,
        tangent_rate=rates[1],
        tangent_steps=_steps(rates[1], target),
        step_order=orders[0],
        width_order=orders[1],
    )


def _rate(step: float, smallest: float) -> float:
    """Factor of the squared error per step."""
    rate = 1 - step * max(smallest, 0.0) / 2  # Eq. (3)
    if rate <= 0:
        raise BudgetError(
            "The bound holds for small steps, so that the error falls by a factor between 0 and 1. "
            f"Received the step {step:.6g} for a smallest eigenvalue of {smallest:.6g}. "
            f"Choose a step below {2 / smallest:.3g}."
        )
    return rate


def _steps(rate: float, target: float) -> float:
    """Steps until the bound has fallen to the target."""
    return ceil(log(target) / log(rate)) if rate < 1 else inf


def _orders(
    smallest: float,
    weight: int,
    height: int,
    examples: int,
    failure: float,
    constants: OrderConstants,
) -> tuple[float, float]:
    """Orders of step and width; `weight` is the number of examples times that of paths."""
    if smallest <= 0:
        return 0.0, inf
    growth = 2 ** (constants.exponent * height)
    widths = (
        (weight / smallest) ** 4,
        weight * height / failure,
        (weight / smallest) ** 2 * log(max(height, 1) * examples / failure) * growth,
    )
    return constants.step * smallest / (weight**2 * growth), constants.width * max(widths)


def _check(*, step: float, target: float, failure: float, height: int) -> None:
    """Refuse numbers that are out of range."""
    fine = {
        "step": 0 < step < inf,
        "target": 0 < target < 1,
        "failure": 0 < failure < 1,
        "height": height >= 0,
    }
    values = {"step": step, "target": target, "failure": failure, "height": height}
    for name, holds in fine.items():
        if not holds:
            raise BudgetError(
                "A bound of convergence takes a step above 0, fractions `target` and `failure` "
                f"between 0 and 1, and a height from 0. Received {name} = {values[name]!r}. "
                "Choose a number in that range."
            )
