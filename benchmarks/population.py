"""Many random-skip perceptrons trained at once, against one after the other.

Width 8, depths 16 and 32, 10 candidates, 784 inputs, batches of 100, every network wired in its
own way. One program is one training step of all networks: forwards, cross-entropy, backwards,
Adam. Run it with OMP_NUM_THREADS=1, and again with 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from harness import arguments, compare, conditions, show, write
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from topograph.exporter import Population, population, to_module
from topograph.generators import dense_mlp
from topograph.graph import Architecture
from topograph.training import Recipe
from topograph.training.optimisers import make_optimiser

WIDTH, CANDIDATES, INPUTS, CLASSES, BATCH = 8, 10, 784, 10, 100
RECIPE = Recipe(learning_rate=1e-3)

Step = Callable[[], Tensor]


def networks(depth: int, members: int) -> list[Architecture]:
    """Return networks of one family."""
    return [dense_mlp(WIDTH, depth, candidates=CANDIDATES, rng=seed) for seed in range(members)]


def samples(device: str) -> tuple[Tensor, Tensor]:
    """Return a batch of random images with random classes."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.rand(BATCH, INPUTS, generator=generator)
    return inputs.to(device), torch.randint(CLASSES, (BATCH,), generator=generator).to(device)


def at_once(together: Population, inputs: Tensor, targets: Tensor) -> Step:
    """Train a population."""
    parameters = list(together.parameters())
    optimiser = make_optimiser(RECIPE, parameters)
    classes = targets.expand(len(together), 1, -1)

    def step() -> Tensor:
        outputs = together(inputs).mT
        losses = -outputs.log_softmax(dim=1).gather(1, classes).mean(dim=(1, 2))
        for parameter in parameters:
            parameter.grad = None
        losses.sum().backward()
        optimiser.step()
        return losses.detach()

    return step


def one_by_one(modules: Sequence[nn.Module], inputs: Tensor, targets: Tensor) -> Step:
    """Train one module after the other, each with an optimiser of its own."""
    parameters = [list(module.parameters()) for module in modules]
    optimisers = [make_optimiser(RECIPE, own) for own in parameters]

    def step() -> Tensor:
        losses = []
        for module, own, optimiser in zip(modules, parameters, optimisers, strict=True):
            loss = cross_entropy(module(inputs), targets)
            for parameter in own:
                parameter.grad = None
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
        return torch.stack(losses)

    return step


def by_vmap(modules: Sequence[nn.Module], inputs: Tensor, targets: Tensor) -> Step:
    """Train copies of one network, all wired alike, by torch.func.vmap."""
    stacked, buffers = stack_module_state(list(modules))
    constants = {name: buffer[0] for name, buffer in buffers.items()}
    parameters = {name: nn.Parameter(value.detach()) for name, value in stacked.items()}
    optimiser = make_optimiser(RECIPE, list(parameters.values()))

    def loss(weights: dict[str, Tensor]) -> Tensor:
        outputs = functional_call(modules[0], (weights, constants), (inputs,))
        return cross_entropy(outputs, targets)

    derivative = vmap(grad_and_value(loss))

    def step() -> Tensor:
        gradients, losses = derivative(parameters)
        for name, parameter in parameters.items():
            parameter.grad = gradients[name]
        optimiser.step()
        return losses.detach()

    return step


def programs(depth: int, members: int, device: str) -> dict[str, Callable[[], Any]]:
    """Build the programs from the same seeds, and raise unless they give the same losses."""
    inputs, targets = samples(device)
    architectures = networks(depth, members)
    seeds = range(members)
    modules = [
        to_module(a, rng=seed).to(device) for a, seed in zip(architectures, seeds, strict=True)
    ]
    alike = [to_module(architectures[0], rng=seed).to(device) for seed in seeds]
    together = population(architectures, rng=seeds).to(device)
    same = population([architectures[0]] * members, rng=seeds).to(device)
    steps = {
        "population": at_once(together, inputs, targets),
        "one by one, to_module": one_by_one(modules, inputs, targets),
        "vmap, all wired alike": by_vmap(alike, inputs, targets),
    }
    twin = at_once(same, inputs, targets)
    for _ in range(3):
        first, peer, other = (step() for step in steps.values())
        torch.testing.assert_close(first, peer, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(twin(), other, rtol=1e-4, atol=1e-5)
    return {name: waited(step, device) for name, step in steps.items()}


def waited(step: Step, device: str) -> Callable[[], Any]:
    """Return a program that ends when the device has done its work."""
    return step if device == "cpu" else lambda: step().cpu()


def main() -> None:
    """Measure, print and write."""
    chosen = arguments(__doc__ or "")
    report: dict[str, Any] = {"conditions": conditions("torch") | {"device": chosen.device}}
    for depth, members in ((16, 75), (32, 75), (32, 375)):
        title = f"a training step of {members} networks of depth {depth}"
        steps = programs(depth, members, chosen.device)
        report[title] = compare(steps, rounds=chosen.rounds)
        show(title, report[title], peer="one by one, to_module")
    write(chosen.output, report)


if __name__ == "__main__":
    main()
