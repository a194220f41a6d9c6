"""With which variance the weights of a layer begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topograph.errors import BudgetError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["initial_variance"]

RULES = ("constant", "fan_in", "fan_out", "fan_average")


def initial_variance(
    rows: ArrayLike, columns: ArrayLike, *, rule: str = "constant", scale: float = 1.0
) -> float | NDArray[np.float64]:
    r"""Variance of the initial weights of a layer.

    .. math:: q = s, \quad \frac{s}{n_\mathrm{in}}, \quad \frac{s}{n_\mathrm{out}}, \quad
              \frac{2 s}{n_\mathrm{in} + n_\mathrm{out}}

    for the rules constant, fan-in, fan-out and fan-average.

    Parameters
    ----------
    rows : array_like
        Outputs of the layer, :math:`n_\mathrm{out} > 0`: the rows of its weight matrix.
    columns : array_like
        Inputs, :math:`n_\mathrm{in} > 0`; in a convolution times the taps of its kernel.
    rule : {"constant", "fan_in", "fan_out", "fan_average"}
        What the variance depends on.
    scale : float
        Its factor, :math:`s \ge 0`: 1/3 under fan-in for torch's own layers, 2 for Kaiming's law,
        1 under fan-average for Xavier's.

    Returns
    -------
    float or ndarray
        One variance for each pair of `rows` and `columns`, which broadcast.

    Raises
    ------
    ShapeError
        If a number of rows or columns is not positive.
    BudgetError
        If the rule is unknown, or the scale is negative or not finite.

    Notes
    -----
    Skip connections add inputs to a layer, and nothing else: its matrix has w rows and
    :math:`H = w + m/2` columns at NN-Mass m. The mean squared singular value :math:`qH` grows with
    the mass under the constant rule, as Proposition 2 of [1]_ supposes, and under fan-out. Under
    fan-in it is the constant s whatever the mass, and the mean singular value rises only because
    the spectrum narrows; so it is with torch's default.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Proposition 2 and footnote 4.
    .. [2] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
           neural networks", AISTATS 2010, Eq. (16).
    .. [3] K. He et al., "Delving deep into rectifiers", ICCV 2015, Eqs. (10) and (14).

    Examples
    --------
    >>> initial_variance(8, 16, rule="fan_in")
    0.0625
    >>> columns = np.array([8, 12, 16])
    >>> (columns * initial_variance(8, columns, rule="fan_in", scale=2)).tolist()
    [2.0, 2.0, 2.0]
    """
    outputs, inputs = np.asarray(rows, dtype=float), np.asarray(columns, dtype=float)
    _check(outputs, inputs, rule, scale)
    fans = {
        "constant": np.ones(np.broadcast_shapes(outputs.shape, inputs.shape)),
        "fan_in": inputs + 0 * outputs,
        "fan_out": outputs + 0 * inputs,
        "fan_average": (outputs + inputs) / 2,
    }
    variance = scale / fans[rule]
    return float(variance) if variance.ndim == 0 else variance


def _check(
    outputs: NDArray[np.float64], inputs: NDArray[np.float64], rule: str, scale: float
) -> None:
    """Refuse what is no layer and no law."""
    if rule not in RULES:
        raise BudgetError(
            f"The variance of initial weights follows one of the rules {', '.join(RULES)}. "
            f"Received {rule!r}. Choose one of these."
        )
    if not 0 <= scale < float("inf"):
        raise BudgetError(
            "The scale of a variance is a finite number of at least 0, as variances are. "
            f"Received {scale}. Give 1, or 2 for Kaiming's law."
        )
    for name, sides in (("rows", outputs), ("columns", inputs)):
        if not np.all((sides > 0) & np.isfinite(sides)):
            raise ShapeError(
                "A layer has a positive, finite number of inputs and outputs. "
                f"Received {name} {sides.tolist()}. Give the shape of its weight matrix."
            )
