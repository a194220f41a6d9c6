"""Exported modules against hand-written ones: W8a and the overhead of the interpreter.

The cell is a random-skip CNN of width 32, 20 layers, 90 candidates on 32 x 32 pixels, forwards and
backwards; others are narrow and deep, or have depthwise convolutions. Their peer is the published
form, which concatenates the whole history in every layer and then takes the chosen channels from
it. The floor is the convolutions alone, on inputs that lie ready, and with it stands what no way of
fetching channels can avoid: convolutions with the normalisations and activations before them. These
are torch's own, those of 1 x 1 too, which an exported module computes as products of matrices. All
have the same weights, and outputs are checked to agree before anything is timed.

    OMP_NUM_THREADS=1 python benchmarks/exported_cell.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any
from unittest.mock import patch

import harness
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from topograph.exporter import selection, sharing, to_module, to_source
from topograph.generators import dense_cnn, dense_mlp
from topograph.graph import Architecture, Builder, Conv2d, Edge, OneToOne, Select

Program = Callable[[], Any]


@dataclass(frozen=True)
class Cell:
    """Sizes of a cell; a layer reads at most `candidates` channels over skip connections."""

    width: int
    depth: int
    candidates: int
    pixels: int
    batch: int
    is_depthwise: bool = False

    def architecture(self) -> Architecture:
        """Return the cell with a classifier behind it."""
        image = (3, self.pixels, self.pixels)
        plain = dense_cnn((self.width,), self.depth, candidates=self.candidates, image=image, rng=0)
        return _depthwise(plain) if self.is_depthwise else plain


CELLS = (
    Cell(32, 20, 90, 32, 16),
    Cell(32, 20, 90, 32, 64),
    Cell(12, 40, 30, 16, 64),
    Cell(32, 20, 90, 32, 32, is_depthwise=True),
)


KEPT = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**40)}
"""With these the C library maps no pieces of their own and gives nothing back."""

PROCESSES = 3
"""Fresh processes in which each cell is timed."""


def _depthwise(plain: Architecture) -> Architecture:
    """Replace the 3 x 3 convolutions of concatenations by depthwise ones and 1 x 1 convolutions."""
    nodes, edges = list(plain.nodes), []
    for edge in plain.edges:
        if not edge.source.startswith("cell_1_concat"):
            edges.append(edge)
            continue
        between = replace(plain.node(edge.source), name=f"{edge.target}_depthwise")
        between = replace(between, merge="sum", normalisation=None, activation=None)
        nodes.append(between)
        edges.append(Edge(edge.source, between.name, Conv2d(3), OneToOne()))
        edges.append(Edge(between.name, edge.target, Conv2d(1)))
    return Architecture(tuple(nodes), tuple(edges), plain.outputs)


def _convolved(layers: Mapping[str, Any], place: int, x: Tensor) -> Tensor:
    """Apply the convolution of a layer, or both of them, as torch does."""
    name = f"cell_1_layer_{place}"
    depthwise = layers.get(f"{name}_depthwise")
    return nn.Conv2d.forward(layers[name], x if depthwise is None else depthwise(x))


class Published(nn.Module):
    """The same network in the published form, with the layers of an exported one."""

    def __init__(self, cell: Cell, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.depth = cell.depth
        for layer in range(2, cell.depth):
            self.register_buffer(f"chosen_{layer}", torch.tensor(_chosen(cell, layer)))

    def forward(self, image: Tensor) -> Tensor:
        """Map images to the outputs of the classifier."""
        layers = self.network._modules
        history = [layers["cell_1_layer_0"](image)]
        for i in range(1, self.depth):
            x = history[-1]
            if i > 1:
                x = torch.cat([x, torch.cat(history[:-1], 1)[:, self._buffers[f"chosen_{i}"]]], 1)
            x = F.relu(layers[f"cell_1_concat_{i}_norm"](x))
            history.append(_convolved(layers, i, x))
        x = F.relu(layers["head_norm"](history[-1]))
        return layers["classifier"](x.mean((2, 3)))


def _chosen(cell: Cell, layer: int) -> list[int]:
    """Channels of the history that a layer reads over skip connections."""
    chosen: list[int] = []
    for edge in cell.architecture().in_edges(f"cell_1_concat_{layer}")[1:]:
        start = cell.width * int(edge.source.rpartition("_")[2])
        channels = edge.wiring.channels if isinstance(edge.wiring, Select) else range(cell.width)
        chosen += [start + int(channel) for channel in channels]
    return chosen


def cell_programs(cell: Cell) -> dict[str, Program]:
    """Forward and backward passes of the cell, and of its parts alone."""
    exported = to_module(cell.architecture(), rng=0)
    x = torch.rand(cell.batch, 3, cell.pixels, cell.pixels)

    def passes(module: nn.Module) -> Program:
        def both() -> Tensor:
            module.zero_grad()
            found = module(x)
            found.sum().backward()
            return found

        return both

    return {
        "published form": passes(Published(cell, exported)),
        "exported": passes(exported),
        "norms, ReLUs and convolutions": _parts(cell, exported, normalised=True),
        "convolutions alone": _parts(cell, exported, normalised=False),
    }


def _parts(cell: Cell, network: nn.Module, *, normalised: bool) -> Program:
    """Run every convolution but the first on an input of its own, which needs a gradient."""
    layers = network._modules
    norms: dict[int, Any] = {i: layers[f"cell_1_concat_{i}_norm"] for i in range(1, cell.depth)}
    pixels = (cell.pixels, cell.pixels)
    given = {
        i: torch.rand(cell.batch, norm.num_features, *pixels, requires_grad=True)
        for i, norm in norms.items()
    }
    weights = [
        layer.weight
        for name, layer in layers.items()
        if name.startswith("cell_1_layer") and name != "cell_1_layer_0"
    ]
    weights += [norm.weight for norm in norms.values()] if normalised else []
    gradients = [torch.rand(cell.batch, cell.width, *pixels) for _ in norms]

    def both() -> Any:
        found = [
            _convolved(layers, i, F.relu(norms[i](x)) if normalised else x)
            for i, x in given.items()
        ]
        return torch.autograd.grad(found, [*weights, *given.values()], gradients)

    return both


def peak(name: str, cell: Cell) -> float:
    """Return how much memory a program takes while it runs, in MiB, as Linux counts it."""
    program = cell_programs(cell)[name]
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew from here
    before = _memory("VmRSS")
    program()
    return (_memory("VmHWM") - before) / 1024


def _memory(line: str) -> int:
    """Return a line of the process status, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(rf"{line}:\s+(\d+) kB", status)[0])


