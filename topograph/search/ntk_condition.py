"""A score without training from gradients: the condition number of the tangent kernel."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from topograph.errors import BudgetError
from topograph.graph.architecture import Architecture
from topograph.search._patterns import prepared, run

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["ntk_condition"]


def ntk_condition(
    network: nn.Module | Architecture,
    batch: Tensor | ArrayLike,
    *,
    biases: bool = True,
    init: str = "kaiming_normal",
    device: str | torch.device = "auto",
    rng: np.random.Generator | int | None = None,
) -> float:
    r"""Condition number of the empirical neural tangent kernel on a batch.

    .. math:: \kappa = \frac{\lambda_{\max}(\Theta)}{\lambda_{\min}(\Theta)} , \qquad
              \Theta_{ij} = \langle \nabla_\theta f(x_i), \nabla_\theta f(x_j) \rangle ,

    where :math:`f` is the sum of the outputs of a sample.

    Parameters
    ----------
    network, batch, init, device, rng
        As in `topograph.search.nas_wot`.
    biases : bool
        Whether biases and the shifts of normalisations are among the parameters :math:`\theta`.
        The released program leaves them out.

    Returns
    -------
    float
        At least 1, lower is better: all directions of the batch are learnt at one speed. Infinity
        if the kernel is singular.

    Raises
    ------
    ShapeError
        If the batch has fewer than two samples.
    BudgetError
        If the network has no such parameters, or gradients are not finite.

    Notes
    -----
    Batch normalisations use the statistics of the batch, as in the released program, so a sample's
    output depends on the whole batch and its gradient is that of the whole batch's graph: one
    forward pass and one backward pass per sample. Gradients have the precision of the module, the
    kernel is summed and decomposed in double precision. Condition numbers above the inverse of the
    module's precision, about :math:`10^7`, rank noise.

    References
    ----------
    .. [1] W. Chen, X. Gong and Z. Wang, "Neural architecture search on ImageNet in four GPU hours:
           a theoretically inspired perspective", ICLR 2021, Section 3.1.

    Examples
    --------
    The kernel of a linear function is that of its inputs, here diag(4, 1):

    >>> ntk_condition(nn.Linear(2, 1, bias=False), [[2.0, 0.0], [0.0, 1.0]])
    4.0
    """
    module, samples = prepared(network, batch, init=init, device=device, rng=rng)
    weights = {
        name: weight
        for name, weight in module.named_parameters()
        if weight.requires_grad and (biases or not name.endswith("bias"))
    }
    if not weights:
        raise BudgetError(
            "A tangent kernel is made of gradients by parameters. Received "
            f"{type(module).__name__} without trainable ones. Choose another network or score."
        )
    spectrum = torch.linalg.eigvalsh(_kernel(module, samples, list(weights.values())))
    smallest, largest = float(spectrum[0]), float(spectrum[-1])
    rounding = len(samples) * torch.finfo(torch.float64).eps * largest
    return largest / smallest if smallest > rounding else inf


def _kernel(module: nn.Module, samples: Tensor, weights: list[Tensor]) -> Tensor:
    """Products of the gradients of each two samples, in double precision."""
    with torch.enable_grad():
        outputs = run(module, samples, dict(module.named_parameters()))
    total = torch.stack([one.flatten(1).sum(1) for one in outputs]).sum(0)
    if not total.requires_grad:
        return total.new_zeros(len(samples), len(samples), dtype=torch.float64)
    gradients = [
        torch.autograd.grad(
            one, weights, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        for one in total
    ]
    kernel = torch.zeros(len(samples), len(samples), dtype=torch.float64, device=samples.device)
    for parts in zip(*gradients, strict=True):
        rows = torch.stack(parts).flatten(1).double()
        kernel += rows @ rows.T
    if not bool(torch.isfinite(kernel).all()):
        raise BudgetError(
            "A condition number needs finite gradients, since NaN spreads to every eigenvalue. "
            "Received gradients that are not finite. Draw the weights anew, or look at the batch."
        )
    return kernel
