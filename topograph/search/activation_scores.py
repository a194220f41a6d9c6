"""Scores without training from activation patterns: which units a sample switches on."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from topograph.graph.architecture import Architecture
from topograph.search._patterns import patterns, prepared

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["linear_regions", "nas_wot"]


def nas_wot(
    network: nn.Module | Architecture,
    batch: Tensor | ArrayLike,
    *,
    init: str = "default",
    device: str | torch.device = "auto",
    rng: np.random.Generator | int | None = None,
) -> float:
    r"""How well the samples of a batch are told apart by the units that they switch on.

    .. math:: s = \log |\det K_H| , \qquad
              (K_H)_{ij} = N_A - d_H(c_i, c_j) ,

    where :math:`c_i` says which of the :math:`N_A` units are on for sample :math:`i`, and
    :math:`d_H` counts the units in which two samples differ.

    Parameters
    ----------
    network : Module or Architecture
        A module as it is, with its weights, on its device; or an architecture, whose module is
        made and drawn here.
    batch : array of shape (samples, ...)
        At least two samples, as the network takes them.
    init : str
        How the weights of an architecture are drawn, as in `topograph.exporter.to_module`.
    device : str or torch.device
        Where the module of an architecture runs; "auto" takes a GPU where there is one.
    rng : Generator, int or None
        Source of the weights of an architecture.

    Returns
    -------
    float
        Higher is better. Minus infinity if the kernel is singular: if two samples have the same
        pattern, if there are more samples than units and one, or if no unit lies on a way from the
        input to an output.

    Raises
    ------
    ShapeError
        If the batch has fewer than two samples.

    Notes
    -----
    A unit is on where what its activation receives is above 0; any elementwise activation counts,
    though the pattern names a linear region only for the ReLU and its leaky kin. Batch
    normalisations use the statistics of the batch, as in training; the module is left as it was.

    The released program gives each convolution of a cell a ReLU of its own and counts what two
    of them read twice; an exported cell has one ReLU for each feature map.

    References
    ----------
    .. [1] J. Mellor, J. Turner, A. Storkey and E. J. Crowley, "Neural architecture search without
           training", ICML 2021, Eq. (2) and (3).

    Examples
    --------
    Two units of which the first tells two samples apart: K is [[2, 1], [1, 2]], of determinant 3.

    >>> layer = nn.Linear(2, 2, bias=False)
    >>> layer.weight.data = torch.eye(2)
    >>> round(nas_wot(nn.Sequential(layer, nn.ReLU()), [[1.0, 1.0], [-1.0, 1.0]]), 6)
    1.098612
    """
    module, samples = prepared(network, batch, init=init, device=device, rng=rng)
    count = len(samples)
    kernel = torch.zeros(count, count, dtype=torch.float64, device=samples.device)
    units = 0
    for on in patterns(module, samples):
        signs = on.to(torch.float32) * 2 - 1
        kernel += signs @ signs.T  # agreements less differences, exact below 2^24 units
        units += on.shape[1]
    # Eq. (2)
    spectrum = torch.linalg.eigvalsh((kernel + units) / 2)
    rounding = count * torch.finfo(torch.float64).eps * float(spectrum[-1])
    # Eq. (3)
    return float(spectrum.log().sum()) if float(spectrum[0]) > rounding else -inf


def linear_regions(
    network: nn.Module | Architecture,
    batch: Tensor | ArrayLike,
    *,
    init: str = "kaiming_normal",
    device: str | torch.device = "auto",
    rng: np.random.Generator | int | None = None,
) -> int:
    """Count the different activation patterns of the samples of a batch.

    Parameters
    ----------
    network, batch, init, device, rng
        As in `nas_wot`.

    Returns
    -------
    int
        From 1 to the number of samples; higher is better. 1 where no unit lies on a way from the
        input to an output.

    Raises
    ------
    ShapeError
        If the batch has fewer than two samples.

    Notes
    -----
    A network of ReLUs is linear in each region of one pattern, so that this is a lower bound on
    its regions. It saturates: where every sample has a pattern of its own, widen the batch or
    make inputs and network small. The released program takes 3,000 patches of 1 x 3 x 3 values
    and cells of one channel. Batch normalisations use the statistics of the batch.

    References
    ----------
    .. [1] W. Chen, X. Gong and Z. Wang, "Neural architecture search on ImageNet in four GPU hours:
           a theoretically inspired perspective", ICLR 2021, Section 3.2.

    Examples
    --------
    >>> layer = nn.Linear(2, 2, bias=False)
    >>> layer.weight.data = torch.eye(2)
    >>> linear_regions(nn.Sequential(layer, nn.ReLU()), [[1.0, 1.0], [-1.0, 1.0], [2.0, 1.0]])
    2
    """
    module, samples = prepared(network, batch, init=init, device=device, rng=rng)
    packed = [np.packbits(on.cpu().numpy(), axis=1) for on in patterns(module, samples)]
    rows: NDArray[np.uint8] = np.concatenate([np.zeros((len(samples), 1), np.uint8), *packed], 1)
    return len({row.tobytes() for row in rows})