def peak_in_a_process(name: str, cell: Cell) -> float:
    """Run `peak` in a fresh process, whose allocator gives memory back at once."""
    return in_a_process(peak, name, cell, environment={"MALLOC_MMAP_THRESHOLD_": "65536"})


def in_a_process(
    function: Callable[..., Any], *arguments: Any, environment: Mapping[str, str]
) -> Any:
    """Call a function in a fresh process with changes to the environment."""
    with patch.dict(os.environ, environment), get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def timed(cell: Cell, rounds: int) -> dict[str, Any]:
    """Time the programs of the cell, after their outputs were found equal."""
    programs = cell_programs(cell)
    torch.testing.assert_close(programs["published form"](), programs["exported"]())
    return harness.compare(programs, rounds=rounds)


def measure_cell(cell: Cell, rounds: int) -> dict[str, dict[str, Any]]:
    """Time the programs of the cell in fresh processes, and take their memory.

    A process that allocates little else gives large pieces back and pays page faults for each new
    one; one that has handled larger pieces keeps them. What allocates more gains more by that, so
    both are timed: memory as it comes, and memory that is kept. How much comes back also differs
    from one process to the next, so there are several, and medians are taken over them.
    """
    figures = {}
    for state, environment in (("as it comes", {}), ("kept", KEPT)):
        found = [
            in_a_process(timed, cell, rounds, environment=environment) for _ in range(PROCESSES)
        ]
        figures[state] = {name: _pooled([each[name] for each in found]) for name in found[0]}
    for name in ("published form", "exported"):
        figures["as it comes"][name]["peak_mebibytes"] = peak_in_a_process(name, cell)
    return figures


