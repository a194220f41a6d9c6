"""Kernels of networks of infinite width: of their features (NNGP) and of their gradients (NTK)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from topograph.analyzers.kernels.inputs import gram
from topograph.analyzers.kernels.ledger import Ledger, paths_by_depth
from topograph.analyzers.kernels.moments import Evaluation, Moments
from topograph.analyzers.kernels.nonlinearity import Nonlinearity
from topograph.analyzers.kernels.reading import Program, Step, read
from topograph.arrays import Array, array_namespace, smallest_eigenvalue, symmetric_eigenvalues
from topograph.graph.architecture import Architecture
from topograph.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Kernel", "nngp", "ntk", "pair_eigenvalue", "smallest_pair_eigenvalue"]


@dataclass(frozen=True, slots=True, eq=False)
class Kernel(Result):
    r"""Kernel of a network at N inputs; `nngp` and `ntk` make it.

    Attributes
    ----------
    mode : {"exact", "paper"}
    paths : int
        Paths from the input to the output; 0 if the output does not depend on the input.
    values : array of shape (N, N)
        :math:`K_{ij}`, symmetric.
    diagonal : array of shape (N,)
        :math:`K_{ii}`.
    lambda_min : float
        Smallest eigenvalue.
    pair_bound : float
        Smallest eigenvalue of a 2 x 2 principal submatrix, which is never below `lambda_min`.
    """

    mode: str
    paths: int
    values: Array = field(repr=False)
    diagonal: Array = field(repr=False)
    lambda_min: float
    pair_bound: float

    @property
    def spectrum(self) -> Array:
        """All eigenvalues, smallest first."""
        return symmetric_eigenvalues(self.values)

    @property
    def tightness(self) -> float:
        """Ratio of `lambda_min` to `pair_bound`, at most 1; NaN where both are 0."""
        return self.lambda_min / self.pair_bound if self.pair_bound > 0 else float("nan")

    @property
    def normalised(self) -> float:
        """`lambda_min` over the mean of the diagonal; NaN where that is 0."""
        mean = float(array_namespace(self.diagonal).mean(self.diagonal))
        return self.lambda_min / mean if mean > 0 else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """One row per input with its diagonal entry, and the eigenvalues in order beside them."""
        import pandas as pd

        columns = {"diagonal": self.diagonal, "eigenvalue": self.spectrum}
        return pd.DataFrame({name: column.tolist() for name, column in columns.items()})


def nngp(
    architecture: Architecture,
    inputs: Array,
    *,
    mode: str = "exact",
    activation: str | Nonlinearity | None = None,
    rows: str = "unit",
    input_mean: Array | float | str = 0.0,
    operations: str = "exact",
) -> Kernel:
    r"""Kernel of the features of a network as its width tends to infinity.

    A node is a sum of independent atoms, :math:`X_t = \sum_a n_{ta} A_a`: the input, and one atom
    per linear map, :math:`A_a = \sqrt{c_\sigma / m} \, \sigma(W_a X_s)`, which arrives
    over :math:`n_{ta}` routes of skip connections. With the dual activation :math:`f` of
    `dual_activation` and :math:`\mu_a = \sqrt{c_\sigma} E \sigma(\sqrt{K^{(s)}_{ii}} \, z)`,

    .. math:: K^{(t)} = \sum_a n_{ta}^2 f(K^{(s)})
              + \sum_{a \ne b} n_{ta} n_{tb} \, \mu_a \mu_b^\top .

    Parameters
    ----------
    architecture : Architecture
        With one input and one output; of linear maps, skip connections (identities into sums), zero
        edges, activations, and products and concatenations of features.
    inputs : array of shape (N, d)
        One example per row. Only inner products enter, so `d` need not be the width of the input.
    mode : {"exact", "paper"}
        ``"paper"`` adds kernels edge by edge, as [1]_ does: it has no products of means and counts
        an atom that arrives over :math:`k` routes :math:`k` times instead of :math:`k^2` times.
    activation : str or Nonlinearity, optional
        Put in the place of every activation of the architecture.
    rows : {"unit", "normalise", "as given"}
        Whether rows must have length 1, are divided by their length, or are taken as they are.
    input_mean : float, array of shape (N,), or "rows"
        Mean of the neurons of the input, :math:`\mu_0(i) = m^{-1/2} \sum_k X_{ik}`. It is 0
        for inputs turned at random; ``"rows"`` computes it from the rows. Where a stem leads from
        the input to the first sum, it does not enter.
    operations : {"exact", "connectivity"}
        ``"connectivity"`` reads convolutions as linear maps, pooling as identities, and leaves
        normalisations out: the kernel of the wiring of a convolutional cell.

    Returns
    -------
    Kernel
        Of the output. A linear readout leaves it as it is, since its weights have variance
        :math:`1 / m`.

    Raises
    ------
    ArchitectureError
        If the network has several inputs or outputs, or parts without such a kernel, by name.
    ShapeError
        If `inputs` is no matrix.
    BudgetError
        If a row has length 0, or another than 1 where that is asked.

    Notes
    -----
    ``mode="exact"`` is the limit of networks of finite width with independent Gaussian weights of
    variance :math:`c_\sigma / m`; for ReLUs this is ``to_module(init="kaiming_normal")`` at inputs
    :math:`\sqrt d \, x`. ``mode="paper"`` is exact where nothing arrives over two routes and no sum
    has means to multiply: with odd activations, and where every activation is followed by a
    linear map before the next sum. Biases begin at 0 and do not enter.

    The kernel of a product of independent features is the product of their kernels. That of a
    concatenation is their mean over its neurons, which is all that linear maps read of it. Selected
    neurons stand for all of a feature that linear maps make, where linear maps read them, through
    a concatenation too: so random-skip networks have kernels, of their widths' proportions.

    Equal kernels inside an architecture are computed once. The diagonal is computed by itself and
    written into the kernel, so that equal inputs have correlation 1 exactly.

    References
    ----------
    .. [1] W. Chen et al., "Deep architecture connectivity matters for its convergence: a
           fine-grained analysis", NeurIPS 2022, Lemma 3.2, Eqs. (6)-(10).

    Examples
    --------
    >>> import numpy as np
    >>> import topograph as tg
    >>> network = tg.generators.dag([(0, 1, "skip"), (0, 2, "linear"), (1, 2, "linear")])
    >>> kernel = nngp(network, np.eye(2))
    >>> round(float(kernel.diagonal[0]), 6)  # 2 + 2 / pi
    2.63662
    >>> float(nngp(network, np.eye(2), mode="paper").diagonal[0])
    2.0
    """
    program = read(architecture, operations=operations, activation=activation)
    source = gram(inputs, rows=rows, input_mean=input_mean)
    moments = _output(program, source, mode)
    return _kernel(moments.cross, moments.left, mode, program)


def ntk(
    architecture: Architecture,
    inputs: Array,
    *,
    mode: str = "exact",
    activation: str | Nonlinearity | None = None,
    rows: str = "unit",
    input_mean: Array | float | str = 0.0,
    operations: str = "exact",
) -> Kernel:
    r"""Tangent kernel of a network of infinite width in which all weights are trained.

    With the atoms of `nngp`, and :math:`f'` the dual of the slope of the activation,

    .. math:: \Theta^{(t)} = \sum_a n_{ta}^2 \, f'(K^{(s)}) \circ (K^{(s)} + \Theta^{(s)}) , \qquad
              \Theta^{(0)} = 0 ,

    and :math:`\Theta_u = K^{(H)} + \Theta^{(H)}` for an output :math:`u = a^\top X^{(H)}`.

    Parameters, errors and references are those of `nngp`.

    Returns
    -------
    Kernel
        Of one output neuron. If the last step of the network is a linear map without activation,
        it is the readout :math:`a`; otherwise a trained readout is appended.

    Notes
    -----
    Weights are standard Gaussians, with the factors :math:`\sqrt{c_\sigma / m}` outside (the NTK
    parametrisation); biases are not trained. There are no products of means but in
    :math:`K`. :math:`\Theta_u - K^{(H)}` is positive semidefinite, so the smallest
    eigenvalue is at least that of `nngp`.

    References
    ----------
    .. [1] A. Jacot, F. Gabriel and C. Hongler, "Neural tangent kernel: convergence and
           generalization in neural networks", NeurIPS 2018, Theorem 1.

    Examples
    --------
    >>> import numpy as np
    >>> import topograph as tg
    >>> chain = tg.generators.dag([(0, 1, "linear"), (1, 2, "linear"), (2, 3, "linear")])
    >>> float(ntk(chain, np.eye(2)).diagonal[0])
    4.0
    """
    program = with_readout(read(architecture, operations=operations, activation=activation))
    source = gram(inputs, rows=rows, input_mean=input_mean)
    moments = _output(program, replace(source, tangent=0 * source.cross), mode)
    xp = array_namespace(inputs)
    return _kernel(moments.tangent, xp.linalg.diagonal(moments.tangent)[:, None], mode, program)


def with_readout(program: Program) -> Program:
    """Append a linear map to a program that does not end with one."""
    last = program[-1] if program else Step((0,))
    if not last.kept and last.activation is None and len(last.mixed) == 1:
        return program
    return (*program, Step((), (len(program),)))


def pair_eigenvalue(left: Array, right: Array, cross: Array) -> Array:
    r"""Smallest eigenvalue of symmetric 2 x 2 matrices.

    .. math:: \lambda = \frac{a + d}{2} - \sqrt{\frac{(a - d)^2}{4} + b^2} ,

    that is :math:`a - |b|` for equal diagonal entries.
    """
    xp = array_namespace(cross)
    half = (left - right) / 2
    return (left + right) / 2 - xp.sqrt(half * half + cross * cross)


def smallest_pair_eigenvalue(diagonal: Array, values: Array) -> float:
    """Smallest eigenvalue over all 2 x 2 principal submatrices; the entry itself where N = 1."""
    xp = array_namespace(values)
    found = pair_eigenvalue(diagonal, xp.matrix_transpose(diagonal), values)
    unit = xp.eye(values.shape[0], dtype=values.dtype, device=values.device)
    return float(xp.min(xp.where(unit > 0, diagonal + 0 * found, found)))


def _output(program: Program, source: Moments, mode: str) -> Moments:
    """Evaluate the output of one program."""
    xp = array_namespace(source.mean_left)
    ledger = Ledger(mode, is_centred=not bool(xp.any(source.mean_left != 0)))
    return Evaluation(ledger, source).of(ledger.output(program))


def _kernel(values: Array, diagonal: Array, mode: str, program: Program) -> Kernel:
    """Describe a kernel; `diagonal` is a column, or one entry for all."""
    xp = array_namespace(values)
    column: Any = diagonal + xp.zeros((values.shape[0], 1), dtype=values.dtype)
    return Kernel(
        mode=mode,
        paths=sum(paths_by_depth(program).values()),
        values=values,
        diagonal=column[:, 0],
        lambda_min=smallest_eigenvalue(values),
        pair_bound=smallest_pair_eigenvalue(column, values),
    )
