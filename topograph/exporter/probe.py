"""The layerwise Jacobians of a module on a batch, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import torch
from torch import Tensor, nn

from topograph.errors import ArchitectureError, BudgetError, ShapeError
from topograph.exporter.chain import read_chain
from topograph.exporter.matrices import matrix
from topograph.exporter.network import Network
from topograph.exporter.watch import Seen, watch

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Batch = Tensor | ArrayLike | tuple[Tensor | ArrayLike, ...]
    Jacobians = dict[str, NDArray[np.float64]]
    Factors = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]

__all__ = ["probe"]

RULES = ("jacobian", "released", "weights")


@overload
def probe(
    module: nn.Module, batch: Batch, *, rule: str = ..., factored: Literal[False] = ...
) -> Jacobians: ...
@overload
def probe(
    module: nn.Module, batch: Batch, *, rule: str = ..., factored: Literal[True]
) -> Factors: ...
def probe(
    module: nn.Module, batch: Batch, *, rule: str = "jacobian", factored: bool = False
) -> Jacobians | Factors:
    r"""Layerwise Jacobians of a module on a batch.

    A layer that maps what it reads, x, to :math:`h = W x + b` and is followed by an activation
    :math:`\varphi` has for each sample the Jacobian

    .. math:: J = \frac{\partial \varphi(h)}{\partial x} = D W , \qquad
              D = \operatorname{diag}(\varphi'(h)) .

    Parameters
    ----------
    module : torch.nn.Module
        An exported network, or any module with layers of kind `torch.nn.Linear` or
        `torch.nn.Conv2d`.
    batch : Tensor, array_like or tuple of these
        What the module is called with: samples along the first axis. Arrays take the type and
        device of the module's parameters.
    rule : {"jacobian", "weights", "released"}
        - ``"jacobian"``: :math:`D W` at the output of each layer;
        - ``"weights"``: W alone, the Jacobian of a linear network;
        - ``"released"``: what the program released with [1]_ computes, see Notes.
    factored : bool
        True for the factors of :math:`D W` in place of the products: they take the memory of one
        weight matrix, and `topograph.analyzers.isometry` is faster by them.

    Returns
    -------
    dict of str to ndarray of shape (batch, outputs, inputs)
        For each layer by its name in the module, in the order in which they are called; float64.
        A layer called again is there again, as ``name:1``. W alone has a batch of 1. Factored, a
        pair for each: the diagonals of D, (batch, outputs), and W, (outputs, inputs).

    Raises
    ------
    BudgetError
        If the rule is unknown, or is not ``"jacobian"`` for factors, or weights or slopes are not
        finite.
    ShapeError
        If the batch is empty.
    ArchitectureError
        If the module has no such layer, or the rule "released" does not apply to it.

    Notes
    -----
    An activation belongs to a layer if it is applied directly to what the layer returns. Where
    something else comes first, a normalisation, a sum or a selection, :math:`D = 1`: the slope
    belongs to that. Any elementwise function of torch counts, called as a module, a function or a
    method; its slope is its derivative by autograd, at a kink the one that torch takes.

    A convolution is the same linear map at each pixel, from the patch under its kernel to the
    output channels. Its Jacobian here is that of the central pixel of its output: exact, as wide
    as channels times taps, and untouched by padding unless the map is smaller than the kernel.
    The Jacobian of a whole map would be the map's size times larger in both directions. A linear
    layer that is applied along a sequence is likewise taken at its central position.

    The module runs once, as it is: call ``module.eval()`` first if normalisations should use
    their running statistics. Its statistics, gradients and weights are left as they were.

    The rule "released" exists for chains of linear layers with one activation, ELU or ReLU. Layer
    0 has D at its output and layer 1 has none. A later layer, the classifier too, has
    :math:`W D` with D at the pre-activations of the neurons it reads, those of layer 0 activated.
    The slope of ELU is :math:`e^x` for :math:`x > 0` and 0 elsewhere, which is wrong: it is 1 and
    :math:`e^x`. Only the rule is that of the program; the values are those of our networks.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021,
           Definition 2, and the function ``dev`` of the released program.

    Examples
    --------
    >>> layer = nn.Linear(2, 2, bias=False)
    >>> layer.weight.data = torch.tensor([[1.0, 2.0], [3.0, -4.0]])
    >>> probe(nn.Sequential(layer, nn.LeakyReLU(0.5)), [[1.0, 1.0]])["0"].tolist()
    [[[1.0, 2.0], [1.5, -2.0]]]
    """
    if rule not in RULES:
        raise BudgetError(
            f"Layerwise Jacobians are formed by one of the rules {', '.join(RULES)}. "
            f"Received {rule!r}. Choose one of these."
        )
    if factored and rule != "jacobian":
        raise BudgetError(
            "Factors are slopes of outputs and weights, as in the rule 'jacobian'. "
            f"Received factored=True with {rule!r}. Ask for the products."
        )
    seen = watch(module, _arguments(module, batch))
    if not seen:
        raise ArchitectureError(
            "A probe reads the layers that a module calls and that mix channels, such as "
            f"torch.nn.Linear. Received {type(module).__name__} without any. "
            "Pass a module made of such layers, for example one of to_module."
        )
    weights = {name: matrix(one.layer).detach().double() for name, one in seen.items()}
    _check_finite("weights", weights)
    if rule == "weights":
        products = {name: weight[None] for name, weight in weights.items()}
    elif rule == "released":
        products = _released(module, seen, weights)
    else:
        slopes = {name: one.slope.double() for name, one in seen.items()}
        _check_finite("slopes", slopes)
        if factored:
            return {
                name: (slopes[name].cpu().numpy(), weights[name].cpu().numpy()) for name in seen
            }
        products = {name: slopes[name][..., None] * weights[name] for name in seen}
    return {name: product.cpu().numpy() for name, product in products.items()}


def _arguments(module: nn.Module, batch: Any) -> tuple[Tensor, ...]:
    """Return the arguments of a call of the module, with the type and device of its parameters."""
    like = next(module.parameters(), torch.empty(0))
    arguments = tuple(
        one if isinstance(one, Tensor) else torch.tensor(np.asarray(one, dtype=float)).to(like)
        for one in (batch if isinstance(batch, tuple) else (batch,))
    )
    for one in arguments:
        if one.ndim == 0 or len(one) == 0:
            raise ShapeError(
                "A batch holds at least one sample, since a Jacobian is taken at a point. "
                f"Received an array of shape {tuple(one.shape)}. Pass (samples, ...)."
            )
    return arguments


def _check_finite(what: str, tensors: dict[str, Tensor]) -> None:
    """Refuse NaN and infinity, by the name of the layer."""
    for name, values in tensors.items():
        if not bool(torch.isfinite(values).all()):
            raise BudgetError(
                "A Jacobian is a product of finite numbers, since NaN spreads to every value. "
                f"Received {what} of layer {name!r} that are not finite. "
                "Initialise the module anew, or look for the NaN in the batch."
            )


def _released(
    module: nn.Module, seen: dict[str, Seen], weights: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Form the products of the released program."""
    chain = _chain(module)
    slope = _RELEASED_SLOPES[chain.activation]
    before = [one.output.double() for one in seen.values()]
    activate = getattr(torch.nn.functional, chain.activation)
    read = torch.cat([activate(before[0]), *before[1:]], dim=1)
    first, second, *others = weights
    products = {first: slope(before[0])[..., None] * weights[first]}
    products[second] = weights[second].expand(len(read), -1, -1)
    for name, neurons in zip(others, chain.reads[1:], strict=True):
        products[name] = weights[name] * slope(read[:, torch.from_numpy(neurons)])[:, None, :]
    return products


def _chain(module: nn.Module) -> Any:
    """Return the chain of layers to which the released rule applies."""
    chain = read_chain(module.plan.architecture) if isinstance(module, Network) else None
    if chain is None or chain.activation not in _RELEASED_SLOPES:
        activation = f" with {chain.activation}" if chain else ""
        raise ArchitectureError(
            "The released rule is that of a program for chains of linear layers with ELU or ReLU. "
            f"Received {type(module).__name__}{activation}. Take the rule 'jacobian'."
        )
    return chain


_RELEASED_SLOPES: dict[Any, Any] = {
    "elu": lambda x: torch.where(x > 0, torch.exp(x), 0.0),
    "relu": lambda x: torch.where(x > 0, 1.0, 0.0),
}