def _pooled(figures: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return medians over processes, and the ratio of each."""
    pooled: dict[str, Any] = {key: median(each[key] for each in figures) for key in figures[0]}
    return pooled | {"ratios": [each["ratio"] for each in figures]}


def yardstick() -> Architecture:
    """A small network of many kinds of steps: convolutions, norms, sums, a concatenation, pools."""
    b = Builder("yardstick")
    fields = {"normalisation": "batch", "activation": "relu"}

    def separable(source: str, width: int, number: int) -> str:
        x = b.conv(source, width, name=f"wide_{number}", **fields)
        x = b.conv(x, width, groups=width, name=f"deep_{number}", **fields)
        return b.conv(x, width, kernel=1, name=f"point_{number}", normalisation="batch")

    stem = b.conv(b.input(3, size=8, name="image"), 8, name="stem", **fields)
    first = b.add([stem, separable(stem, 8, 1)], name="first", activation="relu")
    joined = b.concat([first, separable(first, 8, 2)], name="joined")
    mixed = b.conv(joined, 16, kernel=1, name="mixed", **fields)
    half = b.pool(mixed, "max", name="half")
    last = b.add([half, separable(half, 16, 3)], name="last", activation="relu")
    b.linear(b.global_pool(last, name="pooled"), 10, name="logits")
    return b.build()


class HandWritten(nn.Module):
    """The yardstick as one would write it; the layers are those of an exported module."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        for name, layer in network.named_children():
            self.add_module(name, layer)

    def forward(self, image: Tensor) -> Tensor:
        """Map images to the outputs of the classifier."""
        stem = F.relu(self.stem_norm(self.stem(image)))
        x = F.relu(self.wide_1_norm(self.wide_1(stem)))
        x = F.relu(self.deep_1_norm(self.deep_1(x)))
        first = F.relu(stem + self.point_1_norm(self.point_1(x)))
        x = F.relu(self.wide_2_norm(self.wide_2(first)))
        x = F.relu(self.deep_2_norm(self.deep_2(x)))
        x = torch.cat([first, self.point_2_norm(self.point_2(x))], 1)
        x = F.relu(self.mixed_norm(self.mixed(x)))
        half = F.max_pool2d(x, 2)
        x = F.relu(self.wide_3_norm(self.wide_3(half)))
        x = F.relu(self.deep_3_norm(self.deep_3(x)))
        x = F.relu(half + self.point_3_norm(self.point_3(x)))
        return self.logits(x.mean((2, 3)))


def measure_overhead(rounds: int) -> dict[str, Any]:
    """Time the yardstick on one tiny image: by hand, by the interpreter, as a written program."""
    network = to_module(yardstick(), rng=0).eval()
    names: dict[str, Any] = {}
    exec(to_source(yardstick()), names)
    written = names["Network"]().eval()
    written.load_state_dict(network.state_dict())
    image = torch.rand(1, 3, 8, 8)

    def forward(module: nn.Module) -> Program:
        return torch.no_grad()(lambda: module(image))

    modules = {"by hand": HandWritten(network).eval(), "exported": network, "written": written}
    programs = {name: forward(module) for name, module in modules.items()}
    found = [program() for program in programs.values()]
    assert all(torch.equal(found[0], other) for other in found)
    return harness.compare(programs, rounds=rounds)


def measure_selection(rounds: int) -> dict[str, Any]:
    """Time both ways to fetch selected channels: before a concatenation, or behind it."""
    networks = {
        "MLP, width 8, depth 32, candidates 10": dense_mlp(8, 32, candidates=10, rng=0),
        "MLP, width 64, depth 12, candidates 60": dense_mlp(64, 12, candidates=60, rng=0),
    }
    for size in (4, 8, 16):
        shape = {"image": (3, size, size), "rng": 0}
        networks[f"CNN, width 8, {size} x {size}"] = dense_cnn((8,), 12, candidates=10, **shape)
    ways = {"before": -np.inf, "behind": np.inf, "rule": selection.WORTH_A_CALL}
    return {
        name: _compared(network, 64, selection, ways, rounds) for name, network in networks.items()
    }


def measure_sharing(rounds: int) -> dict[str, Any]:
    """Time normalisations that take their own statistics, or share them."""
    ways = {"own": np.inf, "shared": -np.inf, "rule": sharing.WORTH_A_CALL}
    report = {}
    for width, depth, candidates, size in ((12, 20, 30, 16), (16, 12, 60, 16), (16, 12, 120, 32)):
        image = (3, size, size)
        network = dense_cnn((width,), depth, candidates=candidates, image=image, rng=0)
        for batch in (16, 64):
            name = f"CNN, width {width}, candidates {candidates}, {size} x {size}, batch {batch}"
            report[name] = _compared(network, batch, sharing, ways, rounds)
    return report


def _compared(
    architecture: Architecture, batch: int, room: ModuleType, ways: Mapping[str, float], rounds: int
) -> dict[str, Any]:
    """Time an architecture with several values of what is worth a call in a room."""
    node = architecture.node(architecture.inputs[0])
    x = torch.rand(batch, *node.shape)

    def passes(worth: float) -> Program:
        with patch.object(room, "WORTH_A_CALL", worth):
            module = to_module(architecture, rng=0)

        def both() -> Tensor:
            found = module(x)
            found.sum().backward()
            return found

        return both

    programs = {way: passes(worth) for way, worth in ways.items()}
    found = [program() for program in programs.values()]
    assert all(torch.equal(found[0], other) for other in found)
    return harness.compare(programs, rounds=rounds)


def main() -> None:
    """Measure, print and write."""
    given = harness.arguments(__doc__ or "")
    report: dict[str, Any] = {"conditions": harness.conditions("torch", "numpy")}
    for cell in CELLS:
        report[str(cell)] = measure_cell(cell, given.rounds)
        for state, figures in report[str(cell)].items():
            harness.show(f"{cell}, memory {state}", figures, "published form")
            for name in ("published form", "exported"):
                if "peak_mebibytes" in figures[name]:
                    print(f"{name:<44}{figures[name]['peak_mebibytes']:>9.0f} MiB")
    report["overhead"] = measure_overhead(10 * given.rounds)
    harness.show("20-node network, one 8 x 8 image", report["overhead"])
    report["selection"] = measure_selection(3 * given.rounds)
    report["sharing"] = measure_sharing(3 * given.rounds)
    for part in ("selection", "sharing"):
        for name, figures in report[part].items():
            harness.show(f"{part}: {name}", figures)
    harness.write(given.output, report)


if __name__ == "__main__":
    main()
