"""Kernels of networks of infinite width: one ReLU step, one smallest eigenvalue, a whole space.

1,000 inputs: the handwritten digits that come with scikit-learn, of length 1. The space is that of
the 15,625 cells of four nodes and five operations, of which two are linear maps and two
skip connections. One by one, cells are timed for a sample of them, and the time of the whole space
is that of the sample times its share. Run it with OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
from harness import arguments, compare, conditions, show, write
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.datasets import load_digits

from topograph.analyzers import nngp_population, population_bounds
from topograph.analyzers.kernels.inputs import gram as gram_of
from topograph.analyzers.kernels.ledger import common_factor, divided
from topograph.analyzers.kernels.moments import Evaluation
from topograph.analyzers.kernels.nonlinearity import NONLINEARITIES
from topograph.analyzers.kernels.rectified import arc_cosine
from topograph.analyzers.kernels.strips import BYTES, symmetric_map
from topograph.analyzers.kernels.symbols import symbols
from topograph.arrays import smallest_eigenvalue

Floats = NDArray[np.float64]

EXAMPLES, SAMPLE = 1000, 12
ROWS = 125
"""Rows of a Gram matrix that are looked through at a time, from the diagonal on."""
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
KINDS = ("zero", "skip", "linear", "linear", "skip")
CELLS = np.array(list(itertools.product(range(5), repeat=6)))
SPACE: dict[str, Any] = {"edges": EDGES, "kinds": KINDS, "mode": "paper"}
MERGED = 729
"""Cells that are left where equal operations are one."""


def rows() -> Floats:
    """Return the inputs."""
    digits = load_digits().data[:EXAMPLES].astype(np.float64)
    return digits / np.linalg.norm(digits, axis=1, keepdims=True)


def straight(kernel: Floats) -> Floats:
    """One ReLU step as one writes it."""
    root = np.sqrt(np.diag(kernel))
    size = np.outer(root, root)
    r = np.clip(kernel / np.where(size > 0, size, 1), -1, 1)
    return size * (np.sqrt(1 - r**2) + r * (np.pi - np.arccos(r))) / np.pi


def packed(half: NDArray[np.float32]) -> NDArray[np.float32]:
    """One ReLU step of the entries on and below the diagonal, which is 1, strip by strip."""
    out, one, strip = np.empty_like(half), np.ones(1, dtype=half.dtype), BYTES // half.itemsize
    for start in range(0, len(half), strip):
        out[start : start + strip] = arc_cosine(one, half[start : start + strip])
    return out


def one_by_one(cells: NDArray[np.int64], gram: Floats) -> Floats:
    """Smallest eigenvalues of cells, each by its own recursion."""
    found = []
    for cell in cells:
        kernels = [gram, *(np.zeros_like(gram) for _ in range(3))]
        for (source, target), op in zip(EDGES, cell, strict=True):
            if KINDS[op] == "skip":
                kernels[target] = kernels[target] + kernels[source]
            elif KINDS[op] == "linear":
                kernels[target] = kernels[target] + straight(kernels[source])
        found.append(np.linalg.eigvalsh(kernels[3])[0])
    return np.array(found)


def steps(gram: Floats) -> dict[str, Callable[[], Any]]:
    """One ReLU step: ours, straight, and in single precision."""
    relu, one = NONLINEARITIES["relu"].dual, np.ones((1, 1))
    single, one_single = gram.astype(np.float32), np.ones((1, 1), dtype=np.float32)
    half = single[np.tril_indices(EXAMPLES)]
    np.testing.assert_allclose(symmetric_map(relu, one, gram), straight(gram), atol=1e-7)
    np.testing.assert_allclose(packed(half), straight(gram)[np.tril_indices(EXAMPLES)], atol=1e-6)
    return {
        "symmetric_map(relu)": lambda: symmetric_map(relu, one, gram),
        "NumPy, written straight": lambda: straight(gram),
        "symmetric_map(relu), float32": lambda: symmetric_map(relu, one_single, single),
        "one half of it, packed, float32": lambda: packed(half),
        "copy": gram.copy,
    }


def eigenvalues(kernel: Floats) -> dict[str, Callable[[], Any]]:
    """The smallest eigenvalue of one kernel."""
    exact = np.linalg.eigvalsh(kernel)[0]
    np.testing.assert_allclose(smallest_eigenvalue(kernel), exact, rtol=1e-8)
    return {
        "smallest_eigenvalue": lambda: smallest_eigenvalue(kernel),
        "numpy.linalg.eigvalsh": lambda: np.linalg.eigvalsh(kernel),
        "scipy.linalg.eigh, one value": lambda: eigh(
            kernel, eigvals_only=True, subset_by_index=[0, 0]
        ),
        "numpy.linalg.cholesky (not a result)": lambda: np.linalg.cholesky(kernel),
    }


def spaces(inputs: Floats, gram: Floats) -> dict[str, Callable[[], Any]]:
    """Kernels and smallest eigenvalues of the space; the sample stands for all of it."""
    chosen = np.random.default_rng(0).choice(len(CELLS), SAMPLE, replace=False)
    found = nngp_population(CELLS, inputs, **SPACE)
    expected = one_by_one(CELLS[chosen], gram)
    np.testing.assert_allclose(found.lambda_min[chosen], expected, rtol=1e-6, atol=1e-10)
    return {
        "nngp_population, 15,625 cells": lambda: nngp_population(CELLS, inputs, **SPACE),
        f"one by one, {SAMPLE} cells": lambda: one_by_one(CELLS[chosen], gram),
    }


def bounds(inputs: Floats) -> dict[str, Callable[[], Any]]:
    """2 x 2 bounds of the space, the largest correlation of the inputs included."""

    def extremes() -> Floats:
        found = [0.0]
        for start in range(0, EXAMPLES, ROWS):
            strip = inputs[start : start + ROWS] @ inputs[start:].T
            np.fill_diagonal(strip, 0)
            found += [strip.min(), strip.max()]
        return np.clip(np.array([min(found), max(found)]), -1, 1)

    correlation = extremes()
    return {
        "population_bounds, 15,625 cells": lambda: population_bounds(CELLS, correlation, **SPACE),
        "with the largest correlation": lambda: population_bounds(CELLS, extremes(), **SPACE),
    }


def kernels(inputs: Floats) -> Iterator[Floats]:
    """Yield the distinct kernels of the space, up to a factor, one after the other."""
    members = symbols(CELLS, EDGES, KINDS, "paper", None, "exact")
    evaluation = Evaluation(members.ledger, gram_of(inputs, rows="unit"))
    distinct = {divided(output, common_factor(output)) for output in members.outputs}
    for mixture in distinct - {()}:
        yield evaluation.of(mixture).cross


def tangents(inputs: Floats) -> dict[str, Callable[[], Any]]:
    """All kernels of the space, and one of a chain of three layers by neural-tangents, compiled.

    Its threads are held to one by binding the process to a core.
    """
    from jax import config, jit
    from neural_tangents import stax

    config.update("jax_enable_x64", True)
    layers = [part for _ in range(3) for part in (stax.Dense(1, 2**0.5), stax.Relu())]
    _, _, kernel = stax.serial(*layers)
    compiled = jit(lambda x: kernel(x, None, "nngp"))
    scaled = inputs * np.sqrt(inputs.shape[1])
    chain = [[2, 0, 2, 0, 0, 2]]
    ours = nngp_population(chain, inputs, edges=EDGES, mode="paper").values(0)
    np.testing.assert_allclose(ours, np.asarray(compiled(scaled)), rtol=1e-6)
    assert sum(1 for _ in kernels(inputs)) == nngp_population(CELLS, inputs, **SPACE).kernels
    return {
        "kernels of 15,625 cells": lambda: sum(1 for _ in kernels(inputs)),
        "the same with all eigenvalues": lambda: nngp_population(CELLS, inputs, **SPACE),
        "neural-tangents, one cell, compiled": lambda: compiled(scaled).block_until_ready(),
    }


def main() -> None:
    """Measure, print and write."""
    chosen = arguments(__doc__ or "")
    inputs = rows()
    gram = inputs @ inputs.T
    np.fill_diagonal(gram, 1)
    tasks = {
        "one ReLU step, N = 1000": (steps(gram), "NumPy, written straight"),
        "smallest eigenvalue, N = 1000": (
            eigenvalues(straight(straight(gram))),
            "numpy.linalg.eigvalsh",
        ),
        "a whole space, N = 1000": (spaces(inputs, gram), f"one by one, {SAMPLE} cells"),
        "2 x 2 bounds of a whole space": (bounds(inputs), None),
    }
    packages = ["numpy", "scipy"]
    if find_spec("neural_tangents") is not None:
        packages += ["jax", "neural-tangents"]
        peer = "neural-tangents, one cell, compiled"
        tasks["beside neural-tangents"] = (tangents(inputs), peer)
    report: dict[str, Any] = {"conditions": conditions(*packages)}
    for title, (programs, peer) in tasks.items():
        report[title] = compare(programs, rounds=chosen.rounds)
        show(title, report[title], peer=peer)
    ratio = report["a whole space, N = 1000"][f"one by one, {SAMPLE} cells"]["ratio"]
    report["whole space against one by one"] = ratio * len(CELLS) / SAMPLE
    print(f"\nwhole space against one by one: {ratio * len(CELLS) / SAMPLE:.0f}x")
    if "beside neural-tangents" in report:
        warm = report["beside neural-tangents"]["neural-tangents, one cell, compiled"]["ratio"]
        report["kernels against neural-tangents, cells merged"] = warm * MERGED
        print(f"kernels against neural-tangents, cells merged: {warm * MERGED:.0f}x")
    write(chosen.output, report)


if __name__ == "__main__":
    main()
