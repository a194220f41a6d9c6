"""Architectures as torch modules: an interpreter of plans."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from topograph.errors import ShapeError
from topograph.exporter import layers
from topograph.exporter.expression import Call, Layer
from topograph.exporter.factors import scale_weights
from topograph.exporter.initialise import initialise
from topograph.exporter.layers import deal
from topograph.exporter.norms import SharedNorm2d, moments, share
from topograph.exporter.plan import Plan, compile
from topograph.exporter.pointwise import quicken_pointwise
from topograph.exporter.slots import Step, unshared
from topograph.exporter.structured import quicken
from topograph.graph.architecture import Architecture

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Network", "to_module"]


def to_module(
    architecture: Architecture,
    *,
    init: str = "default",
    contributions: Mapping[str, ArrayLike] | None = None,
    rng: np.random.Generator | int | None = None,
) -> Network:
    r"""Make the torch module that an architecture describes.

    Parameters
    ----------
    architecture : Architecture
    init : str
        How weights are drawn, see Notes: ``"default"``, ``"orthogonal"``, or ``"kaiming"``,
        ``"xavier"``, ``"sparse_xavier"``, ``"dense_xavier"`` or ``"skip"``, followed by
        ``"_normal"`` or ``"_uniform"``.
    contributions : mapping of str to array_like, optional
        Fixed factors :math:`\alpha` of linear maps and convolutions, by name, as in the `factors`
        of `topograph.analyzers.contributions`; see Notes.
    rng : Generator, int or None
        Source of the weights. Each layer draws from a stream of its own, so one more layer at the
        end leaves the others as they are. The random state of torch is left alone.

    Returns
    -------
    Network
        A module with one positional argument per input of the architecture, in order, each of
        shape (batch, width, \*size). It returns one tensor, or a tuple if there are several
        outputs.

    Raises
    ------
    ArchitectureError
        If it is no architecture, an op has no counterpart in torch, or factors belong to no layer
        that can have them.
    ShapeError
        If the factors of a layer have another shape than its links.
    BudgetError
        If `init` is unknown or not defined for a layer.

    Notes
    -----
    Parameters are named after nodes: ``conv3.weight`` belongs to the only edge with parameters into
    node ``conv3``, ``conv3_0.weight`` and ``conv3_2.weight`` to the edges at positions 0 and 2 if
    there are several, ``conv3_norm.weight`` to its normalisation. Where such a name is taken, or an
    attribute of `torch.nn.Module`, underscores follow.

    Batch normalisation is per channel; layer normalisation is `torch.nn.LayerNorm` for vectors and
    `torch.nn.GroupNorm` with one group for maps, so that both have a scale and a shift per channel.
    In training on the CPU, batch normalisations over concatenations of the same large feature maps
    share the statistics of each, which are then taken once. Outputs and gradients are the same
    bits, running statistics the same up to rounding.
    ReLU and ReLU6 write over what a batch normalisation returns: a hook on it sees them activated.

    With fan-in :math:`n` and fan-out :math:`m` counted from the links that are there, constant ones
    included, and over all taps of a kernel, weights are drawn

    - by default as torch's own layers do, :math:`U(-1/\sqrt n, 1/\sqrt n)`, biases too;
    - ``kaiming``: with variance :math:`2 / n`, which is the gain of a ReLU;
    - ``xavier``: with variance :math:`2 / (n + m)`;
    - ``sparse_xavier``: the same with the mean fans of the layer, :math:`\rho n_{in}` and
      :math:`\rho n_{out}` at density :math:`\rho`, so all its weights have one variance;
    - ``dense_xavier``: the same as if the layer were wired in full, to show what is lost: each
      layer then scales variances by its density;
    - ``skip``: with variance :math:`1 / (k L)` in layers with constant links, where :math:`k` links
      of the output train and :math:`L` such layers are in the cell, so constant links of weight 1
      raise the variance by :math:`e` at most; as ``sparse_xavier`` in other layers;
    - ``orthogonal``: with orthonormal rows or columns in each block that is wired in full; there is
      no such law for sparse wiring.

    Biases are 0 in all but the first. They are drawn on the CPU, so a seed gives the same weights
    on every device. Inside ``with torch.device("meta"):`` nothing is drawn, and the module serves
    to count and to infer shapes.

    A layer with contributions computes with :math:`\alpha_{ji} W_{ji}`, where :math:`W_{ji}` is the
    kernel from input :math:`i` to output :math:`j` (a number in a linear map). The factors are a
    buffer ``conv3.factor``: they move and are saved with the module and never train. Weights are
    drawn as without factors, so that only the factors differ. A written program has none;
    `topograph.exporter.fold_factors` multiplies them into the weights for it.

    Large sparse linear maps and pointwise convolutions are computed along their links alone, as
    `SparseLinear` and `SparseConv2d` layers of the form that suits them: products of blocks, or
    compressed rows, which need a CPU. The results are those of a product in full up to rounding.
    Compiled and exported programs multiply in full. Full pointwise convolutions are products of
    matrices where that is faster, on a CPU and for batches of images that are not tiny.

    For `torch.export` with a dynamic batch, say ``dynamic_shapes=(({0: "batch"},),)``: the
    arguments of a network are one variadic parameter.

    Examples
    --------
    >>> import topograph as tg
    >>> network = to_module(tg.generators.dense_mlp(8, 4, candidates=2, inputs=64, rng=0), rng=0)
    >>> network(torch.zeros(3, 64)).shape
    torch.Size([3, 10])
    >>> [name for name, _ in network.named_parameters()][:2]
    ['layer_0.weight', 'layer_0.bias']
    """
    plan = compile(architecture)
    with _random_state_kept():
        network = Network(plan)
    initialise(network, init, rng=rng)
    scale_weights(network, {} if contributions is None else contributions)
    return network


class Network(nn.Module):
    """A module that carries out a plan, step by step.

    Parameters
    ----------
    plan : Plan
        See `topograph.exporter.compile`. It stays readable as an attribute.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        for key, layer in plan.layers.items():
            self.add_module(key, _build(layer))
        for key, channels in {**plan.channels, **plan.statistics}.items():
            self.register_buffer(key, torch.tensor(channels), persistent=False)
        for step in plan.steps:
            if step.kind == "norm":
                share(self._modules[str(step.what)])
        self._program = _program(plan)

    @property
    def digest(self) -> str:
        """Digest of the architecture."""
        return self.plan.architecture.digest

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Compute the outputs from the inputs."""
        count, empty, programs, outputs = self._program
        if len(inputs) != count:
            raise _wrong_inputs(self.plan.architecture, len(inputs))
        values: list[Any] = [*inputs, *empty]
        layers: dict[str, Any] = self._modules
        channels: dict[str, Any] = self._buffers
        for kind, what, source, target, frees, lengths in programs[self._shares(inputs)]:
            if kind == "layer":
                values[target] = layers[what](values[source])
            elif kind == "call":
                values[target] = what(values[source])
            elif kind == "merge":
                values[target] = what([values[slot] for slot in source])
            elif kind == "gather":
                values[target] = values[source].index_select(1, channels[what])
            elif kind == "moments":
                values[target] = moments(values[source])
            elif kind == "collect":
                every = torch.cat([values[slot] for slot in source], 1)
                values[target] = every.index_select(1, channels[what])
            elif kind == "norm":
                layer, (x, given) = layers[what], [values[slot] for slot in source]
                values[target] = layer(x, given) if type(layer) is SharedNorm2d else layer(x)
            else:
                parts = deal(values[source], channels[what], lengths)
                for slot in reversed(target):
                    values[slot] = parts.pop()
            for slot in frees:
                values[slot] = None
        results = tuple([values[slot] for slot in outputs])
        return results[0] if len(results) == 1 else results

    def _shares(self, inputs: tuple[Tensor, ...]) -> bool:
        """Tell whether normalisations share statistics: where they take them, and on the CPU."""
        needed = self.training and bool(self.plan.statistics)
        if not needed or torch.compiler.is_compiling():
            return False
        return all(x.device.type == "cpu" for x in inputs)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the program: it holds functions, and the plan tells it."""
        return {name: value for name, value in self.__dict__.items() if name != "_program"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._program = _program(self.plan)


SEVERAL = ("merge", "collect", "norm")
"""Kinds of steps with several inputs."""

Instructions = tuple[tuple[Any, ...], ...]

Program = tuple[int, tuple[None, ...], tuple[Instructions, Instructions], tuple[int, ...]]


def _program(plan: Plan) -> Program:
    """Resolve the functions of a plan: inputs, empty slots, instructions, slots of the outputs.

    There are two lists of instructions, without and with shared statistics.
    """
    inputs = len(plan.architecture.inputs)
    empty = (None,) * (plan.slots - inputs)
    alone = tuple(_instruction(step) for step in unshared(plan.steps))
    together = tuple(_instruction(step) for step in plan.steps)
    return inputs, empty, (alone, together), plan.outputs


def _instruction(step: Step) -> tuple[Any, ...]:
    """Kind, key or function, slots to read, to write and to free, lengths; one slot as a number."""
    what: Any = step.what
    if isinstance(what, Call):
        what = _MERGES[what.name] if step.kind == "merge" else _function(what)
    source: Any = step.inputs if step.kind in SEVERAL else step.inputs[0]
    target: Any = step.outputs if step.kind == "deal" else step.outputs[0]
    return step.kind, what, source, target, step.frees, list(step.lengths)


def _function(call: Call) -> Callable[[Tensor], Tensor]:
    """Return the function of one feature map that a call names."""
    function = _OWN[call.name] if call.name in _OWN else _found(call.name)
    arguments, options = call.arguments, dict(call.options)
    if not arguments and not options:
        return function

    def bound(x: Tensor) -> Tensor:
        return function(x, *arguments, **options)

    return bound


def _build(layer: Layer) -> nn.Module:
    """Make a layer."""
    made = _found(layer.name)(*layer.arguments, **dict(layer.options))
    return quicken_pointwise(quicken(made))


def _found(name: str) -> Callable[..., Any]:
    """Return what a name like ``nn.Conv2d`` stands for."""
    place, _, last = name.rpartition(".")
    return getattr({"torch": torch, "nn": nn, "F": F, "": layers}[place], last)


def _zeros(x: Tensor, *shape: int) -> Tensor:
    return x.new_zeros(x.shape[0], *shape)


def _spread(x: Tensor, axes: int) -> Tensor:
    return x[(..., *[None] * axes)]


_OWN: dict[str, Callable[..., Any]] = {"zeros": _zeros, "spread": _spread}
_MERGES = {
    "torch.cat": partial(torch.cat, dim=1),
    "+": partial(reduce, operator.add),
    "*": partial(reduce, operator.mul),
}


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Give torch its random state back: layers draw weights when they are built."""
    device = torch.get_default_device()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


def _wrong_inputs(architecture: Architecture, count: int) -> ShapeError:
    names = ", ".join(architecture.inputs)
    return ShapeError(
        f"A network takes one tensor per input of its architecture, here {names}. "
        f"Received {count}. Pass them in this order."
    )
