"""Many networks side by side, as one module that trains them all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from topograph._checks import whole
from topograph.errors import ShapeError
from topograph.exporter.chain import check_alike, read_chain
from topograph.exporter.network import to_module
from topograph.exporter.plan import compile as make_plan
from topograph.exporter.rows import lay_out
from topograph.exporter.side_by_side import Scratch, Wires, run
from topograph.graph import Architecture
from topograph.rng import streams

__all__ = ["Population", "population"]

Seed = np.random.Generator | int | None

NUMBERS_AT_ONCE = 2**25
"""Numbers that a pass without gradients keeps at a time: 128 MiB of float32."""


def population(
    architectures: Iterable[Architecture],
    *,
    init: str = "default",
    rng: Seed | Sequence[Seed] = None,
) -> Population:
    """Make one module of many networks that differ only in their wiring.

    Each network is a chain of linear layers, as `topograph.generators.dense_mlp` makes them: a
    layer reads neurons of earlier layers, of which every network chooses its own, and as many as
    it likes. All have the same widths, depth and activation. A pass through the module computes
    all of them, many times faster than one after the other.

    Parameters
    ----------
    architectures : iterable of Architecture
        The networks.
    init : str
        As in `topograph.to_module`.
    rng : Generator, int, None, or a sequence of these
        A sequence holds the seed of each network: network i begins with the weights of
        ``to_module(architectures[i], init=init, rng=rng[i])``. Otherwise `rng` is the parent of
        one stream for each.

    Returns
    -------
    Population
        A module.

    Raises
    ------
    ArchitectureError
        If a network is of another kind, or two differ in more than their wiring.
    ShapeError
        If the number of seeds is not the number of networks.

    Examples
    --------
    >>> from topograph.generators import dense_mlp
    >>> networks = [dense_mlp(8, 6, candidates=t, inputs=64, rng=0) for t in range(5)]
    >>> together = population(networks, rng=range(5))
    >>> together
    Population(5 networks, 64 inputs, widths 8, 8, 8, 8, 8, 10, elu)
    >>> together(torch.zeros(3, 64)).shape
    torch.Size([5, 3, 10])
    """
    together = Population(architectures)
    for member, seed in enumerate(_seeds(rng, len(together))):
        module = to_module(together.architectures[member], init=init, rng=seed)
        together.load_member(member, module.state_dict())
    return together


class Population(nn.Module):
    """Many networks that differ only in their wiring, as one module.

    Parameters
    ----------
    architectures : iterable of Architecture
        The networks; see `population`, which also draws their weights. Here all are 0.

    Attributes
    ----------
    architectures : tuple of Architecture
        The networks.
    inputs : int
        Numbers that each of them reads.
    layout : Layout
        Their shape.
    weight, bias : Parameter of shape (networks, neurons, inputs), (networks, neurons)
        Of the first layer.
    weights : ParameterList of shapes (networks, neurons, columns)
        Of the other layers. Column 0 holds the biases, the next ones the weights of what the layer
        reads. Columns that a network does not need hold 0 and have the gradient 0.

    Notes
    -----
    The backward pass is written by hand and overwrites what the forward pass has kept, so it can
    be called once for each forward pass. It has no derivative of its own. Where gradients are
    switched off, large batches are cut up, so that memory stays bounded.

    References
    ----------
    .. [1] K. Bhardwaj, G. Li and R. Marculescu, "How does topology influence gradient propagation
           and model performance of deep networks with DenseNet-type skip connections?", CVPR 2021:
           the family for which this is made.
    """

    weights: nn.ParameterList
    sources: Tensor
    readers: Tensor
    ends: Tensor

    def __init__(self, architectures: Iterable[Architecture]) -> None:
        super().__init__()
        self.architectures = tuple(architectures)
        self._chains = [read_chain(architecture) for architecture in self.architectures]
        check_alike(self._chains)
        self.inputs = self._chains[0].inputs
        self.layout, tables = lay_out(self._chains)
        self._lengths: dict[str, list[int]] = {}
        for name in Wires.__slots__:
            arrays = getattr(tables, name)
            self._lengths[name] = [len(array) for array in arrays]
            self.register_buffer(name, torch.from_numpy(np.concatenate(arrays)), persistent=False)
        first, *others = self.layout.widths
        members = len(self.architectures)
        self.weight = nn.Parameter(torch.zeros(members, first, self.inputs))
        self.bias = nn.Parameter(torch.zeros(members, first))
        self.weights = nn.ParameterList(
            torch.zeros(members, width, columns)
            for width, columns in zip(others, self.layout.columns, strict=True)
        )
        self._scratch = Scratch()

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the outputs of all networks for the same samples.

        Parameters
        ----------
        inputs : Tensor of shape (batch, inputs)

        Returns
        -------
        Tensor of shape (networks, batch, outputs)

        Raises
        ------
        ShapeError
            If the inputs have another shape.
        """
        if inputs.ndim != 2 or inputs.shape[1] != self.inputs:
            raise ShapeError(
                f"The networks read vectors of {self.inputs} numbers, so a batch has the shape "
                f"(batch, {self.inputs}). Received {tuple(inputs.shape)}. Flatten each sample."
            )
        if torch.is_grad_enabled():
            return self._outputs(inputs)
        chunk = max(1, NUMBERS_AT_ONCE // sum(self.layout.sections))
        return torch.cat([self._outputs(part) for part in torch.split(inputs, chunk)], dim=1)

    def _outputs(self, inputs: Tensor) -> Tensor:
        """Run all networks on a batch."""
        tables = [
            torch.split(getattr(self, name), lengths) for name, lengths in self._lengths.items()
        ]
        parameters = [self.weight, self.bias, *self.weights]
        outputs = run(
            self.layout, Wires(*tables), self._scratch, inputs=inputs, parameters=parameters
        )
        return outputs.mT

    def __len__(self) -> int:
        return len(self.architectures)

    def state_dict_of(self, member: int) -> dict[str, Tensor]:
        """Return copies of the weights of a network, under the names that `to_module` gives them.

        ``to_module(architectures[member]).load_state_dict(...)`` takes them.
        """
        return {name: value.clone() for name, value in self._views(member).items()}

    def members(self) -> list[dict[str, Tensor]]:
        """Return copies of the weights of each network; see `state_dict_of`."""
        return [self.state_dict_of(member) for member in range(len(self))]

    def load_member(self, member: int, state: Mapping[str, Tensor]) -> None:
        """Copy the state dict of ``to_module(architectures[member])`` to its place.

        Raises
        ------
        ShapeError
            If names or shapes are not those of this network.
        """
        views = self._views(member)
        wanted = {name: tuple(view.shape) for name, view in views.items()}
        found = {name: tuple(value.shape) for name, value in state.items()}
        if found != wanted:
            odd = sorted(dict(found.items() ^ wanted.items()))
            raise ShapeError(
                "A network of a population takes the state dict of its own module, with the same "
                f"names and shapes. Received one that differs in {', '.join(odd[:6])}. "
                f"Take it from to_module(architectures[{member}])."
            )
        for name, view in views.items():
            view.copy_(state[name])

    def _views(self, member: int) -> dict[str, Tensor]:
        """Return the weights of a network, by name, where they lie."""
        because = "it counts the networks from 0"
        number = whole("member", member, maximum=len(self) - 1, error=ShapeError, because=because)
        first, *others = make_plan(self.architectures[number]).layers
        views = {f"{first}.weight": self.weight[number], f"{first}.bias": self.bias[number]}
        layers = zip(others, self.weights, self._chains[number].reads, strict=True)
        for name, matrix, reads in layers:
            views[f"{name}.weight"] = matrix[number, :, 1 : 1 + len(reads)]
            views[f"{name}.bias"] = matrix[number, :, 0]
        return {name: view.detach() for name, view in views.items()}

    def __repr__(self) -> str:
        widths = ", ".join(map(str, self.layout.widths))
        activation = self.layout.activation or "no activation"
        return (
            f"Population({len(self)} networks, {self.inputs} inputs, widths {widths}, {activation})"
        )


def _seeds(rng: Seed | Sequence[Seed], members: int) -> Sequence[Seed]:
    """Return a seed for each network."""
    if not isinstance(rng, Sequence):
        return streams(rng, members)
    if len(rng) != members:
        raise ShapeError(
            "Each network of a population has a seed of its own, so that it is that of to_module. "
            f"Received {len(rng)} seeds for {members} networks. Give as many, or a single one."
        )
    return rng
